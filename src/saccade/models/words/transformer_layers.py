"""The two layers of the first transformer: one that reads, and one that writes what it has read.

Source: Vaswani et al., "Attention Is All You Need", NeurIPS 2017, arXiv:1706.03762, sections 3.1 to
3.3 and 5.4. The order "norm first": Xiong et al., "On Layer Normalization in the Transformer
Architecture", ICML 2020, arXiv:2002.04745.
Axes: b batch, n source words, t words written, j places of the memory, d features, heads.
Differs: projections have biases, as in torch and in the usual checkpoints. With norms first the
    gradients of all layers have the same size from the first step, so that small data train without
    a long warm-up of the learning rate; after the paper's way they do not.
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

import torch
from torch import Tensor, nn

from saccade.attention.multi_head import MultiHeadAttention
from saccade.errors import ConfigError
from saccade.models.words.recalling import RecallingAttention

Bend = Literal["relu", "gelu"]


@dataclass(frozen=True, kw_only=True)
class LayerConfig:
    """Sizes and choices of one layer.

    Args:
        width: features d of every word.
        heads: of each attention; divides `width`.
        hidden: units of the perceptron.
        dropout: of what a part adds to its input, and of the sum of embedding and position, 0-1.
        attention_dropout: of the attention weights, 0-1; the paper has none.
        hidden_dropout: of the perceptron's hidden units, 0-1; the paper has none.
        norm_first: norm what a part reads, not the sum that it leaves (the paper's way).
        activation: what bends the hidden units; "relu" is the paper's.
        norm_eps: added to the variance in the norms.
    """

    width: int = 512
    heads: int = 8
    hidden: int = 2048
    dropout: float = 0.1
    attention_dropout: float = 0.0
    hidden_dropout: float = 0.0
    norm_first: bool = False
    activation: Bend = "relu"
    norm_eps: float = 1e-6

    def __post_init__(self) -> None:
        for name in ("width", "heads", "hidden", "norm_eps"):
            if not getattr(self, name) > 0:
                raise ConfigError(f"a positive {name}", str(getattr(self, name)), f"{name}=8")
        for name in ("dropout", "attention_dropout", "hidden_dropout"):
            if not 0.0 <= getattr(self, name) < 1.0:
                raise ConfigError(f"{name} in [0, 1)", str(getattr(self, name)), f"{name}=0.1")
        if self.activation not in get_args(Bend):
            raise ConfigError("activation out of relu, gelu", repr(self.activation), "'relu'")


class FeedForward(nn.Module):
    """The perceptron on each word alone: max(0, x W1 + b1) W2 + b2 (eq. 2)."""

    def __init__(self, config: LayerConfig) -> None:
        super().__init__()
        self.fc1 = nn.Linear(config.width, config.hidden)
        self.act = nn.ReLU() if config.activation == "relu" else nn.GELU()
        self.drop = nn.Dropout(config.hidden_dropout)
        self.fc2 = nn.Linear(config.hidden, config.width)

    def forward(self, x: Tensor) -> Tensor:
        """Map (b t d) to (b t d)."""
        return self.fc2(self.drop(self.act(self.fc1(x))))


class _Layer(nn.Module):
    """What both layers share: where the norm stands around a part."""

    def __init__(self, config: LayerConfig) -> None:
        super().__init__()
        self.norm_first = config.norm_first
        self.drop = nn.Dropout(config.dropout)
        self.mlp = FeedForward(config)

    def _asked(self, norm: nn.Module, x: Tensor) -> Tensor:
        """What a part reads."""
        return norm(x) if self.norm_first else x

    def _added(self, norm: nn.Module, x: Tensor, part: Tensor) -> Tensor:
        """The sum of what came in and what a part gave."""
        whole = x + self.drop(part)
        return whole if self.norm_first else norm(whole)


class EncoderLayer(_Layer):
    """Source words read each other, then a perceptron on each; a norm around either.

    Args:
        config: sizes and choices.
    """

    def __init__(self, config: LayerConfig) -> None:
        super().__init__(config)
        drop = config.attention_dropout
        self.norm1 = nn.LayerNorm(config.width, config.norm_eps)
        self.attn = MultiHeadAttention(config.width, config.heads, attn_drop=drop)
        self.norm2 = nn.LayerNorm(config.width, config.norm_eps)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Map (b n d) to (b n d).

        Args:
            x: words.
            mask: booleans (b n), True where a word is real.
        """
        read = self.attn(self._asked(self.norm1, x), mask=mask)
        x = self._added(self.norm1, x, read)
        return self._added(self.norm2, x, self.mlp(self._asked(self.norm2, x)))


class Wrote(NamedTuple):
    """What a decoder layer gives.

    Args:
        x: the words (b t d).
        kept: keys and values of all words so far (b 2 heads j d).
        weights: where each word looked (b t j), the mean over heads; None when not asked for.
    """

    x: Tensor
    kept: Tensor
    weights: Tensor | None


class DecoderLayer(_Layer):
    """Words read those before them, then the memory, then a perceptron; a norm around each.

    Args:
        config: sizes and choices.
    """

    def __init__(self, config: LayerConfig) -> None:
        super().__init__(config)
        drop = config.attention_dropout
        self.norm1 = nn.LayerNorm(config.width, config.norm_eps)
        self.attn = RecallingAttention(config.width, config.heads, attn_drop=drop)
        self.norm2 = nn.LayerNorm(config.width, config.norm_eps)
        self.cross = RecallingAttention(config.width, config.heads, attn_drop=drop)
        self.norm3 = nn.LayerNorm(config.width, config.norm_eps)

    def forward(
        self,
        x: Tensor,
        past: Tensor,
        memory: Tensor,
        mask: Tensor | None = None,
        *,
        look: bool = False,
    ) -> Wrote:
        """Take words (b t d) that follow on those of the past.

        Args:
            x: the words.
            past: keys and values of the words before them (b 2 heads j d); j is 0 at the start.
            memory: keys and values of the memory from `cross.remember`, with one row per source;
                rows b of one source stand side by side.
            mask: booleans with the sources first (. j), True where the memory may be read.
            look: give the weights over the memory, too.
        """
        asked = self._asked(self.norm1, x)
        kept = torch.cat([past, self.attn.remember(asked)], dim=3)
        x = self._added(self.norm1, x, self.attn(asked, kept, _before(asked, kept)))
        asked = self._asked(self.norm2, x).reshape(len(memory), -1, x.shape[2])
        weights = self.cross.look(asked, memory, mask) if look else None
        x = self._added(self.norm2, x, self.cross(asked, memory, mask).reshape_as(x))
        x = self._added(self.norm3, x, self.mlp(self._asked(self.norm3, x)))
        seen = None if weights is None else weights.reshape(*x.shape[:2], -1)
        return Wrote(x, kept, seen)


def _before(x: Tensor, kept: Tensor) -> Tensor | None:
    """Which of the words kept each new word may read: those up to itself (1 t j)."""
    new, all_ = x.shape[1], kept.shape[3]
    if new == 1:
        return None
    return torch.ones(1, new, all_, dtype=torch.bool, device=x.device).tril(all_ - new)
