"""From the words of a question to one vector: a bag of words, a recurrent net, or a Transformer.

Source: Yang et al., "Stacked Attention Networks for Image Question Answering", CVPR 2016,
arXiv:1511.02274, section 3.2, whose recurrent reader gives its state after the last word.
Axes: b questions, t words, d features.
Differs: a gated recurrent unit for long short-term memory; the bag and the Transformer are ours.
"""

from typing import Literal

from torch import Tensor, nn

from saccade.layers.recurrent import RecurrentStack
from saccade.layers.sinusoid import Sinusoid
from saccade.models.words.transformer_layers import EncoderLayer, LayerConfig

ReaderKind = Literal["gru", "bag", "transformer"]


class BagReader(nn.Module):
    """The mean of the words' embeddings, then tanh of a linear layer; blind to their order.

    Args:
        embed: features of a word.
        width: features d that come out.
    """

    def __init__(self, embed: int, width: int) -> None:
        super().__init__()
        self.out = nn.Linear(embed, width)

    def forward(self, words: Tensor, mask: Tensor) -> Tensor:
        """Read embedded words (b t d) under their mask (b t) to (b d)."""
        return self.out(mean_of(words, mask)).tanh()


class RecurrentReader(nn.Module):
    """The state of a gated recurrent unit after the last word.

    Args:
        embed: features of a word.
        width: features d that come out.
        layers: of the recurrent net; the last one's state comes out.
    """

    def __init__(self, embed: int, width: int, layers: int = 1) -> None:
        super().__init__()
        self.stack = RecurrentStack("gru", embed, width, layers=layers)

    def forward(self, words: Tensor, mask: Tensor) -> Tensor:
        """Read embedded words (b t d) under their mask (b t) to (b d)."""
        return self.stack(words, mask).states[0][:, -1]


class TransformerReader(nn.Module):
    """Words read each other; the mean of what they have become comes out, normed.

    Args:
        embed: features of a word.
        width: features d that come out, an even number.
        layers: of the Transformer.
        heads: of each attention; divides `width`.
    """

    def __init__(self, embed: int, width: int, layers: int = 1, heads: int = 4) -> None:
        super().__init__()
        config = LayerConfig(
            width=width, heads=heads, hidden=2 * width, dropout=0.0, norm_first=True
        )
        self.enter = nn.Linear(embed, width)
        self.positions = Sinusoid(width, 64)
        self.layers = nn.ModuleList(EncoderLayer(config) for _ in range(layers))
        self.norm = nn.LayerNorm(width)

    def forward(self, words: Tensor, mask: Tensor) -> Tensor:
        """Read embedded words (b t d) under their mask (b t) to (b d)."""
        x = self.positions(self.enter(words))
        for layer in self.layers:
            x = layer(x, mask)
        return self.norm(mean_of(x, mask))


def mean_of(words: Tensor, mask: Tensor) -> Tensor:
    """Average words (b t d) over those that are real (b t); zeros where there is none."""
    real = mask[..., None].to(words.dtype)
    return (words * real).sum(1) / real.sum(1).clamp_min(1.0)


def make_reader(
    kind: ReaderKind, embed: int, width: int, *, layers: int = 1, heads: int = 4
) -> nn.Module:
    """Make a reader of embedded words.

    Args:
        kind: "gru", "bag" or "transformer".
        embed: features of a word.
        width: features d that come out.
        layers: of the recurrent net or the Transformer.
        heads: of the Transformer.
    """
    if kind == "bag":
        return BagReader(embed, width)
    if kind == "gru":
        return RecurrentReader(embed, width, layers)
    return TransformerReader(embed, width, layers, heads)
