"""Chances that depend on an image's pixels: the same image draws the same, in any batch.

A model that draws while it answers would else answer by the images that it was asked with, or
differently each time. The pixels are hashed, and the hash and a counter are mixed.

Source of the mixer: Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA
2014 (SplitMix64). Source of the spread: Cranley, Patterson, "Randomization of Number Theoretic
Methods for Multiple Integration", SIAM Journal on Numerical Analysis 13, 1976; the steps are those
of M. Roberts' sequence R2.
"""

import math

import torch
from torch import Tensor

_GOLDEN = 0x9E3779B97F4A7C15 - 2**64
_R2 = (0.7548776662466927, 0.5698402909980532)  # 1 / g and 1 / g², where g³ = g + 1
_FIRST, _SECOND = 0xBF58476D1CE4E5B9 - 2**64, 0x94D049BB133111EB - 2**64


def pixel_chances(images: Tensor, *shape: int, seed: int = 0) -> Tensor:
    """Draw numbers above 0 and below 1 for each image.

    Args:
        images: (b c h w), floats; each bit of their float32 values counts.
        shape: of each image's numbers.
        seed: other seeds give other numbers.

    Returns:
        float32 (b ...), on the device of the images.
    """
    bits = images.detach().float().contiguous().view(torch.int32).flatten(1).long()
    place = torch.arange(1, bits.shape[1] + 1, device=images.device)
    key = (_mixed(bits + place * _GOLDEN)).sum(1, keepdim=True)  # whole numbers wrap around
    counter = torch.arange(1, math.prod(shape) + 1, device=images.device) + (seed << 32)
    drawn = _shifted(_mixed(key + counter * _GOLDEN), 40)
    return ((drawn + 0.5) / 2**24).float().clamp(max=1 - 2**-24).reshape(len(images), *shape)


def spread(chances: Tensor) -> Tensor:
    """Turn points of several runs into points that cover the square evenly together.

    Each is as random as before. The first run keeps its points; those of the others follow from
    them in equal steps, which wrap around.

    Args:
        chances: (r ... xy), from 0 to 1.
    """
    steps = torch.arange(len(chances), device=chances.device, dtype=chances.dtype)
    moved = steps[:, None] * chances.new_tensor(_R2)
    return (chances[:1] + moved.view(-1, *(1,) * (chances.dim() - 2), 2)) % 1


def _mixed(value: Tensor) -> Tensor:
    value = (value ^ _shifted(value, 30)) * _FIRST
    value = (value ^ _shifted(value, 27)) * _SECOND
    return value ^ _shifted(value, 31)


def _shifted(value: Tensor, bits: int) -> Tensor:
    """Shift whole numbers of 64 bits to the right, without their sign."""
    return (value >> bits) & (2 ** (64 - bits) - 1)
