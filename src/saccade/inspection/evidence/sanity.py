"""Three questions that a map must survive: does it follow the image, the class, and the weights?

The weights are asked in `random_weights`; here are the image, which is moved by a pixel, and the
class, which is exchanged.

Source: Adebayo et al., "Sanity Checks for Saliency Maps", NeurIPS 2018, arXiv:1810.03292, for the
exchange of what is explained; Kindermans et al., "The (Un)reliability of saliency methods", 2017,
arXiv:1711.00867, for changes of the input that change nothing.
Axes: b images, c channels, h rows, w columns, r moves.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from saccade.errors import ConfigError
from saccade.inspection.evidence.similarity import rank_correlation
from saccade.shapes import expect


@dataclass(frozen=True, slots=True)
class Stability:
    """How much maps change when the image moves, after the move is undone.

    Args:
        correlation: Spearman's between the two maps (r b); 1 when nothing changed.
        change: mean absolute difference over the mean absolute map (r b); 0 when nothing changed.
        moves: (x, y) of each move, in pixels.
    """

    correlation: Tensor
    change: Tensor
    moves: tuple[tuple[int, int], ...]

    def to_dict(self) -> dict[str, float]:
        """Means over moves and images as plain numbers, and the worst of each."""
        return {
            "correlation": float(self.correlation.mean()),
            "lowest_correlation": float(self.correlation.min()),
            "change": float(self.change.mean()),
            "largest_change": float(self.change.max()),
        }


def shift_stability(
    explain: Callable[[Tensor], Tensor], images: Tensor, *, pixels: int = 1
) -> Stability:
    """Move images to the four sides, explain them again, and undo the move on the maps.

    The border that a move opens repeats the edge, and is left out of the comparison. Maps that are
    coarser than the images are stretched to pixels first (bilinear), so that a move of one pixel
    is undone by one pixel.

    Args:
        explain: makes maps (b h w) of images.
        images: as the model wants them (b c h w).
        pixels: how far, 1 or more and below half of the side.

    Raises:
        ShapeError: the images are not (b c h w), or the maps not (b h w).
        ConfigError: the move is out of its range.
    """
    expect(images, "b c h w", "the images")
    height, width = images.shape[-2:]
    if not 1 <= pixels < min(height, width) / 2:
        raise ConfigError(f"pixels from 1 to below {min(height, width) / 2:g}", str(pixels), "1")
    moves = ((pixels, 0), (-pixels, 0), (0, pixels), (0, -pixels))
    own = _stretched(explain(images), (height, width))[..., pixels:-pixels, pixels:-pixels]
    correlations, changes = [], []
    for x, y in moves:
        moved = _stretched(explain(_moved(images, x, y)), (height, width))
        rows = slice(pixels + y, height - pixels + y)
        columns = slice(pixels + x, width - pixels + x)
        undone = moved[:, rows, columns]
        correlations.append(rank_correlation(own, undone))
        scale = own.abs().mean(dim=(1, 2)).clamp_min(torch.finfo(own.dtype).tiny)
        changes.append((undone - own).abs().mean(dim=(1, 2)) / scale)
    return Stability(torch.stack(correlations), torch.stack(changes), moves)


def class_sensitivity(
    explain: Callable[[Tensor, Tensor], Tensor], images: Tensor, classes: Tensor, others: Tensor
) -> Tensor:
    """Correlate the maps of two classes on the same image (b), Spearman's; 1: the class is ignored.

    Args:
        explain: makes maps (b h w) of images and of the class of each (b).
        images: as the model wants them (b c h w).
        classes: one class for each image (b), such as the most probable one.
        others: another one (b), such as the least probable one.

    Raises:
        ConfigError: the two classes of an image are the same.
    """
    expect(images, "b c h w", "the images")
    expect(classes, "b", "the classes", b=len(images))
    expect(others, "b", "the other classes", b=len(images))
    if (classes == others).any():
        same = int((classes == others).nonzero()[0])
        raise ConfigError("two different classes", f"{int(classes[same])} twice", "topk(2)")
    return rank_correlation(explain(images, classes).detach(), explain(images, others).detach())


def _stretched(maps: Tensor, size: tuple[int, int]) -> Tensor:
    expect(maps, "b h w", "the maps")
    maps = maps.detach().double()
    if tuple(maps.shape[-2:]) == size:
        return maps
    return functional.interpolate(maps[:, None], size, mode="bilinear", align_corners=False)[:, 0]


def _moved(images: Tensor, x: int, y: int) -> Tensor:
    """Move images right by x and down by y, repeating the edge."""
    height, width = images.shape[-2:]
    reach = max(abs(x), abs(y))
    wide = functional.pad(images, (reach, reach, reach, reach), mode="replicate")
    return wide[..., reach - y : reach - y + height, reach - x : reach - x + width]
