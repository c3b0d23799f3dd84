"""Explanation: maps of some images, what they were asked, and how they were made.

Axes: b images, h rows, w columns of the grid.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from saccade.attention.reading import fine
from saccade.data.geometry import Geometry
from saccade.explanation.belief import Belief
from saccade.layers.tokens import TokenLayout


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Where in each image a model's answer comes from, as one method tells it.

    Args:
        map: (b h w), on the grid of the patches.
        method: that made it.
        target: class of each image (b); None where a function was asked, or where the method knows
            no class.
        logits: of the model (b classes).
        scores: what was asked about (b).
        size: (height, width) of the model's image in pixels.
        provenance: how it was made, fit for JSON: model, method, options, layers, versions.
        pixels: the map in pixels of the model's image (b height width), where the method has it.
        layout: of the model's tokens, where it has any.
        names: of the images, where they have any.
        geometries: how each image was cut from its picture, where that is known.
        details: more numbers of the method; images first.
        belief: what tests of the maps gave; None when they were left out.
    """

    map: Tensor
    method: str
    target: Tensor | None
    logits: Tensor
    scores: Tensor
    size: tuple[int, int]
    provenance: dict[str, Any]
    pixels: Tensor | None = None
    layout: TokenLayout | None = None
    names: tuple[str, ...] = ()
    geometries: tuple[Geometry, ...] = ()
    details: dict[str, Tensor]
    belief: Belief | None = None

    def __len__(self) -> int:
        """How many images there are."""
        return len(self.map)

    def upsampled(self, size: tuple[int, int] | None = None) -> Tensor:
        """Stretch the maps over the model's image (b height width), bilinearly.

        Args:
            size: (height, width) in pixels; that of the model's image when None.
        """
        wanted = self.size if size is None else size
        source = self.map if self.pixels is None else self.pixels
        if tuple(source.shape[-2:]) == tuple(wanted):
            return source
        return functional.interpolate(
            fine(source)[:, None], wanted, mode="bilinear", align_corners=False
        )[:, 0]

    def stretched(self) -> Tensor:
        """Bring each map to 0-1 by its own smallest and largest entry; an even one is all 0."""
        low = self.map.amin(dim=(1, 2), keepdim=True)
        high = self.map.amax(dim=(1, 2), keepdim=True)
        return (self.map - low) / (high - low).clamp_min(torch.finfo(torch.float32).tiny)
