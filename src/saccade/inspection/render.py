"""A map over a picture: colours, and the place where each patch lies in the original."""

from typing import Literal

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from saccade.shapes import expect

# Dark violet over teal to yellow: lightness rises evenly, so that it also reads in grey.
_STOPS = np.array(
    [
        [68, 1, 84],
        [65, 68, 135],
        [42, 120, 142],
        [34, 168, 132],
        [122, 209, 81],
        [253, 231, 37],
    ],
    dtype=np.float64,
)


def colour_map(values: Tensor) -> Tensor:
    """Colour values in 0-1: (...) to uint8 (... 3); values outside are clipped, NaN is black."""
    flat = values.detach().cpu().double().clamp(0.0, 1.0).numpy()
    positions = np.linspace(0.0, 1.0, len(_STOPS))
    channels = [np.interp(flat, positions, _STOPS[:, c]) for c in range(3)]
    coloured = np.nan_to_num(np.stack(channels, axis=-1)).round().astype(np.uint8)
    return torch.from_numpy(coloured)


def overlay(
    picture: Image.Image,
    values: Tensor,
    box: tuple[float, float, float, float],
    *,
    opacity: float = 0.6,
    resample: Literal["nearest", "bilinear"] = "nearest",
) -> Image.Image:
    """Lay a map over the part of a picture that the model saw; the rest is dimmed.

    Args:
        picture: the upright original.
        values: the map (h w); it is stretched so that its smallest value is 0 and its largest 1.
        box: left, top, right, bottom of the model's view, in pixels of the picture.
        opacity: of the map, 0-1.
        resample: "nearest" shows the patches as they are, "bilinear" smooths them.
    """
    expect(values, "h w", "the map")
    low, high = values.min(), values.max()
    stretched = (values - low) / (high - low).clamp_min(torch.finfo(torch.float32).tiny)
    image = Image.fromarray(colour_map(stretched).numpy())
    left, top, right, bottom = (round(side) for side in box)
    size = (max(right - left, 1), max(bottom - top, 1))
    how = Image.Resampling.NEAREST if resample == "nearest" else Image.Resampling.BILINEAR
    base = picture.convert("RGB")
    canvas = Image.blend(base, Image.new("RGB", base.size), 0.5)
    seen = Image.blend(
        base.crop((left, top, left + size[0], top + size[1])), image.resize(size, how), opacity
    )
    canvas.paste(seen, (left, top))
    return canvas
