"""Resizing by torch's 8-bit kernel, for training: a fraction of Pillow's time.

Axes: 3 colours, h rows, w columns.
Differs: from Pillow, whose filters it has, by one level in a few pixels of a thousand; see
`Preprocessing.apply` for the exact way.
"""

from typing import Literal

import numpy as np
import torch
from PIL import Image
from torch.nn import functional

from saccade.data.decode import as_image


def resample(
    raw: Image.Image | np.ndarray,
    box: tuple[int, int, int, int],
    size: tuple[int, int],
    interpolation: Literal["nearest", "bilinear", "bicubic"],
) -> np.ndarray:
    """Resize a box of a picture; nothing outside the box is looked at.

    Args:
        raw: 8-bit RGB: a picture, or its pixels as uint8 (h w 3).
        box: (left, top, right, bottom) inside the picture, in pixels.
        size: (width, height) of the result, in pixels.
        interpolation: the filter, widened where the picture becomes smaller.

    Returns:
        uint8 (3 h w).
    """
    left, top, right, bottom = box
    same = size == (right - left, bottom - top)
    if same or interpolation == "nearest":
        part = as_image(raw).crop(box)
        pixels = np.array(part if same else part.resize(size, Image.Resampling.NEAREST))
        return np.ascontiguousarray(pixels.transpose(2, 0, 1))
    pixels = np.array(raw) if isinstance(raw, Image.Image) else raw
    # Rows without gaps are read so much faster that the copy pays.
    planes = torch.from_numpy(np.ascontiguousarray(pixels[top:bottom, left:right]))
    batch = planes.permute(2, 0, 1)[None]
    resized = functional.interpolate(batch, size[::-1], mode=interpolation, antialias=True)
    return resized[0].contiguous().numpy()
