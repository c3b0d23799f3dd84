"""Does a map lie where the thing is, and where people look? In pixels of the picture itself.

Only the part of the picture that the model saw takes part: elsewhere a map says nothing.
Source: the measures are those of `inspection.evidence`, pointing and gaze, which name their papers.
Axes: h rows, w columns, k boxes, f fixations.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from saccade.data.geometry import Geometry
from saccade.explanation.explanation import Explanation
from saccade.inspection.evidence.gaze_maps import centre_bias, fixation_counts, fixation_density
from saccade.inspection.evidence.gaze_scores import measured
from saccade.inspection.evidence.pointing import mass_inside, pointing_hits

TOLERANCE = 15.0  # pixels, of the pointing game
GAZE = ("nss", "auc_judd", "auc_borji", "cc", "sim", "kl")


@dataclass(frozen=True, slots=True)
class Seen:
    """A map in pixels of the upright picture, as far as the model saw it.

    Args:
        map: (h w).
        corner: x, y of its first pixel in the picture.
        size: (width, height) of the whole picture.
    """

    map: Tensor
    corner: tuple[int, int]
    size: tuple[int, int]


def on_picture(found: Explanation, *, image: int = 0) -> Seen:
    """Stretch one map over the part of its picture that the model saw, bilinearly.

    Args:
        found: of pictures; maps of bare images are taken as they are.
        image: which of the maps, from 0.
    """
    height, width = found.size
    geometry = found.geometries[image] if found.geometries else Geometry.of((width, height))
    ends = (geometry.straight().model_to_upright(0, 0), geometry.model_to_upright(width, height))
    spans = []
    for axis, side in enumerate(geometry.upright):
        low, high = sorted(end[axis] for end in ends)
        first, last = max(0, round(low)), min(side, round(high))
        spans.append((first, max(last, first + 1)))
    (left, right), (top, bottom) = spans
    corners = [
        geometry.upright_to_model(x + 0.5, y + 0.5)
        for x, y in ((left, top), (right - 1, bottom - 1))
    ]
    x = torch.linspace(corners[0][0], corners[1][0], right - left) / width * 2 - 1
    y = torch.linspace(corners[0][1], corners[1][1], bottom - top) / height * 2 - 1
    grid = torch.stack(torch.meshgrid(x, y, indexing="xy"), dim=-1)[None]
    whole = found.upsampled()[image : image + 1, None].detach().float().cpu()
    drawn = functional.grid_sample(whole, grid, padding_mode="border", align_corners=False)
    return Seen(drawn[0, 0], (left, top), geometry.upright)


def pointing(seen: Seen, boxes: Tensor) -> dict[str, object]:
    """Play the pointing game on one picture, and say how much of the map lies in the boxes.

    Args:
        seen: the map.
        boxes: x0 y0 x1 y1 of each thing (k 4), in pixels of the picture.

    Returns:
        `hit`: whether the highest point lies within 15 px of a box; `inside`: share of the positive
        mass in the boxes; `area`: share of the seen part that they cover, which is what an even map
        has inside.
    """
    left, top = seen.corner
    own = [boxes.double() - boxes.new_tensor([left, top, left, top]).double()]
    maps = seen.map[None]
    inside = float(mass_inside(maps, own)[0])
    return {
        "hit": bool(pointing_hits(maps, own, tolerance=TOLERANCE)[0]),
        "inside": None if inside != inside else inside,
        "area": float(mass_inside(torch.ones_like(maps), own)[0]),
        "boxes": len(boxes),
    }


def gaze(seen: Seen, points: Tensor, *, sigma: float = 24.0) -> dict[str, object]:
    """Compare a map with where people looked, and looking at the middle with it too.

    Args:
        seen: the map.
        points: x, y of each fixation (f 2), in pixels of the picture.
        sigma: of the Gaussians of a density in pixels; one degree of visual angle is usual.

    Returns:
        The measures of `GAZE`; the same of the middle of the picture under `centre`; and the
        `fixations` on the part that the model saw. None where a measure is not defined.
    """
    (left, top), (height, width) = seen.corner, seen.map.shape
    own = points.double() - points.new_tensor([left, top]).double()
    counts = fixation_counts(own, (height, width))
    density = fixation_density(own, (height, width), sigma=sigma)
    middle = centre_bias((seen.size[1], seen.size[0]))[top : top + height, left : left + width]
    return {
        **measured(seen.map, counts, density),
        "centre": measured(middle, counts, density),
        "fixations": int(counts.sum()),
    }
