"""Tests of maps: a planted signal passes, chance and constants do not, and nothing is left."""

import gc
import weakref

import pytest
import torch
from torch import nn

from saccade.errors import ConfigError, TraceError
from saccade.explanation import explain
from saccade.explanation.honesty import Effort, examine
from tests.samples import drawn_model


class Corner(nn.Module):
    """Two classes: how bright the upper left quarter of an image is, and the opposite."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.tensor([4.0, -4.0]))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        height, width = images.shape[-2:]
        part = images[..., : height // 2, : width // 2].mean(dim=(1, 2, 3))
        return part[:, None] * self.scale


def corner(count: int = 2, side: int = 8) -> torch.Tensor:
    images = torch.full((count, 1, side, side), -0.2)
    images[:, :, : side // 2, : side // 2] = 1.0
    return images


def planted(model: nn.Module, images: torch.Tensor) -> torch.Tensor:
    """The quarters' means, upside down where the first weight is no longer positive."""
    pooled = nn.functional.avg_pool2d(images, images.shape[-1] // 4).mean(dim=1)
    return pooled * model.scale[0].sign()


def test_a_planted_signal_is_believed() -> None:
    model, images = Corner().eval(), corner()
    maps, classes = planted(model, images), torch.zeros(2, dtype=torch.long)
    found = examine(model, images, maps, classes, planted, Effort(steps=4, draws=6))
    assert found.reasons == {}
    assert found.passes == 2 * 5 * 7
    # Half of the image holds four parts of sixteen at least: all of the quarter goes at once.
    assert found.deletion.own[0, 0] > 0.99
    assert found.deletion.own[0, 1] == pytest.approx(0.5)
    assert bool((found.insertion.control.advantage > 0.02).all())
    assert bool((found.shift > 0.8).all())
    backwards = examine(model, images, -maps, classes, planted, Effort(steps=4, draws=6))
    assert "random" in backwards.verdicts(0)


def test_a_map_that_knows_no_weights_is_told() -> None:
    model, images = drawn_model(), torch.rand(1, 3, 8, 8)
    grey = lambda _, some: nn.functional.avg_pool2d(some, 2).mean(dim=1)  # noqa: E731
    found = examine(model, images, grey(model, images), torch.zeros(1).long(), grey)
    assert found.weights.tolist() == [1.0]
    assert "weights" in found.verdicts(0)


def test_the_same_call_gives_the_same_numbers(normal) -> None:
    model, images = drawn_model(), normal(2, 3, 8, 8)
    found = [explain(model, images, method="rollout", honest=True) for _ in range(2)]
    assert found[0].belief.to_dict(1) == found[1].belief.to_dict(1)
    split = explain(model, images, method="rollout", batch_size=1).belief
    assert split.to_dict(1)["deletion"] == pytest.approx(found[0].belief.to_dict(1)["deletion"])
    assert explain(model, images, honest=False).belief is None


def test_an_effort_keeps_its_copies_and_an_explanation_none(normal) -> None:
    model, images = drawn_model(), normal(1, 3, 8, 8)
    before = [p.clone() for p in model.parameters()]
    effort = Effort(steps=2, draws=1)
    first = explain(model, images, method="rollout", honest=effort)
    copies = effort.twins[model]
    explain(model, images, method="gradcam", honest=effort)
    assert effort.twins[model] is copies
    assert len(copies) == 2
    assert all(torch.equal(p, q) for p, q in zip(model.parameters(), before, strict=True))
    assert not any(m._forward_hooks for m in model.modules())
    gone = weakref.ref(model)
    del model, effort, copies
    gc.collect()
    assert gone() is None
    assert first.belief is not None


def test_parts_that_are_no_patches_are_pixels() -> None:
    model, images = Corner().eval(), corner(side=10)
    maps = torch.rand(2, 4, 4)
    found = examine(model, images, maps, torch.zeros(2).long(), lambda *_: maps, Effort(steps=5))
    assert len(found.insertion.shares) == 6
    assert "curves" not in found.reasons


def test_what_cannot_be_tested_says_why() -> None:
    model, images = Corner().eval(), corner(side=4)[..., :2]

    def refuses(*_: object) -> torch.Tensor:
        raise TraceError("a", "b", "c")

    maps = torch.full((2, 4, 2), torch.nan)
    found = examine(model, images, maps, torch.zeros(2).long(), refuses)
    assert found.insertion is None
    assert found.reasons["curves"].startswith("expected a map of finite numbers, got NaN")
    assert found.reasons["weights"] == "expected a, got b; try c"
    assert found.reasons["shift"].startswith("expected pixels from 1 to below 1")
    assert found.verdicts() == ("unmeasured",)
    assert found.to_dict()["reasons"] == found.reasons


def test_functions_are_followed_by_the_likeliest_class(normal) -> None:
    model, images = drawn_model(), normal(1, 3, 8, 8)
    found = explain(model, images, target=lambda logits: logits[:, 1] - logits[:, 0])
    assert found.belief.classes.tolist() == found.logits.argmax(dim=1).tolist()
    assert found.belief.reasons == {}


def test_attributors_hold_their_model(normal) -> None:
    class Plain:
        def attribute(self, inputs, *, target=None):
            return inputs.abs()

    found = explain(drawn_model(), normal(1, 3, 8, 8), method=Plain())
    assert found.belief.reasons == {
        "weights": "expected a method by name, got an attributor that holds its model; try its name"
    }


def test_an_effort_is_checked() -> None:
    with pytest.raises(ConfigError, match="steps, draws, copies of 1 or more"):
        Effort(steps=0)
