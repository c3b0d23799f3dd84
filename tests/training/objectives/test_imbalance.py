import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from saccade.errors import ConfigError
from saccade.training.objectives.imbalance import (
    class_weights,
    positive_weights,
    weighted_cross_entropy,
    weights_caution,
)

LABELS = [0] * 6 + [1] * 3 + [2]


def test_by_hand() -> None:
    # n / (K n_c) with n = 10 and K = 3; the mean over the pictures is 1.
    found = class_weights(LABELS, 3)
    assert found.tolist() == pytest.approx([10 / 18, 10 / 9, 10 / 3])
    assert found[LABELS].mean().item() == pytest.approx(1)
    # Effective numbers with beta = 1/2: 2 (1 - 2^-n_c).
    effective = [2 * (1 - 0.5**n) for n in (6, 3, 1)]
    found = class_weights(LABELS, 3, beta=0.5)
    assert found[2] / found[0] == pytest.approx(effective[0] / effective[2])
    assert found[LABELS].mean().item() == pytest.approx(1)
    assert class_weights(LABELS, 3, beta=0).tolist() == pytest.approx([1, 1, 1])


def test_a_class_without_pictures_weighs_nothing_and_is_named() -> None:
    found = class_weights([0, 0, 2, -1], 4)
    assert found.tolist() == pytest.approx([3 / 4, 0, 3 / 2, 0])
    told = weights_caution([0, 0, 2], ["a", "b", "c", "d"])
    assert told == "no training picture of b, d: weight 0, never learned"
    assert weights_caution([0, 1], ["a", "b"]) == ""


def test_several_labels() -> None:
    # a: 3 of 4 pictures, b: 1 of 4, c: none.
    multi = [(0,), (0, 1), (0,), ()]
    assert positive_weights(multi, 3).tolist() == pytest.approx([1 / 3, 3, 1])
    assert positive_weights([(0,)] + [()] * 999, 1).tolist() == [100]


def test_loss_slowly(normal, generator) -> None:
    logits, weights = normal(4, 3, dtype=torch.float64), torch.tensor([0.5, 2.0, 1.0])
    targets = torch.rand(4, 3, generator=generator, dtype=torch.float64)
    targets /= targets.sum(dim=1, keepdim=True)
    total = norm = 0.0
    for row, target in zip(logits, targets, strict=True):
        scale = sum(math.exp(value) for value in row.tolist())
        for c in range(3):
            smoothed = 0.9 * target[c].item() + 0.1 / 3
            log = row[c].item() - math.log(scale)
            total -= weights[c].item() * smoothed * log
            norm += weights[c].item() * target[c].item()
    found = weighted_cross_entropy(logits, targets, weights, smoothing=0.1)
    assert found.item() == pytest.approx(total / norm)
    found = weighted_cross_entropy(logits, targets, weights, smoothing=0.1, mean="pictures")
    assert found.item() == pytest.approx(total / 4)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_as_torch(normal, smoothing) -> None:
    logits, labels = normal(5, 4), torch.tensor([0, 1, 1, 3, 2])
    weights, hot = torch.tensor([1.0, 0.5, 3.0, 2.0]), F.one_hot(labels, 4).float()
    expected = F.cross_entropy(logits, labels, weights, label_smoothing=smoothing)
    for truths in (labels, hot):
        found = weighted_cross_entropy(logits, truths, weights, smoothing=smoothing)
        torch.testing.assert_close(found, expected)
    mixed = hot.lerp(hot.flip(0), 0.3)
    expected = F.cross_entropy(logits, mixed, label_smoothing=smoothing)
    for mean in ("weights", "pictures"):
        found = weighted_cross_entropy(logits, mixed, smoothing=smoothing, mean=mean)
        torch.testing.assert_close(found, expected)
    expected = F.cross_entropy(logits, mixed, weights, label_smoothing=smoothing)
    found = weighted_cross_entropy(logits, mixed, weights, smoothing=smoothing, mean="pictures")
    torch.testing.assert_close(found, expected)


def test_the_mean_over_pictures_can_be_shared_out(normal) -> None:
    logits, labels = normal(6, 3), torch.tensor([0, 0, 1, 2, 1, 0])
    weights = class_weights(labels.tolist(), 3)
    whole = weighted_cross_entropy(logits, labels, weights, mean="pictures")
    parts = [
        weighted_cross_entropy(logits[own], labels[own], weights, mean="pictures")
        for own in (slice(0, 3), slice(3, 6))
    ]
    torch.testing.assert_close(whole, sum(parts) / 2)


def test_errors() -> None:
    with pytest.raises(ConfigError, match="labels from 0 to 1 to weigh classes by, got one of 2"):
        class_weights([0, 2], 2)
    with pytest.raises(ConfigError, match="got none"):
        class_weights([-1], 2)
    with pytest.raises(ConfigError, match=r"a beta from 0 to 1, got 1\.5"):
        class_weights([0], 1, beta=1.5)


@pytest.mark.slow
def test_as_scikit_learn(generator) -> None:
    theirs = pytest.importorskip("sklearn.utils.class_weight")

    labels = np.array([*range(5), *torch.randint(5, (60,), generator=generator).tolist()])
    expected = theirs.compute_class_weight("balanced", classes=np.arange(5), y=labels)
    assert class_weights(labels.tolist(), 5).tolist() == pytest.approx(expected)
