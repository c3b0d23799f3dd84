"""Positive and negative perturbation, and the drop of confidence."""

import pytest
import torch

from saccade.errors import ConfigError, ShapeError
from saccade.inspection.evidence.perturbation import TENTHS, confidence_drop, perturbation
from saccade.inspection.evidence.removal import black


def bright(images):
    """The second class while more than half of the light is there."""
    light = images.mean(dim=(1, 2, 3))
    return torch.stack([torch.full_like(light, 0.5), light], dim=1)


def test_by_hand():
    # The left half carries the light (2 a pixel, mean 1). Highest first, 10 % of 100 pixels at a
    # time: the mean is 1 - 0.2, … and falls to 0.5 at 30 %, where the first class takes over
    # (0.4 at 30 %); lowest first the light stays until half is gone, and 0.6 is left at 70 %.
    images = torch.zeros(1, 1, 10, 10)
    images[..., :5] = 2
    maps = images[:, 0]
    positive = perturbation(bright, images, maps)
    assert positive.scores.tolist() == [[1, 1, 0, 0, 0, 0, 0, 0, 0]]
    negative = perturbation(bright, images, maps, first="lowest")
    assert negative.scores.tolist() == [[1, 1, 1, 1, 1, 1, 1, 0, 0]]
    assert positive.shares.tolist() == pytest.approx(list(TENTHS))
    assert float(positive.auc) == pytest.approx(1.5 / 8)
    assert float(negative.auc) == pytest.approx(6.5 / 8)


def test_chunks_and_patches_change_nothing(normal):
    images, maps = normal(3, 2, 8, 8), normal(3, 4, 4)
    targets = torch.tensor([0, 1, 0])
    whole = perturbation(bright, images, maps, targets, chunk=100)
    single = perturbation(bright, images, maps, targets, chunk=1)
    torch.testing.assert_close(whole.scores, single.scores)


def test_the_blank_is_the_black_of_the_normalisation():
    seen = []

    def model(images):
        seen.append(images)
        return bright(images)

    fill = black((0.5,), (0.5,))
    perturbation(model, torch.ones(1, 1, 4, 4), torch.ones(1, 4, 4), shares=(0.5, 1), blank=fill)
    assert seen[-1][-1].unique().tolist() == [-1]


def test_the_drop_of_confidence_by_hand():
    # The map keeps all the light of image 0 and nothing of image 1: the probability falls from
    # softmax(0.5, 1) to softmax(0.5, 0), the share of which is lost.
    images = torch.ones(2, 1, 2, 2)
    maps = torch.stack([torch.ones(2, 2), torch.zeros(2, 2)])
    maps[0, 0, 0] = 0  # a map needs a lowest entry; a quarter of the light goes
    drop, rise = confidence_drop(bright, images, maps, torch.tensor([1, 1]))
    before, after, nothing = (
        torch.tensor([0.5, light]).softmax(0)[1] for light in (1.0, 0.75, 0.0)
    )
    expected = torch.stack([(before - after) / before, (before - nothing) / before])
    torch.testing.assert_close(drop, expected)
    assert rise.tolist() == [False, False]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"first": "middle"}, "first highest or lowest, got 'middle'"),
        ({"shares": (0.2, 0.1)}, "two rising shares"),
        ({"shares": (0.2, 1.1)}, "two rising shares"),
        ({"chunk": 0}, "chunk of 1 or more, got 0"),
    ],
)
def test_options_out_of_range(options, sentence):
    with pytest.raises(ConfigError, match=sentence):
        perturbation(bright, torch.ones(1, 1, 4, 4), torch.ones(1, 4, 4), **options)


def test_a_drop_needs_a_map_of_pixels():
    with pytest.raises(ShapeError, match="the maps"):
        confidence_drop(bright, torch.ones(1, 1, 4, 4), torch.ones(1, 2, 2))
