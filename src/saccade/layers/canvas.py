"""What of an image is cut into patches where the patch does not divide it.

Source: timm's `dynamic_img_pad` for "pad"; no paper says what else could be done.
Axes: b batch, c channels, h height, w width.
"""

from dataclasses import dataclass
from typing import Literal, get_args

import torch.nn.functional as F
from torch import Tensor

from saccade.errors import ConfigError
from saccade.layers.patches import grid_of

Fit = Literal["error", "pad", "crop"]


@dataclass(frozen=True, slots=True)
class Canvas:
    """A part of an image, or an image with borders: whole patches, and what a map lies over.

    Args:
        size: (height, width) in pixels.
        corner: where it begins in the image, (top, left) in pixels.
    """

    size: tuple[int, int]
    corner: tuple[int, int] = (0, 0)

    def cut(self, images: Tensor) -> Tensor:
        """Turn images (b c h w) into their canvas (b c h' w'); borders are zeros.

        Args:
            images: normalised, of the size that the canvas was made for.
        """
        (top, left), (height, width) = self.corner, self.size
        right, bottom = left + width - images.shape[-1], top + height - images.shape[-2]
        if top == left == right == bottom == 0:
            return images
        return F.pad(images, (-left, right, -top, bottom))  # less than 0 takes pixels away


def canvas_of(img_size: tuple[int, int], patch: tuple[int, int], fit: Fit = "error") -> Canvas:
    """Say what of an image is cut into patches.

    Args:
        img_size: (height, width) in pixels.
        patch: (height, width) in pixels.
        fit: "pad" adds zeros at the right and at the bottom, after the pixels were normalised;
            "crop" keeps the middle; "error" refuses what the patch does not divide.

    Raises:
        ConfigError: a side is not divisible, and no policy is given; the nearest valid sizes are
            named. Or a side is too small to be cropped, or there is no such policy.

    Example:
        >>> canvas_of((222, 230), (16, 16), "crop")
        Canvas(size=(208, 224), corner=(7, 3))
    """
    if fit not in get_args(Fit):
        raise ConfigError(f"img_fit {', '.join(get_args(Fit))}", repr(fit), 'img_fit="pad"')
    if min(patch) < 1 or (fit == "crop" and _smaller(img_size, patch)):
        grid_of(img_size, patch)
    if fit == "error":
        _refuse(img_size, patch)
        return Canvas(img_size)
    rest = [side % step for side, step in zip(img_size, patch, strict=True)]
    (height, width), (down, right) = img_size, rest
    if fit == "crop":
        return Canvas((height - down, width - right), (down // 2, right // 2))
    return Canvas((height + -height % patch[0], width + -width % patch[1]))


def _smaller(img_size: tuple[int, int], patch: tuple[int, int]) -> bool:
    return any(side < step for side, step in zip(img_size, patch, strict=True))


def _refuse(img_size: tuple[int, int], patch: tuple[int, int]) -> None:
    """Refuse what the patch does not divide, with all ways out."""
    try:
        grid_of(img_size, patch)
    except ConfigError as error:
        more = ' or "crop"' if not _smaller(img_size, patch) else ""
        hint = f'{error.hint}, or img_fit="pad"{more}'
        raise ConfigError(error.expected, error.got, hint) from error
