"""The loss of labels for pixels: void, rare classes, hard pixels."""

import math

import pytest
import torch
from torch import Tensor

from saccade.training.objectives.segment import class_weights, hard_labels, pixel_loss


def drawn(seed: int = 0) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    logits = 3 * torch.randn(2, 4, 5, 6, generator=generator)
    labels = torch.randint(0, 4, (2, 5, 6), generator=generator)
    labels[torch.rand(2, 5, 6, generator=generator) < 0.3] = 255
    return logits, labels


def slowly(
    logits: Tensor, labels: Tensor, weights: Tensor | None, ohem: float, least: float = 1 / 16
) -> float:
    """The weighed mean over pixels, one after the other."""
    pixels = []
    for b, i, j in (labels != 255).nonzero().tolist():
        label = int(labels[b, i, j])
        row = [math.exp(float(value)) for value in logits[b, :, i, j]]
        pixels.append((row[label] / sum(row), 1.0 if weights is None else float(weights[label])))
    if ohem:
        count = max(1, math.ceil(least * len(pixels)))
        limit = max(ohem, sorted(p for p, _ in pixels)[count - 1])
        pixels = [(p, w) for p, w in pixels if p <= limit + 1e-7]
    return sum(-w * math.log(p) for p, w in pixels) / sum(w for _, w in pixels)


def test_by_hand() -> None:
    # Two classes: a sure right pixel costs ln(1 + e^-2), a sure wrong one 2 more; void nothing.
    logits = torch.tensor([[[[2.0, 2.0, 9.0]], [[0.0, 0.0, 0.0]]]])
    labels = torch.tensor([[[0, 1, 255]]])
    one = math.log(1 + math.exp(-2))
    assert float(pixel_loss(logits, labels)) == pytest.approx(one + 1)
    # 0.88 is surer than 0.7, so that only the wrong pixel is learned.
    assert float(pixel_loss(logits, labels, ohem=0.7)) == pytest.approx(one + 2)


@pytest.mark.parametrize("ohem", [0.0, 0.7, 1e-9, 1.0])
@pytest.mark.parametrize("weighed", [False, True])
def test_slowly(ohem: float, weighed: bool) -> None:
    logits, labels = drawn()
    weights = torch.tensor([0.5, 1.0, 2.0, 4.0]) if weighed else None
    found = float(pixel_loss(logits, labels, weights=weights, ohem=ohem))
    assert found == pytest.approx(slowly(logits, labels, weights, ohem), rel=1e-5)


def test_the_worst_pixels_stay_even_where_all_are_easy() -> None:
    logits = torch.zeros(1, 2, 4, 8)
    logits[:, 0] = torch.arange(32).view(4, 8) + 10.0
    labels = torch.zeros(1, 4, 8, dtype=torch.int64)
    kept = hard_labels(logits, labels, threshold=0.7) != 255
    assert kept.nonzero().tolist() == [[0, 0, 0], [0, 0, 1]]  # 32 / 16


@pytest.mark.parametrize("ohem", [0.0, 0.7])
def test_void_has_no_gradient(ohem: float) -> None:
    logits, labels = drawn(1)
    logits.requires_grad_(True)
    pixel_loss(logits, labels, ohem=ohem).backward()
    assert not bool(logits.grad.movedim(1, -1)[labels == 255].any())
    assert bool(logits.grad.any())


@pytest.mark.parametrize("ohem", [0.0, 0.7])
def test_only_void_costs_nothing(ohem: float) -> None:
    logits = torch.randn(1, 3, 2, 2, requires_grad=True)
    loss = pixel_loss(logits, torch.full((1, 2, 2), 255), ohem=ohem)
    loss.backward()
    assert float(loss.detach()) == 0.0
    assert not bool(logits.grad.any())


def test_weights_by_hand() -> None:
    # Frequencies in pictures with the class: 60/2, 30/2 and 10/1: median 15.
    found = class_weights("median", (60, 30, 10, 0), (2, 2, 1, 0))
    torch.testing.assert_close(found, torch.tensor([0.5, 1.0, 1.5, 0.0]))
    told = [1 / math.log(1.02 + share) for share in (0.6, 0.3, 0.1)]
    mean = sum(told) / 3
    found = class_weights("log", (60, 30, 10, 0), (2, 2, 1, 0))
    torch.testing.assert_close(found, torch.tensor([*(one / mean for one in told), 0.0]))
    assert class_weights("none", (1, 1), (1, 1)) is None
