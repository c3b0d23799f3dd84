"""Where words looked: how sharp their maps are, what they cover, how much lies in a box.

Source: Zhang et al., "Top-down Neural Attention by Excitation Backprop", ECCV 2016,
arXiv:1608.00507, section 4.1 (the pointing game). The other three are definitions of ours.
Axes: t words of one sentence, j places (grid cells row by row, or source words), h rows and w
columns of the grid, box edges x0 y0 x1 y1 in pixels of the upright picture, as data/boxes.py has.
Differs: the pointing game adds no 15 pixels unless asked to; a cell stands for its centre.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from saccade.data.geometry import Geometry
from saccade.errors import ConfigError, DataError, ShapeError
from saccade.inspection.evidence.pointing import highest
from saccade.shapes import expect, expect_dtype


def sharpness(weights: Tensor, mask: Tensor | None = None) -> Tensor:
    """Say how sharp each word's map is: 1 - entropy / log n, (t).

    1 where all weight lies on one place or there is only one, 0 where it is even.

    Args:
        weights: the maps (t j); each row is divided by its sum.
        mask: True where a place may be read (j) or (t j); all n = j places when None.

    Raises:
        ShapeError: other axes, or entries that are no weights.
    """
    shares, allowed = _shares(weights, mask)
    places = allowed.sum(dim=1).double()
    entropy = -torch.xlogy(shares, shares).sum(dim=1)
    return torch.where(places > 1, 1 - entropy / places.clamp_min(2).log(), 1.0).clamp(0, 1)


def coverage(weights: Tensor) -> float:
    """Say which share of the picture the words of a sentence looked at together, 0-1.

    The mean map over the words fills this much of an even map: the sum over cells of min(m, 1/j).
    1 where all cells got alike, 1/j where all words looked at the same cell.

    Args:
        weights: the maps (t j); each row is divided by its sum.

    Raises:
        ShapeError: other axes, or entries that are no weights.
    """
    shares, _ = _shares(weights, None)
    if not len(shares):
        raise ShapeError("the map of one word or more", "none", "a sentence with words")
    return float(shares.mean(dim=0).clamp_max(1 / shares.shape[1]).sum())


class BoxMass(NamedTuple):
    """Attention in boxes, and what even maps would have there.

    Attributes:
        mass: share of each map in its box (t), 0-1.
        uniform: share of the model's image in the box (t), 0-1; 0 where it shows nothing of it.
    """

    mass: Tensor
    uniform: Tensor


def box_mass(maps: Tensor, boxes: Tensor, geometry: Geometry) -> BoxMass:
    """Measure the share of each word's map that lies in a box of the picture.

    A cell's weight is spread evenly over its region of the model's image; a box takes of it what
    the areas have in common. Of a box that reaches beyond the model's image the part inside counts.

    Args:
        maps: on the grid of the model's image (t h w); each is divided by its sum.
        boxes: of each word (t box), or one of all (box), in pixels of the upright picture.
        geometry: how the picture became the model's image.

    Raises:
        ShapeError: other axes, or entries that are no weights.
        DataError: boxes without area, or a picture that was turned.
    """
    shares, boxes = _on_grid(maps, boxes)
    _, rows, columns = shares.shape
    scale = torch.tensor(geometry.straight().scale, dtype=torch.float64)
    corners = boxes.reshape(-1, 2, 2) * scale + torch.tensor(geometry.offset, dtype=torch.float64)
    low, high = corners.amin(dim=1), corners.amax(dim=1)  # a mirrored picture swaps them
    width, height = geometry.size
    across = _overlap(low[:, 0], high[:, 0], width, columns)
    down = _overlap(low[:, 1], high[:, 1], height, rows)
    mass = torch.einsum("thw,th,tw->t", shares, down, across)
    return BoxMass(mass, down.mean(dim=1) * across.mean(dim=1))


def points_into(
    maps: Tensor, boxes: Tensor, geometry: Geometry, *, tolerance: float = 0.0
) -> Tensor:
    """Say whether the highest cell of each word's map has its centre in the box: booleans (t).

    Args:
        maps: on the grid of the model's image (t h w).
        boxes: of each word (t box), or one of all (box), in pixels of the upright picture.
        geometry: how the picture became the model's image.
        tolerance: how far outside is still a hit, in pixels of the picture.

    Raises:
        ShapeError: other axes, or entries that are no weights.
        DataError: boxes without area, or a picture that was turned.
        ConfigError: the tolerance is negative.
    """
    if not tolerance >= 0:
        raise ConfigError("a tolerance of 0 pixels or more", str(tolerance), "tolerance=0")
    shares, boxes = _on_grid(maps, boxes)
    grid = torch.tensor([shares.shape[2], shares.shape[1]], dtype=torch.float64)
    on_image = highest(shares) * torch.tensor(geometry.size) / grid
    offset = torch.tensor(geometry.offset, dtype=torch.float64)
    points = (on_image - offset) / torch.tensor(geometry.straight().scale, dtype=torch.float64)
    outside = torch.maximum(boxes[:, :2] - points, points - boxes[:, 2:]).clamp_min(0)
    return outside.square().sum(dim=1).sqrt() <= tolerance


@dataclass(frozen=True, slots=True)
class LookingScores:
    """How well words look at what they name, over a whole set.

    Args:
        mass: mean share of a word's map in the box of what it names, 0-1.
        uniform: mean share that an even map has there, 0-1.
        times: mass / uniform; 1 is what looking everywhere alike gives.
        pointing: share of words whose highest cell is in the box, 0-1.
        sharpness: mean sharpness of these maps, 0-1.
        words: how many words with a box were measured.
        unseen: words left out because the model's image shows nothing of their box.
    """

    mass: float
    uniform: float
    times: float
    pointing: float
    sharpness: float
    words: int
    unseen: int


def score_looking(looks: Iterable[tuple[Tensor, Tensor, Geometry]]) -> LookingScores:
    """Average over all words with a box of all pictures.

    Args:
        looks: for each picture the maps of the words that name something in it (t h w), its box for
            each of them (t box) in pixels of the upright picture, and the geometry.

    Raises:
        ShapeError: other axes, or entries that are no weights.
        DataError: boxes without area, a turned picture, or no word whose box can be seen.
    """
    found = [_looking_of(*look) for look in looks if len(look[0])]
    numbers = torch.cat(found) if found else torch.zeros(0, 4)
    seen = numbers[numbers[:, 1] > 0]
    if not len(seen):
        raise DataError("one word or more with a box in sight", "none", "pictures with boxes")
    mass, uniform, pointing, sharp = seen.mean(dim=0).tolist()
    unseen = len(numbers) - len(seen)
    return LookingScores(mass, uniform, mass / uniform, pointing, sharp, len(seen), unseen)


def _looking_of(maps: Tensor, boxes: Tensor, geometry: Geometry) -> Tensor:
    inside = box_mass(maps, boxes, geometry)
    hits = points_into(maps, boxes, geometry).double()
    return torch.stack([*inside, hits, sharpness(maps.flatten(1))], dim=1)


def _overlap(low: Tensor, high: Tensor, side: int, cells: int) -> Tensor:
    """Share of each cell along one side that lies between low (t) and high (t): (t cells)."""
    size = side / cells
    edges = torch.arange(cells + 1, dtype=torch.float64) * size
    first = torch.maximum(low[:, None], edges[None, :-1])
    last = torch.minimum(high[:, None], edges[None, 1:])
    return (last - first).clamp_min(0) / size


def _on_grid(maps: Tensor, boxes: Tensor) -> tuple[Tensor, Tensor]:
    """Maps divided by their sums (t h w), and a box for each (t 4); both in double precision."""
    expect(maps, "t h w", "the maps")
    shares, _ = _shares(maps.flatten(1), None)
    each = boxes.detach().cpu().double()
    each = each.expand(len(maps), -1) if each.dim() == 1 else each
    expect(each, "t box", "the boxes", t=len(maps), box=4)
    if not (each[:, 2:] > each[:, :2]).all() or not each.isfinite().all():
        raise DataError("boxes x0 y0 x1 y1 with x0 < x1 and y0 < y1", str(boxes.tolist()))
    return shares.reshape(maps.shape), each


def _shares(weights: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor]:
    """Rows that sum to 1 (t j) and where they may be above 0 (t j)."""
    expect(weights, "t j", "the weights")
    expect_dtype(weights, "floats", "the weights")
    given = weights.detach().cpu().double()
    allowed = torch.ones(given.shape, dtype=torch.bool)
    if mask is not None:
        expect_dtype(mask, "booleans", "the mask")
        expect(mask, "j" if mask.dim() == 1 else "t j", "the mask", t=len(given), j=given.shape[1])
        allowed = mask.cpu().expand_as(given)
    given = given * allowed
    total = given.sum(dim=1, keepdim=True)
    if not (given >= 0).all() or not (total > 0).all() or not total.isfinite().all():
        raise ShapeError(
            "weights of 0 or more that sum to more than 0 for each word",
            f"sums from {total.min():g} to {total.max():g}, lowest weight {given.min():g}"
            if given.numel()
            else f"weights {tuple(given.shape)}",
            "leaving out padded words",
        )
    return given / total, allowed
