"""Principal components of the patch embedding: what the first layer looks for.

Source: Dosovitskiy et al., arXiv:2010.11929, figure 7 left.
Axes: d filters, c channels, p patch sides.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from saccade.shapes import expect


@dataclass(frozen=True, slots=True)
class Components:
    """Principal components of a bank of filters.

    Args:
        vectors: orthonormal components (k p·p·c), each with its largest entry positive.
        images: the same as pictures (k p p c), each stretched to 0-1.
        explained: share of the variance that each explains (k), falling.
        total: share of the variance that these components explain together, 0-1.
    """

    vectors: Tensor
    images: Tensor
    explained: Tensor
    total: float


def embedding_filters(weight: Tensor, *, components: int = 28) -> Components:
    """Find the principal components of the filters of a patch embedding.

    Filters are the samples; the mean filter is taken off first.

    Args:
        weight: the kernel of the patch projection (d c p p).
        components: how many to return; fewer when the filters have fewer dimensions.
    """
    expect(weight, "d c p p", "the patch kernel")
    filters = weight.detach().double().permute(0, 2, 3, 1).flatten(1)
    centred = filters - filters.mean(dim=0)
    _, singular, vectors = torch.linalg.svd(centred, full_matrices=False)
    variance = singular.square()
    explained = variance / variance.sum().clamp_min(torch.finfo(torch.float64).tiny)
    vectors, explained = vectors[:components], explained[:components]
    peak = vectors.gather(1, vectors.abs().argmax(dim=1, keepdim=True))
    vectors = vectors * torch.where(peak < 0, -1.0, 1.0)
    low, high = vectors.amin(dim=1, keepdim=True), vectors.amax(dim=1, keepdim=True)
    scaled = (vectors - low) / (high - low).clamp_min(torch.finfo(torch.float64).tiny)
    images = scaled.reshape(-1, weight.shape[2], weight.shape[3], weight.shape[1])
    return Components(vectors.float(), images.float(), explained.float(), float(explained.sum()))
