"""Where a word stands in its text: sines and cosines of geometrically growing wavelengths.

Source: Vaswani et al., "Attention Is All You Need", NeurIPS 2017, arXiv:1706.03762, section 3.5.
Axes: t time (position in the text, from 0), d features.
Differs: sines and cosines alternate, as in the paper's formula; the authors' code has all sines
    before all cosines, which is the same up to the order of the features.
"""

import torch
from torch import Tensor, nn

from saccade.errors import ConfigError


def sinusoid(length: int, width: int, *, first: int = 0) -> Tensor:
    """Make the positions (t d): feature 2k is sin(t / 10000^(2k/d)), feature 2k+1 its cosine.

    Args:
        length: positions t.
        width: features d, an even number.
        first: the first position.

    Raises:
        ConfigError: the width is odd.

    Example:
        >>> sinusoid(2, 4)
        tensor([[0.0000, 1.0000, 0.0000, 1.0000],
                [0.8415, 0.5403, 0.0100, 0.9999]])
    """
    if width % 2 or width < 2:
        raise ConfigError("an even width for positions of words", str(width), str(width + 1))
    times = torch.arange(first, first + length, dtype=torch.float64)
    rates = 10000.0 ** (-torch.arange(0, width, 2, dtype=torch.float64) / width)
    angles = times[:, None] * rates
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1).float()


class Sinusoid(nn.Module):
    """Adds the positions of words to their embeddings; texts may be of any length.

    Args:
        width: features d, an even number.
        ready: positions that are made once and kept; longer texts have theirs made as they come.
    """

    table: Tensor

    def __init__(self, width: int, ready: int) -> None:
        super().__init__()
        self.register_buffer("table", sinusoid(ready, width), persistent=False)

    def forward(self, x: Tensor, first: int = 0) -> Tensor:
        """Add positions to (b t d).

        Args:
            x: embeddings.
            first: the position of the first of them.
        """
        end = first + x.shape[1]
        if end <= self.table.shape[0]:
            return x + self.table[first:end]
        return x + sinusoid(x.shape[1], x.shape[2], first=first).to(x)
