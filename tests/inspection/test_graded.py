"""Maps of a pass with their gradients."""

import gc

import pytest
import torch
from torch import nn

from saccade.errors import TraceError
from saccade.inspection.frames import Frames
from saccade.inspection.graded import graded, held_maps, layer_names
from saccade.inspection.interception import Interception
from saccade.inspection.record import record
from tests.explanation.small import Pixels
from tests.samples import drawn_model


def test_by_hand() -> None:
    # The class token 1 and the pixel 3, read alike: 2 · (1 + 3) / 2 = 4; the other -2.
    images = torch.tensor([[[[3.0]]]])
    found = graded(Pixels(), images)
    assert found.logits.tolist() == [[4.0, -2.0]]
    assert found.scores.tolist() == [4.0]
    assert found.layers[0].map.tolist() == [[[[0.5, 0.5], [0.5, 0.5]]]]
    assert found.layers[0].gradient.tolist() == [[[[2.0, 6.0], [0.0, 0.0]]]]
    other = graded(Pixels(), images, target=1).layers[0].gradient
    assert other.tolist() == [[[[-1.0, -3.0], [0.0, 0.0]]]]


def test_gradients_are_differences(normal) -> None:
    model = drawn_model().double()
    images = normal(1, 3, 8, 8, dtype=torch.float64)
    found = graded(model, images, target=2)
    step = 1e-6
    for layer, place in ((0, (0, 1, 3, 5)), (1, (0, 2, 0, 7))):

        def moved(run_map, place=place):
            changed = run_map.clone()
            changed[place] += step
            return changed

        answers = _with_map(model, images, layer, moved)
        slope = (answers[0, 2] - found.logits[0, 2]) / step
        own = found.layers[layer].gradient[place]
        torch.testing.assert_close(own, slope, atol=1e-5, rtol=1e-4)


def _with_map(model, images, number, change):
    """Logits with one map changed."""

    class Changer:
        def begin(self, run):
            seen = iter(range(99))
            return Interception(
                run, lambda reading, run: change(reading.rows()) if next(seen) == number else None
            )

        def end(self, run, *, whole):
            pass

    with torch.no_grad(), Frames(model, Changer()):
        return model(images)


def test_the_answer_and_the_maps_are_those_of_the_model(normal) -> None:
    model, images = drawn_model(), normal(2, 3, 8, 8)
    with torch.no_grad(), record(model) as trace:
        logits = model(images)
    found = graded(model, images)
    torch.testing.assert_close(found.logits, logits, atol=1e-5, rtol=0)
    for own, seen in zip(found.layers, trace.layers, strict=True):
        assert own.name == seen.name
        torch.testing.assert_close(own.map, seen.weights, atol=1e-6, rtol=0)
    assert found.layout == model.layout


def test_chosen_layers_have_the_same_gradient_and_cost_less(normal) -> None:
    model, images = drawn_model(), normal(2, 3, 8, 8)
    every = graded(model, images)
    for layers, number in (([-1], 1), ([0], 0), (["blocks.1*"], 1)):
        (one,) = graded(model, images, layers=layers).layers
        assert one.name == every.layers[number].name
        torch.testing.assert_close(one.gradient, every.layers[number].gradient)
    with held_maps(model, layers=[1]) as held:
        seen = []
        hook = model.blocks[0].register_forward_hook(lambda m, i, o: seen.append(o.requires_grad))
        assert model(images).requires_grad
        hook.remove()
    assert (seen, held.names) == ([False], ["blocks.1.attn"])
    assert layer_names(model, images) == ["blocks.0.attn", "blocks.1.attn"]


def test_nothing_is_left_behind(normal) -> None:
    model, images = drawn_model(), normal(1, 3, 8, 8)
    flags = [p.requires_grad for p in model.parameters()]
    with torch.inference_mode():
        inside = graded(model, images.clone())
    outside = graded(model, images)
    torch.testing.assert_close(inside.layers[0].gradient, outside.layers[0].gradient)
    with pytest.raises(ZeroDivisionError), held_maps(model):
        raise ZeroDivisionError
    assert torch.is_grad_enabled()
    assert [p.requires_grad for p in model.parameters()] == flags
    assert all(p.grad is None for p in model.parameters())
    gc.collect()
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in model.modules())


def test_frozen_models_have_gradients_too(normal) -> None:
    images = normal(1, 3, 8, 8)
    frozen = drawn_model().requires_grad_(False)
    whole = graded(drawn_model(), images)
    torch.testing.assert_close(graded(frozen, images).layers[0].gradient, whole.layers[0].gradient)


def test_errors(normal) -> None:
    images = normal(1, 3, 8, 8)
    with pytest.raises(TraceError, match="Sequential, which computes none"):
        graded(nn.Sequential(nn.Flatten(), nn.Linear(192, 2)).eval(), images)
    with pytest.raises(TraceError, match="layers of attention of this model"):
        graded(drawn_model(), images, layers=["nothing"])
    with pytest.raises(TraceError, match="depends on the attention"):
        graded(drawn_model(), images, target=lambda logits: torch.zeros(1))
