"""Which patches are hidden, and how, from numbers that are drawn for each picture.

Sources: He et al., "Masked Autoencoders Are Scalable Vision Learners", CVPR 2022,
arXiv:2111.06377, section 3 ("Simple implementation": shuffle, and take the first); Dosovitskiy et
al., arXiv:2010.11929, appendix B.1.2 (80 %, 10 %, 10 %).
Axes: b batch, n patches, k patches that are kept.
Differs: an embedding that is put in place of another comes from the same picture, so that a batch
can be spread over processes; the paper does not say where it comes from.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from saccade.errors import ConfigError

MASKED, SWAPPED = 0.8, 0.1  # of the hidden patches; the rest stay as they are


@dataclass(frozen=True, slots=True)
class Hiding:
    """Which patches of each picture are hidden.

    Args:
        kept: indices of those that are seen (b k), in a random order.
        restore: where in the order "kept, then hidden" each patch stands (b n).
        hidden: True for those that are not seen (b n).
    """

    kept: Tensor
    restore: Tensor
    hidden: Tensor


@dataclass(frozen=True, slots=True)
class Corruption:
    """What becomes of each patch's embedding.

    Args:
        hidden: True where it is to be guessed (b n).
        masked: True where a learned token stands in its place (b n).
        source: which patch's embedding is there otherwise (b n), mostly its own.
    """

    hidden: Tensor
    masked: Tensor
    source: Tensor


def kept_count(patches: int, ratio: float) -> int:
    """Say how many patches are seen: the whole part of patches · (1 - ratio).

    Args:
        patches: of a picture.
        ratio: share that is hidden, above 0 to below 1.

    Raises:
        ConfigError: none would be seen, or none hidden.
    """
    kept = int(patches * (1 - ratio))
    if not 0 < kept < patches:
        raise ConfigError(
            f"a mask_ratio that hides some of {patches} patches and shows some",
            str(ratio),
            "mask_ratio=0.5, or smaller patches",
        )
    return kept


def hide(noise: Tensor, ratio: float) -> Hiding:
    """Show the patches with the smallest numbers, in their order.

    Args:
        noise: numbers (b n).
        ratio: share that is hidden, above 0 to below 1.
    """
    count = kept_count(noise.shape[1], ratio)
    order = noise.argsort(dim=1, stable=True)
    restore = order.argsort(dim=1)
    return Hiding(order[:, :count], restore, restore >= count)


def corrupt(noise: Tensor, ratio: float) -> Corruption:
    """Choose patches to be guessed: 80 % masked, 10 % swapped for another, 10 % left as they are.

    Args:
        noise: numbers from 0 to below 1 (b n 3): which, how, and by what.
        ratio: share that is hidden, above 0 to below 1.
    """
    which, how, what = noise.unbind(dim=2)
    patches = which.shape[1]
    hidden = hide(which, ratio).hidden
    own = torch.arange(patches, device=noise.device)
    step = 1 + (what * (patches - 1)).long().clamp_max(patches - 2)  # never the patch itself
    swapped = hidden & (how >= MASKED) & (how < MASKED + SWAPPED)
    source = torch.where(swapped, (own + step) % patches, own)
    return Corruption(hidden, hidden & (how < MASKED), source)


def taken(tokens: Tensor, indices: Tensor) -> Tensor:
    """Take tokens (b n d) by their indices (b k), giving (b k d)."""
    return tokens.gather(1, indices[:, :, None].expand(-1, -1, tokens.shape[2]))
