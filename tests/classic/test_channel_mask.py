"""A fixed mask over channels, beside gates that change with the picture."""

import pytest
import torch

from saccade.attention.squeeze_excitation import SqueezeExcitation, squeeze
from saccade.classic.channel_mask import channel_features, compare_gates, select_channels
from saccade.errors import ShapeError

LABELS = torch.arange(24) % 2


@pytest.fixture
def maps():
    """Twenty-four maps of four channels, of which the second and third know the class."""
    found = torch.randn(24, 4, 5, 3, generator=torch.Generator().manual_seed(0))
    found[:, 1] += 2 * LABELS[:, None, None]
    found[:, 2] -= 2 * LABELS[:, None, None]
    return found


def test_means_of_channels_are_the_squeeze_of_se(maps):
    torch.testing.assert_close(channel_features(maps), squeeze(maps))
    assert channel_features(torch.full((1, 1, 300, 300), 60000.0).half()).item() == 60000


def test_the_mask_of_channels(maps):
    mask = select_channels(channel_features(maps), LABELS, k=2)
    assert mask.bits.tolist() == [0, 1, 1, 0]
    assert mask.selection.chosen[0] in ("channel 1", "channel 2")
    masked = mask.apply(maps)
    assert (masked[:, [0, 3]] == 0).all()
    assert torch.equal(masked[:, 1:3], maps[:, 1:3])


def test_gates_beside_the_mask(maps):
    mask = select_channels(channel_features(maps), LABELS, k=2)
    gates = torch.tensor([0.1, 0.9, 0.2, 0.8]).repeat(24, 1)
    gates[:, 3] += 0.1 * LABELS
    found = compare_gates(mask, gates, LABELS)
    assert (found.overlap, found.chance) == (0.5, 0.5)  # of channels 1 and 3 the mask keeps 1
    assert found.mean.tolist() == pytest.approx([0.1, 0.9, 0.2, 0.85])
    assert found.spread.tolist() == pytest.approx([0, 0, 0, 0.05])
    assert found.by_class[:3].tolist() == [0, 0, 0]
    assert found.by_class[3] > 1e6  # this gate is open by class


def test_the_gates_of_a_layer(maps):
    layer = SqueezeExcitation(4, reduction=2)
    seen = []
    layer.tap.listeners.append(lambda tap, weights, place: seen.append(weights))
    layer(maps)
    mask = select_channels(channel_features(maps), LABELS, k=2)
    found = compare_gates(mask, seen[0], LABELS)
    assert found.mean.shape == found.spread.shape == (4,)
    assert (found.spread > 0).all()


def test_what_does_not_fit(maps):
    mask = select_channels(channel_features(maps), LABELS, k=2)
    with pytest.raises(ShapeError, match="c=4"):
        mask.apply(maps[:, :3])
    with pytest.raises(ShapeError, match="a class for each of 24 pictures, got 3"):
        compare_gates(mask, torch.rand(24, 4), LABELS[:3])
    with pytest.raises(ShapeError, match="floating point"):
        channel_features(torch.ones(2, 3, 4, 4, dtype=torch.int64))
