"""A mask over the channels of a layer, chosen once from labelled pictures: the fixed cousin of SE.

Squeeze-and-excitation learns to open and close channels for each picture; here the means of the
channels are features, the best keep their channel, and the mask is the same for every picture.

Source: the squeeze of Hu, Shen, Sun, "Squeeze-and-Excitation Networks", CVPR 2018, section 3.1; the
choice is that of `saccade.classic.selection`.
Axes: n pictures, c channels, h height, w width.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from saccade.classic.feature_scores import fisher_score
from saccade.classic.found import Selection
from saccade.classic.selection import select_features
from saccade.errors import ShapeError
from saccade.shapes import expect, expect_dtype


@dataclass(frozen=True, slots=True, eq=False)
class ChannelMask:
    """Which channels stay.

    Args:
        bits: 1 for a channel that stays, else 0; float32 (c).
        selection: how they were chosen.
    """

    bits: Tensor
    selection: Selection

    def apply(self, maps: Tensor) -> Tensor:
        """Set the other channels of maps (n c h w) to 0.

        Raises:
            ShapeError: there are more or fewer channels.
        """
        expect(maps, "b c h w", "the maps", c=len(self.bits))
        return maps * self.bits.to(maps)[:, None, None]


@dataclass(frozen=True, slots=True, eq=False)
class GateComparison:
    """A fixed mask beside gates that change with the picture.

    Args:
        mean: the mean gate of each channel over the pictures (c).
        spread: the deviation of each channel's gate over the pictures (c); a mask has none.
        by_class: Fisher score of each channel's gate (c): how far the gate itself knows the class.
        overlap: share of the k channels with the largest mean gate that the mask keeps, 0 to 1.
        chance: what a mask of k channels drawn at random would overlap, k/c.
    """

    mean: Tensor
    spread: Tensor
    by_class: Tensor
    overlap: float
    chance: float


def channel_features(maps: Tensor) -> Tensor:
    """Take the mean of each channel: maps (n c h w) to features (n c), in float32 at least.

    Raises:
        ShapeError: these are no maps of floats.
    """
    expect(maps, "b c h w", "the maps")
    expect_dtype(maps, "floats", "the maps")
    half = maps.dtype in (torch.float16, torch.bfloat16)
    return maps.mean((2, 3), dtype=torch.float32 if half else maps.dtype)


def select_channels(
    features: Tensor, labels: Tensor, *, k: int, method: str = "fisher", seed: int = 0
) -> ChannelMask:
    """Choose k channels by what their means tell of the class.

    Args:
        features: means of the channels (n c), as `channel_features` gives them.
        labels: classes of the pictures (n).
        k: channels that stay.
        method: a name in `saccade.classic.selection.METHODS`.
        seed: of what the method draws.

    Raises:
        ConfigError: an option cannot work.
        DataError: gaps, or no classes.
        ShapeError: features and labels do not go together.
    """
    expect(features, "b c", "the means of the channels")
    names = [f"channel {place}" for place in range(features.shape[1])]
    found = select_features(features, labels, k=k, method=method, names=names, seed=seed)
    return ChannelMask(torch.tensor(found.mask, dtype=torch.float32), found)


def compare_gates(mask: ChannelMask, gates: Tensor, labels: Tensor) -> GateComparison:
    """Hold a fixed mask against the gates that a layer gave to pictures.

    Args:
        mask: the channels that stay.
        gates: of each picture and channel (n c), such as the weights that SE's tap gives.
        labels: classes of the pictures (n).

    Raises:
        DataError: gaps, or no classes.
        ShapeError: there are more or fewer channels than the mask has, or labels than pictures.
    """
    expect(gates, "b c", "the gates", c=len(mask.bits))
    if len(labels) != len(gates):
        raise ShapeError(f"a class for each of {len(gates)} pictures", f"{len(labels)}")
    seen = gates.detach().cpu().double()
    mean = seen.mean(dim=0)
    k, count = mask.selection.k, len(mean)
    highest = mean.sort(descending=True, stable=True).indices[:k]
    return GateComparison(
        mean=mean,
        spread=seen.std(dim=0, correction=0),
        by_class=torch.from_numpy(fisher_score(seen, labels)),
        overlap=float(mask.bits.cpu()[highest].mean()),
        chance=k / count,
    )
