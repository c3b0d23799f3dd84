"""Spectral residual: what of the log spectrum its neighbourhood does not foretell stands out.

Source: Hou, Zhang, "Saliency Detection: A Spectral Residual Approach", CVPR 2007, section 3;
OpenCV's flavour is `StaticSaliencySpectralResidual` of opencv_contrib, compared with 5.0.0.
Axes: b batch, c channels, h height, w width.
Cost: the Fourier transform of a picture with a side of 64, and one enlargement.
Differs: the side of 64 is the shorter one, antialiased; each map is divided by its maximum.
"""

from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor

from saccade.classic.pixels import bell, grey, of_largest, smoothed
from saccade.classic.resizing import enlarged, shrunken_levels
from saccade.errors import ConfigError

_SIDE = 64
_BOX = (1 / 3, 1 / 3, 1 / 3)
_SPECK = 1e-15  # gives an amplitude of zero the angle zero, and is lost in any other
_FLOOR = 1e-6  # amplitudes below this share of the largest are rounding, and are left out


@torch.no_grad()
def spectral_residual(images: Tensor, *, sigma: float = 8.0) -> Tensor:
    """Map what is unexpected in the spectrum of each picture, as the paper does.

    Args:
        images: pictures (b 3 h w), 0-1.
        sigma: of the Gaussian that smooths the map, in pixels of the small picture: 8 in the
            paper, 2.5 in the script of its authors.

    Returns:
        Maps (b h w), 0-1; of a picture of one colour the same number everywhere.

    Raises:
        ConfigError: sigma is not positive.
    """
    if not sigma > 0:
        raise ConfigError("a sigma above 0 pixels", str(sigma), "8")
    height, width = images.shape[-2:]
    times = _SIDE / min(height, width)
    size = round(height * times), round(width * times)
    small = F.interpolate(grey(images)[:, None].double(), size, mode="bilinear", antialias=True)
    spectrum = torch.fft.fft2(small[:, 0])
    amplitude = spectrum.abs()
    floor = _FLOOR * amplitude.amax(dim=(1, 2), keepdim=True)
    told = amplitude > floor
    log = amplitude.maximum(floor).clamp_min(torch.finfo(torch.float64).tiny).log()
    residual = log - smoothed(log, _BOX)  # eq. 4
    phase = torch.polar(torch.ones_like(log), spectrum.angle())
    energy = torch.fft.ifft2(torch.where(told, residual.exp() * phase, 0)).abs().square()  # eq. 5
    energy = smoothed(energy, bell(sigma, round(3 * sigma)), "constant")
    return of_largest(enlarged(energy.float(), (height, width)))


@torch.no_grad()
def spectral_residual_opencv(images: Tensor) -> Tensor:
    """Map what is unexpected in the spectrum of each picture, as OpenCV does.

    A square picture of 64 pixels whatever the sides were, log(1 + amplitude), and a Gaussian of
    only 5 pixels before the square, not after it.

    Args:
        images: pictures (b 3 h w), 0-1; they are read as 8-bit numbers.

    Returns:
        Maps (b h w), 0-1; enlarging takes the peak of most to a little less than 1.
    """
    spectrum = torch.view_as_real(torch.fft.fft2(shrunken_levels(images, _SIDE)))
    spectrum[..., 0].add_(_SPECK)
    amplitude = _length(spectrum)
    log = amplitude.log1p()
    near = _neighbours((1.0, 1.0, 1.0)).to(log.device)
    residual = log.sub_(near @ log @ near.mT)
    spectrum.mul_(residual.exp_().div_(amplitude)[..., None])
    back = _length(torch.view_as_real(torch.fft.ifft2(torch.view_as_complex(spectrum))))
    near = _neighbours(bell(8.0, 2)).to(back.device)
    energy = (near @ back @ near.mT).square_()
    return enlarged(of_largest(energy), (images.shape[-2], images.shape[-1]))


def _length(numbers: Tensor) -> Tensor:
    """Absolute values of complex numbers, given as (... 2)."""
    return numbers.square().sum(dim=-1).sqrt_()


@lru_cache
@torch.inference_mode(False)
def _neighbours(weights: tuple[float, ...]) -> Tensor:
    """The matrix (64 64) that weighs the neighbours on a line which is mirrored at its ends."""
    line = F.pad(torch.eye(_SIDE), (len(weights) // 2,) * 2, mode="reflect")
    return (line.unfold(1, len(weights), 1) @ torch.tensor(weights)).div_(sum(weights)).mT
