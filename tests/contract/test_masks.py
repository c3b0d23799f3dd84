"""What every mechanism that takes a mask promises; True is what may be read."""

import pytest
import torch
from torch import Tensor

from saccade.errors import ShapeError
from tests.contract.cases import CASES, Case
from tests.contract.test_mechanisms import watch

MASKED = [case for case in CASES if case.mask is not None]
pytestmark = pytest.mark.parametrize("case", MASKED, ids=str)


def masks(case: Case) -> dict[str, Tensor]:
    """All read; the last key hidden; and the first row reads nothing."""
    every = torch.ones(case.mask, dtype=torch.bool)
    last, nothing = every.clone(), every.clone()
    last[..., -1] = False
    nothing[0] = False
    return {"every": every, "last": last, "nothing": nothing}


def test_a_mask_that_hides_nothing_changes_nothing(case: Case) -> None:
    module, inputs = case.make(torch.float64), case.draw(torch.float64)
    shown = module(**inputs, mask=masks(case)["every"])
    torch.testing.assert_close(shown, module(**inputs), atol=1e-12, rtol=0)


@pytest.mark.parametrize("kind", ["last", "nothing"])
@pytest.mark.parametrize(("dtype", "near"), [(torch.float32, 1e-5), (torch.float64, 1e-12)])
def test_watching_changes_nothing(case: Case, kind: str, dtype: torch.dtype, near: float) -> None:
    module, inputs, mask = case.make(dtype), case.draw(dtype), masks(case)[kind]
    alone = module(**inputs, mask=mask)
    watch(module)
    torch.testing.assert_close(module(**inputs, mask=mask), alone, atol=near, rtol=0)


def test_a_hidden_key_has_weight_zero_and_no_influence(case: Case) -> None:
    module, inputs, mask = case.make(torch.float64), case.draw(torch.float64), masks(case)["last"]
    seen = watch(module)
    before = module(**inputs, mask=mask)
    assert (seen[0][..., -1] == 0).all()
    torch.testing.assert_close(seen[0].sum(-1), torch.ones_like(seen[0][..., 0]))
    if "memory" in inputs:
        inputs["memory"].data[:, -1] += 1.0
        torch.testing.assert_close(module(**inputs, mask=mask), before, atol=0, rtol=0)


@pytest.mark.parametrize("watched", [False, True])
def test_reading_nothing_gives_zeros_and_finite_gradients(case: Case, watched: bool) -> None:
    module, inputs, mask = case.make(), case.draw(), masks(case)["nothing"]
    seen = watch(module) if watched else []
    for x in inputs.values():
        x.requires_grad_()
    output = module(**inputs, mask=mask)
    output.square().sum().backward()
    assert output.isfinite().all()
    # The rows that read nothing are those whose output no longer depends on the inputs.
    empty = ~mask.any(-1) if mask.dim() == 3 else ~mask.any(-1)[:, None]
    empty = empty.expand(output.shape[:2])
    rest = module.proj.bias if hasattr(module, "proj") else torch.zeros(())
    torch.testing.assert_close(output[empty], rest.expand_as(output[empty]), atol=0, rtol=0)
    for tensor in (*inputs.values(), *module.parameters()):
        assert tensor.grad is not None
        assert tensor.grad.isfinite().all()
    for weights in seen:
        assert (weights.movedim(-2, 1).flatten(2).sum(-1)[empty] == 0).all()


def test_a_mask_of_numbers_is_refused(case: Case) -> None:
    mask = masks(case)["every"].float()
    with pytest.raises(ShapeError, match=r"the mask as booleans, got torch.float32; try mask > 0"):
        case.make()(**case.draw(), mask=mask)
