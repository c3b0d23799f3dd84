"""What every attention mechanism promises; a new one joins by a line in cases.py."""

import copy
import pickle

import pytest
import torch
from torch import Tensor, nn

from saccade.attention import MECHANISMS, Tap
from saccade.attention.reading import whole
from saccade.errors import ShapeError
from tests.contract.cases import CASES, Case

pytestmark = pytest.mark.parametrize("case", CASES, ids=str)


def watch(module: nn.Module) -> list[Tensor]:
    """Listen to the module's only tap."""
    (tap,) = (part for part in module.modules() if isinstance(part, Tap))
    seen: list[Tensor] = []
    tap.listeners.append(lambda _, weights, __: seen.append(whole(weights).detach()))
    return seen


def test_every_mechanism_has_a_case(case: Case) -> None:
    assert set(MECHANISMS) == {each.mechanism for each in CASES}
    assert case.mechanism in MECHANISMS


@pytest.mark.parametrize(("dtype", "near"), [(torch.float32, 1e-5), (torch.float64, 1e-12)])
def test_watching_changes_nothing(case: Case, dtype: torch.dtype, near: float) -> None:
    module, inputs = case.make(dtype), case.draw(dtype)
    alone = module(**inputs)
    seen = watch(module)
    torch.testing.assert_close(module(**inputs), alone, atol=near, rtol=0)
    assert len(seen) == 1


def test_the_map_has_the_axes_it_names(case: Case) -> None:
    module = case.make(torch.float64)
    seen = watch(module)
    module(**case.draw(torch.float64))
    (tap,) = (part for part in module.modules() if isinstance(part, Tap))
    assert tap.axes == tuple(case.map)
    assert tuple(seen[0].shape) == tuple(case.map.values())
    assert seen[0].isfinite().all()
    if case.sums_to_one:
        torch.testing.assert_close(seen[0].sum(-1), torch.ones_like(seen[0][..., 0]))


@pytest.mark.parametrize("watched", [False, True])
def test_each_image_is_treated_alone(case: Case, watched: bool) -> None:
    module, inputs = case.make(torch.float64), case.draw(torch.float64)
    if watched:
        watch(module)
    for image, together in enumerate(module(**inputs)):
        alone = module(**{name: x[image : image + 1] for name, x in inputs.items()})
        torch.testing.assert_close(alone[0], together, atol=1e-12, rtol=0)


@pytest.mark.parametrize("watched", [False, True])
def test_every_parameter_gets_a_gradient(case: Case, watched: bool) -> None:
    module = case.make().train()
    if watched:
        watch(module)
    module(**case.draw()).square().sum().backward()
    for name, parameter in module.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
        assert name in case.silent or parameter.grad.abs().max() > 0, name


@pytest.mark.parametrize("watched", [False, True])
def test_the_gradient_is_right(case: Case, watched: bool) -> None:
    module = case.make(torch.float64)
    if watched:
        watch(module)
    parameters = {name: p.detach().requires_grad_() for name, p in module.named_parameters()}
    inputs = {name: x.requires_grad_() for name, x in case.draw(torch.float64).items()}

    def run(*tensors: Tensor) -> Tensor:
        weights = dict(zip(parameters, tensors, strict=False))
        rest = dict(zip(inputs, tensors[len(weights) :], strict=True))
        return torch.func.functional_call(module, weights, kwargs=rest)

    assert torch.autograd.gradcheck(run, (*parameters.values(), *inputs.values()), fast_mode=True)


@pytest.mark.parametrize("watched", [False, True])
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_stays_near(case: Case, dtype: torch.dtype, watched: bool) -> None:
    exact = case.make(torch.float64)(**case.draw(torch.float64)).detach()
    module = case.make(dtype)
    if watched:
        watch(module)
    half = module(**case.draw(dtype))
    assert half.dtype == dtype
    near = case.slack * torch.finfo(dtype).eps * float(exact.abs().max())
    torch.testing.assert_close(half.double(), exact, atol=near, rtol=0)


@pytest.mark.parametrize("watched", [False, True])
def test_autocast_stays_near(case: Case, watched: bool) -> None:
    module, inputs = case.make(), case.draw()
    exact = module(**inputs).detach()
    seen = watch(module) if watched else []
    with torch.autocast("cpu", torch.bfloat16):
        half = module(**inputs)
    near = case.slack * torch.finfo(torch.bfloat16).eps * float(exact.abs().max())
    torch.testing.assert_close(half.float(), exact, atol=near, rtol=0)
    assert all(weights.isfinite().all() for weights in seen)


def test_the_state_dict_round_trips(case: Case) -> None:
    module, inputs = case.make(), case.draw()
    state = module.state_dict()
    assert not [name for name in state if "tap" in name]
    other = MECHANISMS[case.mechanism](**case.sizes, **case.options).eval()
    other.load_state_dict(state)
    torch.testing.assert_close(other(**inputs), module(**inputs), atol=0, rtol=0)


def test_copies_start_with_no_listeners(case: Case) -> None:
    module = case.make()
    seen = watch(module)
    for other in (copy.deepcopy(module), pickle.loads(pickle.dumps(module))):
        torch.testing.assert_close(other(**case.draw()), module(**case.draw()))
        assert len(seen) == 1
        seen.clear()


def test_wrong_inputs_are_explained(case: Case) -> None:
    module, inputs = case.make(), case.draw()
    for name, x in inputs.items():
        wider = torch.cat([x, x.narrow(case.features, 0, 1)], dim=case.features)
        for wrong in (x[0], x[None], wider, x.long()):
            with pytest.raises(ShapeError, match=r"^expected .*, got .*; try "):
                module(**{**inputs, name: wrong})
