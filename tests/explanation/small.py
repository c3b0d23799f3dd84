"""Models small enough to be worked out by hand."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from saccade.layers.tokens import TokenLayout
from tests.samples import drawn_model


class Reads(nn.Module):
    """One head whose queries, keys and values are factors times the tokens."""

    def __init__(self, query: float, key: float) -> None:
        super().__init__()
        self.factors = nn.Parameter(torch.tensor([query, key, 1.0]))

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = (factor * x[:, None] for factor in self.factors)
        return functional.scaled_dot_product_attention(q, k, v)[:, 0]


class Pixels(nn.Module):
    """A class token of one, then one token for each pixel; the class token reads them.

    The logits are 2 and -1 times what it has read. With keys of 0 all tokens are read alike.
    """

    def __init__(self, grid=(1, 1), key: float = 0.0, *, layers: int = 1) -> None:
        super().__init__()
        self.layout = TokenLayout(("cls",), grid, (1, 1))
        self.attn = nn.Sequential(*(Reads(1.0, key) for _ in range(layers)))
        self.eval()

    def forward(self, images: Tensor) -> Tensor:
        patches = images.flatten(2).mT
        x = torch.cat([torch.ones_like(patches[:, :1]), patches], dim=1)
        for layer in self.attn:
            x = x + layer(x) if len(self.attn) > 1 else layer(x)
        return torch.cat([2 * x[:, 0], -x[:, 0]], dim=1)


def blind_model(**changes) -> nn.Module:
    """A drawn vision transformer that does not know where its patches are."""
    model = drawn_model(**changes)
    model.pos_embed.data[:, 1:] = 0.0
    return model


def shuffled(images: Tensor, order: Tensor, patch: int = 2) -> Tensor:
    """Put the patches of images (b c h w) into another order."""
    rows, columns = images.shape[2] // patch, images.shape[3] // patch
    parts = functional.unfold(images, patch, stride=patch)
    return functional.fold(parts[..., order], (rows * patch, columns * patch), patch, stride=patch)
