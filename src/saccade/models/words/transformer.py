"""The first transformer, from words to words; and its decoder alone, from pictures to words.

Source: Vaswani et al., "Attention Is All You Need", NeurIPS 2017, arXiv:1706.03762.
Axes: b batch, n source words, t time (words written), j places of the memory: source words, or
    cells of the picture's grid row by row; d features, v words, heads.
Differs: projections have biases; sines and cosines of the positions alternate, as in the paper's
    formula. `norm_first=True` puts the norms before the parts, which trains without a long
    warm-up. Label smoothing belongs to training.
"""

from dataclasses import dataclass
from typing import Literal, get_args

from torch import Tensor, nn

from saccade.errors import ConfigError, ShapeError
from saccade.layers.sinusoid import Sinusoid
from saccade.models.words.decoding import State, Step, WordModel, Written
from saccade.models.words.transformer_decoder import (
    DecoderConfig,
    WordDecoder,
    Words,
    final_norm,
    start_weights,
)
from saccade.models.words.transformer_layers import EncoderLayer
from saccade.shapes import expect, expect_dtype

Share = Literal["all", "output", "none"]


@dataclass(frozen=True, kw_only=True)
class TransformerConfig(DecoderConfig):
    """Everything that makes a transformer; the defaults are the base model of the paper.

    Args:
        source_words: size of the vocabulary that is read; that of `words` when None.
        encoder_depth: layers that read; as many as write when None.
        share: one table of embeddings for reading, writing and the output ("all", the paper's way,
            for one vocabulary of both languages); for writing and the output ("output"); or three.
            Sets `tied`.
    """

    source_words: int | None = None
    encoder_depth: int | None = None
    share: Share = "all"

    def __post_init__(self) -> None:
        if self.share not in get_args(Share):
            raise ConfigError("share out of all, output, none", repr(self.share), "'all'")
        object.__setattr__(self, "tied", self.share != "none")
        for name, usual in (("source_words", self.words), ("encoder_depth", self.depth)):
            if getattr(self, name) is None:
                object.__setattr__(self, name, usual)
            if getattr(self, name) < 1:
                raise ConfigError(f"a positive {name}", str(getattr(self, name)), f"{name}=4")
        if self.share == "all" and self.source_words != self.words:
            raise ConfigError(
                f"source_words={self.words} for share='all'",
                str(self.source_words),
                "share='output', which keeps two vocabularies apart",
            )
        DecoderConfig.__post_init__(self)


class Transformer(WordModel):
    """Reads words and writes words.

    Args:
        config: sizes and choices.

    Example:
        >>> import torch
        >>> config = TransformerConfig(words=20, width=16, heads=2, hidden=32, depth=2)
        >>> model = Transformer(config).eval()
        >>> source = torch.tensor([[5, 6, 7, 2], [8, 2, 0, 0]])
        >>> logits, weights = model(source, torch.tensor([[1, 9, 4], [1, 4, 0]]))
        >>> logits.shape, weights.shape
        (torch.Size([2, 3, 20]), torch.Size([2, 3, 4]))
    """

    shares_memory = True

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.config = config
        self.decoder = WordDecoder(config)
        self.source = None
        if config.share != "all":
            positions = Sinusoid(config.width, config.max_length)
            self.source = Words(config.source_words or config.words, config, positions)
        depth = config.encoder_depth or config.depth
        self.layers = nn.ModuleList([EncoderLayer(config) for _ in range(depth)])
        self.norm = final_norm(config)
        start_weights(self.layers)

    def encode(self, source: Tensor, mask: Tensor) -> Tensor:
        """Read words (b n) and give what each has become (b n d).

        Args:
            source: numbers of words.
            mask: booleans (b n), True where a word is real.
        """
        x = (self.decoder.embed if self.source is None else self.source)(source)
        for layer in self.layers:
            x = layer(x, mask)
        return self.norm(x)

    def read(self, source: Tensor, mask: Tensor | None = None) -> State:
        """Read the source and make the state before the first word.

        Args:
            source: numbers of words (b n), padded on the right.
            mask: booleans (b n), True where a word is real; when None, where it is not `pad`.
        """
        mask = source != self.config.pad if mask is None else _checked(mask, source)
        return self.decoder.remember(self.encode(source, mask), mask)

    def step(self, words: Tensor, state: State) -> Step:
        """Take the words just written (b) and say how likely each next word is.

        Args:
            words: numbers of words; START before the first.
            state: from `read` or from the step before.
        """
        return self.decoder.step(words, state)

    def forward(
        self, source: Tensor, words: Tensor, mask: Tensor | None = None, *, weights: bool = True
    ) -> Written:
        """Write along given words; each is told the true ones before it.

        Args:
            source: numbers of words (b n), padded on the right.
            words: the input words (b t), START first, padded on the right.
            mask: booleans (b n), True where a source word is real; when None, where it is not
                `pad`.
            weights: give those over the source, too.
        """
        return self.decoder(words, self.read(source, mask), weights=weights)[0]


@dataclass(frozen=True, kw_only=True)
class CaptionTransformerConfig(DecoderConfig):
    """Everything that makes a decoder of captions.

    Args:
        memory_dim: features of an annotation.
        grid: rows and columns of the cells that annotations stand for; None when unknown.
    """

    memory_dim: int = 192
    grid: tuple[int, int] | None = None
    width: int = 256
    heads: int = 4
    hidden: int = 1024
    depth: int = 3
    max_length: int = 64
    norm_first: bool = True

    def __post_init__(self) -> None:
        DecoderConfig.__post_init__(self)
        if self.memory_dim < 1:
            raise ConfigError("a positive memory_dim", str(self.memory_dim), "memory_dim=192")
        if self.grid is not None:
            rows, columns = self.grid
            if min(rows, columns) < 1:
                raise ConfigError("a grid of at least (1, 1)", str(self.grid), "grid=(14, 14)")
            object.__setattr__(self, "grid", (rows, columns))


class CaptionTransformer(WordModel):
    """Writes words about the annotations of a picture.

    Annotations are normed and brought to the width of the words; they carry no positions but those
    that their encoder gave them.

    Args:
        config: sizes and choices.

    Example:
        >>> import torch
        >>> config = CaptionTransformerConfig(words=20, memory_dim=6, grid=(2, 3), width=16)
        >>> model = CaptionTransformer(config).eval()
        >>> logits, weights = model(torch.rand(2, 6, 6), torch.tensor([[1, 9, 4], [1, 4, 0]]))
        >>> logits.shape, weights.shape
        (torch.Size([2, 3, 20]), torch.Size([2, 3, 6]))
    """

    shares_memory = True

    def __init__(self, config: CaptionTransformerConfig) -> None:
        super().__init__()
        self.config = config
        self.grid = config.grid
        self.norm = nn.LayerNorm(config.memory_dim, config.norm_eps)
        self.bring = nn.Linear(config.memory_dim, config.width)
        self.decoder = WordDecoder(config)

    def read(self, annotations: Tensor, mask: Tensor | None = None) -> State:
        """Make the state before the first word.

        Args:
            annotations: of the picture's cells, row by row (b j d).
            mask: booleans (b j), True where a cell may be read; everywhere when None.

        Raises:
            ShapeError: they have other features, or the mask does not fit.
        """
        expect(annotations, "b j d", "the annotations", d=self.config.memory_dim)
        expect_dtype(annotations, "floats", "the annotations")
        mask = None if mask is None else _checked(mask, annotations)
        return self.decoder.remember(self.bring(self.norm(annotations)), mask)

    def step(self, words: Tensor, state: State) -> Step:
        """Take the words just written (b) and say how likely each next word is.

        Args:
            words: numbers of words; START before the first.
            state: from `read` or from the step before.
        """
        return self.decoder.step(words, state)

    def forward(
        self,
        annotations: Tensor,
        words: Tensor,
        mask: Tensor | None = None,
        *,
        weights: bool = True,
    ) -> Written:
        """Write along given words; each is told the true ones before it.

        Args:
            annotations: of the picture's cells, row by row (b j d).
            words: the input words (b t), START first, padded on the right.
            mask: booleans (b j), True where a cell may be read; everywhere when None.
            weights: give those over the cells, too.
        """
        return self.decoder(words, self.read(annotations, mask), weights=weights)[0]


def _checked(mask: Tensor, source: Tensor) -> Tensor:
    """Refuse a mask that is not boolean or does not fit."""
    expect_dtype(mask, "booleans", "the mask")
    if mask.shape != source.shape[:2]:
        raise ShapeError(
            f"a mask of shape {tuple(source.shape[:2])}", str(tuple(mask.shape)), "mask=None"
        )
    return mask
