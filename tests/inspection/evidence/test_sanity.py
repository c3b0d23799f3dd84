"""A move of one pixel that is undone, and an exchange of the class."""

import pytest
import torch
from torch.nn import functional

from saccade.errors import ConfigError
from saccade.inspection.evidence.sanity import class_sensitivity, shift_stability


def light(images):
    """A map that follows every pixel."""
    return images.mean(1)


def test_a_map_that_follows_the_pixels_is_stable(normal):
    found = shift_stability(light, normal(2, 3, 8, 10), pixels=2)
    assert found.moves == ((2, 0), (-2, 0), (0, 2), (0, -2))
    torch.testing.assert_close(found.correlation, torch.ones(4, 2).double())
    torch.testing.assert_close(found.change, torch.zeros(4, 2).double())
    assert found.to_dict()["lowest_correlation"] == pytest.approx(1)


def test_the_move_by_hand():
    # One bright pixel in a 3x3 interior that a wrong explainer always shows one to the right.
    images = torch.zeros(1, 1, 5, 5)
    images[0, 0, 2, 2] = 1
    seen = []

    def explain(moved):
        seen.append([tuple(place) for place in (moved[0, 0] > 0).nonzero().tolist()])
        return torch.zeros(1, 5, 5).index_put((torch.tensor([0]),) * 3, torch.ones(1))

    shift_stability(explain, images)
    # Not moved; right, left, down and up, as (row, column).
    assert seen == [[(2, 2)], [(2, 3)], [(2, 1)], [(3, 2)], [(1, 2)]]


def test_the_border_repeats_the_edge():
    images = torch.arange(4.0).expand(1, 1, 4, 4)
    seen = []

    def explain(moved):
        seen.append(moved[0, 0, 0].tolist())
        return light(moved)

    shift_stability(explain, images)
    assert seen[:3] == [[0, 1, 2, 3], [0, 0, 1, 2], [1, 2, 3, 3]]


def test_a_map_that_stays_in_place_changes():
    fixed = torch.rand(1, 8, 8, generator=torch.Generator().manual_seed(3))
    found = shift_stability(lambda images: fixed, torch.zeros(1, 1, 8, 8))
    assert float(found.correlation.max()) < 0.6
    assert float(found.change.min()) > 0.3


def test_maps_of_patches_are_undone_by_pixels(normal):
    def patches(images):
        return functional.avg_pool2d(images.mean(1), 4)

    smooth = functional.interpolate(normal(1, 1, 4, 4), (32, 32), mode="bicubic")
    found = shift_stability(patches, smooth)
    assert 0.9 < float(found.correlation.min()) < 1
    assert 0 < float(found.change.max()) < 0.3


def test_class_sensitivity(normal):
    images = normal(2, 3, 4, 4)
    classes, others = torch.tensor([0, 1]), torch.tensor([2, 2])

    def own(images, labels):
        return torch.stack([image[label] for image, label in zip(images, labels, strict=True)])

    assert float(class_sensitivity(own, images, classes, others).abs().max()) < 0.9
    blind = class_sensitivity(lambda images, labels: light(images), images, classes, others)
    torch.testing.assert_close(blind, torch.ones(2).double())
    with pytest.raises(ConfigError, match="two different classes, got 2 twice"):
        class_sensitivity(own, images, others, others)


@pytest.mark.parametrize("pixels", [0, 4])
def test_a_move_out_of_range(pixels):
    with pytest.raises(ConfigError, match=f"pixels from 1 to below 4, got {pixels}"):
        shift_stability(light, torch.zeros(1, 1, 8, 8), pixels=pixels)
