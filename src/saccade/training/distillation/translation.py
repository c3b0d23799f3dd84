"""The picture that a student sees, as its teacher was taught to see it.

The same pixels, with all changes and mixtures that augmentation made, are scaled to the teacher's
size, given its channels, and normalised by its mean and deviation.

Source: "the teacher sees the same picture" is Touvron et al., arXiv:2012.12877, section 4; there
both normalise alike. Grey is the luma of ITU-R BT.601, as in Pillow.
Axes: b batch, c channels, h height, w width.
Differs: the whole picture is scaled, without the crop that the teacher's own evaluation makes: it
is to see what the student sees. Values that leave 0-1, as erased boxes of noise do, stay so.
"""

import torch.nn.functional as F
from torch import Tensor

from saccade.data.transforms import Preprocessing

LUMA = (0.299, 0.587, 0.114)


def translated(images: Tensor, own: Preprocessing, other: Preprocessing) -> Tensor:
    """Turn images that are normalised for one model into those of another.

    Args:
        images: (b c h w), normalised by `own`.
        own: of the student.
        other: of the teacher; its size is reached by its interpolation, with antialiasing.

    Returns:
        (b c h w) with the channels and the size of `other`, normalised by it, float32. Where size
        and channels agree, the pixels are the same to rounding.
    """
    size, channels = tuple(images.shape[-2:]), images.shape[1]
    scales = (own.mean, own.std) == (other.mean, other.std)
    if scales and size == other.img_size and channels == other.in_chans:
        return images
    pixels = images.float() * _column(own.std, images) + _column(own.mean, images)
    pixels = resized(recoloured(pixels, other.in_chans), other)
    return (pixels - _column(other.mean, pixels)) / _column(other.std, pixels)


def recoloured(pixels: Tensor, channels: int) -> Tensor:
    """Give pixels (b c h w) 1 or 3 channels: grey thrice, or the luma of RGB.

    Args:
        pixels: grey or RGB, 0-1.
        channels: 1 or 3.
    """
    if pixels.shape[1] == channels:
        return pixels
    if channels == 1:
        return (pixels * _column(LUMA, pixels)).sum(dim=1, keepdim=True)
    return pixels.expand(-1, channels, -1, -1)


def resized(pixels: Tensor, to: Preprocessing) -> Tensor:
    """Scale pixels (b c h w) to a model's size, by its interpolation."""
    if tuple(pixels.shape[-2:]) == to.img_size:
        return pixels
    if to.interpolation == "nearest":
        return F.interpolate(pixels, to.img_size, mode="nearest-exact")
    return F.interpolate(
        pixels, to.img_size, mode=to.interpolation, antialias=True, align_corners=False
    )


def _column(values: tuple[float, ...], like: Tensor) -> Tensor:
    return like.new_tensor(values).float().view(-1, 1, 1)
