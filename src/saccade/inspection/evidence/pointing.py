"""Where a map points, when it is known where the thing is: boxes and outlines.

Source: Zhang et al., "Top-down Neural Attention by Excitation Backprop", ECCV 2016,
arXiv:1608.00507, section 4.1 (the pointing game and its 15 pixels); Wang et al., "Score-CAM",
CVPRW 2020, arXiv:1910.01279, section 4.3 (the mass inside a box).
Axes: b images, h rows, w columns, k boxes of an image as x0 y0 x1 y1.
Differs: several highest pixels: the first in row order is the one that points.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from saccade.errors import ConfigError, ShapeError
from saccade.shapes import expect


def highest(maps: Tensor) -> Tensor:
    """Give the centre of the highest pixel of each map (b h w) as x, y: (b 2), in pixels."""
    expect(maps, "b h w", "the maps")
    flat, columns = maps.flatten(1), maps.shape[-1]
    places = torch.arange(flat.shape[1], device=maps.device).expand_as(flat)
    first = torch.where(flat == flat.amax(dim=1, keepdim=True), places, flat.shape[1]).amin(dim=1)
    if (first == flat.shape[1]).any():
        raise ShapeError("maps without NaN", "NaN", "leaving these images out")
    return torch.stack([first % columns + 0.5, first // columns + 0.5], dim=1)


def pointing_hits(maps: Tensor, boxes: Sequence[Tensor], *, tolerance: float = 15.0) -> Tensor:
    """Say whether each map points at one of its boxes: booleans (b).

    Args:
        maps: as large as the images (b h w).
        boxes: the boxes of each image (k 4), x0 y0 x1 y1 in pixels of the map.
        tolerance: how far outside of a box is still a hit, in pixels.

    Raises:
        ShapeError: maps and boxes do not fit each other.
        ConfigError: the tolerance is negative.
    """
    _check_boxes(maps, boxes)
    if not tolerance >= 0:
        raise ConfigError("a tolerance of 0 pixels or more", str(tolerance), "15")
    points = highest(maps)
    hits = [
        bool((_distances(point, own) <= tolerance).any())
        for point, own in zip(points, boxes, strict=True)
    ]
    return torch.tensor(hits)


@dataclass(frozen=True, slots=True)
class PointingScore:
    """Hits of the pointing game.

    Args:
        accuracy: mean of the classes' accuracies, 0-1, the number that is compared.
        overall: share of all images that are hits, 0-1.
        classes: class to accuracy.
    """

    accuracy: float
    overall: float
    classes: Mapping[int, float]


def pointing_score(hits: Tensor, classes: Tensor) -> PointingScore:
    """Average hits (b) over the images of each class, and then over the classes.

    Args:
        hits: booleans (b).
        classes: the class of each (b).

    Raises:
        ShapeError: there are none, or they do not fit each other.
    """
    expect(hits, "b", "the hits")
    expect(classes, "b", "the classes", b=len(hits))
    if not len(hits):
        raise ShapeError("one hit or miss or more", "none", "images with boxes")
    each = {
        int(label): float(hits[classes == label].double().mean()) for label in torch.unique(classes)
    }
    return PointingScore(sum(each.values()) / len(each), float(hits.double().mean()), each)


def mass_inside(maps: Tensor, boxes: Sequence[Tensor]) -> Tensor:
    """Give the share of each map's positive mass that lies in its boxes (b), 0-1.

    A pixel belongs to a box if its centre does; negative entries count as nothing; a map without
    mass gives NaN.

    Args:
        maps: as large as the images (b h w).
        boxes: the boxes of each image (k 4), x0 y0 x1 y1 in pixels of the map.

    Raises:
        ShapeError: maps and boxes do not fit each other.
    """
    _check_boxes(maps, boxes)
    inside = filled(boxes, (maps.shape[-2], maps.shape[-1])).to(maps.device)
    mass = maps.double().clamp_min(0)
    return (mass * inside).sum(dim=(1, 2)) / mass.sum(dim=(1, 2))


def filled(boxes: Sequence[Tensor], size: tuple[int, int]) -> Tensor:
    """Mark the pixels whose centres lie in a box of an image: booleans (b h w).

    Args:
        boxes: the boxes of each image (k 4), x0 y0 x1 y1 in pixels.
        size: (height, width) in pixels.
    """
    y = torch.arange(size[0])[None, :, None] + 0.5
    x = torch.arange(size[1])[None, None, :] + 0.5
    marks = []
    for own in boxes:
        left, top, right, bottom = (side.view(-1, 1, 1).cpu() for side in own.unbind(dim=1))
        marks.append(((x >= left) & (x < right) & (y >= top) & (y < bottom)).any(dim=0))
    return torch.stack(marks)


def _distances(point: Tensor, boxes: Tensor) -> Tensor:
    """From a point (2) to each box (k 4), 0 inside."""
    corners = boxes.to(point)
    outside = torch.maximum(corners[:, :2] - point, point - corners[:, 2:]).clamp_min(0)
    return outside.square().sum(dim=1).sqrt()


def _check_boxes(maps: Tensor, boxes: Sequence[Tensor]) -> None:
    expect(maps, "b h w", "the maps", b=len(boxes))
    for own in boxes:
        expect(own, "k box", "the boxes of an image", box=4)
        if not len(own) or (own[:, 2:] <= own[:, :2]).any():
            raise ShapeError(
                "boxes x0 y0 x1 y1 with x0 < x1 and y0 < y1", str(own.tolist()), "another order"
            )
