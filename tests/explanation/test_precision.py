"""Twins in another type, and what half precision, autocast and inference mode leave of a map."""

import copy

import pytest
import torch

import saccade
from saccade.explanation import METHODS
from saccade.explanation.precision import in_type
from saccade.inspection.kit.rollout import rollout, to_grid
from saccade.inspection.record import record
from tests.samples import drawn_model

CHAINS = ("rollout", "raw_attention", "grad_rollout", "generic_attention", "legrad")


def explained(model, images, method="transformer_attribution", **options):
    return saccade.explain(
        model, images, method=method, target=1, options=options, honest=False
    ).map


def test_a_twin_has_its_own_numbers() -> None:
    model = drawn_model()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    twin = in_type(model, torch.float64)
    assert all(value.dtype == torch.float64 for value in twin.state_dict().values())
    assert not any(value.requires_grad for value in twin.parameters())
    for value in twin.parameters():
        value.zero_()
    for name, value in model.state_dict().items():
        assert torch.equal(value, before[name])
    assert in_type(model, torch.float32) is model


def test_weights_that_are_shared_stay_shared() -> None:
    shared = torch.nn.Linear(2, 2)
    twin = in_type(torch.nn.Sequential(shared, torch.nn.ReLU(), shared), torch.float64)
    assert twin[0] is twin[2]


def test_exact_attribution_forgets_the_type_of_the_model(normal) -> None:
    model, images = drawn_model(), normal(2, 3, 8, 8)
    own = explained(model, images)
    assert own.dtype == torch.float32
    whole = explained(copy.deepcopy(model).double(), images.double())
    assert whole.dtype == torch.float64
    torch.testing.assert_close(own, whole.float(), atol=1e-9, rtol=1e-6)
    alone = torch.cat([explained(model, image[None]) for image in images])
    assert torch.equal(alone, own)
    rough = explained(model, images, exact=False)
    torch.testing.assert_close(rough, own, atol=1e-6, rtol=1e-2)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("exact", [True, False])
def test_attribution_of_half_weights(dtype, exact, normal) -> None:
    model, images = drawn_model().to(dtype), normal(1, 3, 8, 8, dtype=dtype)
    same = explained(drawn_model().to(dtype).float(), images.float())
    given = explained(model, images, exact=exact)
    torch.testing.assert_close(given, same, atol=1e-6, rtol=1e-2)


@pytest.mark.parametrize("method", CHAINS)
def test_autocast_rounds_the_model_and_not_the_method(method, normal) -> None:
    model, images = drawn_model().double(), normal(2, 3, 8, 8, dtype=torch.float64)
    own = explained(model, images, method)
    with torch.autocast("cpu", torch.bfloat16):
        given = explained(model, images, method)
    torch.testing.assert_close(given, own, atol=1e-12, rtol=0)  # autocast leaves float64 alone


def test_rollout_under_autocast_is_that_of_the_maps(normal) -> None:
    model, images = drawn_model(), normal(2, 3, 8, 8)
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        given = explained(model, images, "rollout")
        with record(model) as trace:
            model(images)
    expected = to_grid(rollout(trace.attention), model.layout)
    torch.testing.assert_close(given, expected, atol=1e-7, rtol=1e-5)


@pytest.mark.parametrize("method", list(METHODS))
def test_modes_change_nothing_and_nothing_is_left(method, normal) -> None:
    if method in ("integrated_gradients", "occlusion"):
        pytest.importorskip("captum")
    model, images = drawn_model(img_size=(8, 12)), normal(2, 3, 8, 12)
    own = explained(model, images, method)
    with torch.inference_mode():
        assert torch.equal(explained(model, images * 1, method), own)
    with torch.no_grad():
        assert torch.equal(explained(model, images, method), own)
    assert torch.equal(explained(model, images.clone().requires_grad_(), method), own)
    assert all(value.grad is None for value in model.parameters())
    frozen = copy.deepcopy(model).requires_grad_(False)
    assert torch.equal(explained(frozen, images, method), own)
    modules = list(model.modules())
    assert not any(part._forward_hooks or part._forward_pre_hooks for part in modules)
