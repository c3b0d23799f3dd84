"""A captioner: an encoder of images as a grid, and a decoder that looks at its places.

Source: Xu et al., "Show, Attend and Tell", ICML 2015, arXiv:1502.03044, with the attending LSTM;
or the same encoder under a transformer decoder (Vaswani et al., arXiv:1706.03762).
Axes: b batch, c channels, h height, w width, t words, j places, d features, v vocabulary.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from saccade.data.transforms import Preprocessing
from saccade.errors import ConfigError
from saccade.models.words.caption_config import CaptionLstmConfig
from saccade.models.words.caption_lstm import CaptionLstm, Course
from saccade.models.words.decoding import State, Step, WordModel, Written
from saccade.models.words.grids import GridConfig, GridEncoder
from saccade.models.words.transformer import CaptionTransformer, CaptionTransformerConfig

DecoderConfig = CaptionLstmConfig | CaptionTransformerConfig
_KINDS: Mapping[str, type[CaptionLstmConfig] | type[CaptionTransformerConfig]] = {
    "lstm": CaptionLstmConfig,
    "transformer": CaptionTransformerConfig,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class CaptionerConfig:
    """The encoder and the decoder.

    Args:
        grid: which network reads the images, and how.
        decoder: sizes and options of the attending LSTM, or of the transformer decoder; the size of
            an annotation and the grid are the encoder's, whatever stands here.
    """

    decoder: DecoderConfig
    grid: GridConfig = field(default_factory=GridConfig)

    def to_dict(self) -> dict[str, Any]:
        """The config as plain JSON, with the kind of decoder under "kind"."""
        kind = next(name for name, of in _KINDS.items() if isinstance(self.decoder, of))
        decoder = {"kind": kind, **dataclasses.asdict(self.decoder)}
        return {"grid": self.grid.to_dict(), "decoder": decoder}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "CaptionerConfig":
        """Read what `to_dict` gave.

        Raises:
            ConfigError: a part is missing, of an unknown kind, or cannot work.
        """
        if not all(isinstance(values.get(name), Mapping) for name in ("grid", "decoder")):
            raise ConfigError("a captioner's grid and decoder", ", ".join(values) or "nothing")
        told = dict(values["decoder"])
        kind = told.pop("kind", None)
        if kind not in _KINDS:
            raise ConfigError(f"a decoder of kind {' or '.join(_KINDS)}", repr(kind), "lstm")
        grid = GridConfig.from_dict(values["grid"])
        if kind == "lstm":
            return cls(decoder=CaptionLstmConfig.from_dict(told), grid=grid)
        try:
            return cls(decoder=CaptionTransformerConfig(**told), grid=grid)
        except TypeError as error:
            raise ConfigError("the fields of a CaptionTransformerConfig", str(error)) from error


class Captioner(WordModel):
    """Writes words about images, and tells where it looked for each.

    Args:
        config: its parts.
        network: the encoder's network, when it is there already, perhaps with pretrained weights.

    Attributes:
        grid: (rows, columns) of the places j; None where special tokens stand before them.
        prefix: names of these special tokens.

    Raises:
        ConfigError: the encoder gives no grid.

    Example:
        >>> import torch
        >>> grid = GridConfig(network="resnet18", options={"img_size": 64, "widths": (8, 8, 8, 8)})
        >>> sizes = CaptionLstmConfig(vocab=20, embed=8, hidden=8, attention=8)
        >>> model = Captioner(CaptionerConfig(grid=grid, decoder=sizes)).eval()
        >>> words = torch.tensor([[1, 9, 4], [1, 4, 0]])
        >>> logits, weights = model(torch.rand(2, 3, 64, 64), words)
        >>> logits.shape, weights.shape, model.grid
        (torch.Size([2, 3, 20]), torch.Size([2, 3, 4]), (2, 2))
    """

    shares_memory = True

    def __init__(self, config: CaptionerConfig, network: nn.Module | None = None) -> None:
        super().__init__()
        self.encoder = GridEncoder(config.grid, network)
        self.prefix = self.encoder.prefix
        self.grid = None if self.prefix else self.encoder.grid
        told = _fitted(config.decoder, self.encoder.features, self.grid)
        self.config = dataclasses.replace(config, decoder=told)
        self.decoder: CaptionLstm | CaptionTransformer
        if isinstance(told, CaptionLstmConfig):
            self.decoder = CaptionLstm(told)
            self.decoder.grid = self.grid
        else:
            self.decoder = CaptionTransformer(told)

    @property
    def preprocessing(self) -> Preprocessing:
        """How a picture becomes the input."""
        return self.encoder.preprocessing

    def annotate(self, source: Tensor) -> Tensor:
        """Turn images (b c h w) into annotations (b j d); annotations stay as they are.

        Those of a frozen encoder never change: they can be made once and be given to `read` and
        `forward` in place of the images.
        """
        return source if source.dim() == 3 else self.encoder(source)

    def read(self, source: Tensor, mask: Tensor | None = None) -> State:
        """Take in images: the state before the first word.

        Args:
            source: images (b c h w), or annotations (b j d) that `annotate` made.
            mask: booleans (b j), True where a place may be looked at; everywhere when None.
        """
        return self.decoder.read(self.annotate(source), mask)

    def step(self, words: Tensor, state: State) -> Step:
        """Take the words just written (b): logits (b v) and weights (b j) of the next."""
        return self.decoder.step(words, state)

    def forward(self, source: Tensor, words: Tensor, mask: Tensor | None = None) -> Written:
        """Write along given words: logits (b t v) and weights (b t j).

        Args:
            source: images (b c h w), or annotations (b j d).
            words: the input words (b t), START first, PAD on the right.
            mask: as for `read`.
        """
        return self.decoder(self.annotate(source), words, mask)

    def follow(
        self,
        source: Tensor,
        words: Tensor,
        mask: Tensor | None = None,
        *,
        generator: torch.Generator | None = None,
    ) -> Course:
        """Write along given words, and tell which places hard attention drew.

        Args:
            source: images (b c h w), or annotations (b j d).
            words: the input words (b t), START first, PAD on the right.
            mask: as for `read`.
            generator: draws the places; of the CPU.

        Raises:
            ConfigError: the decoder is a transformer, which draws none.
        """
        if not isinstance(self.decoder, CaptionLstm):
            raise ConfigError("the attending LSTM", "a transformer decoder", "model(...)")
        return self.decoder.follow(self.annotate(source), words, mask, generator=generator)


def _fitted(config: DecoderConfig, features: int, grid: tuple[int, int] | None) -> DecoderConfig:
    """Give the decoder the encoder's size of an annotation."""
    if isinstance(config, CaptionLstmConfig):
        return dataclasses.replace(config, features=features)
    return dataclasses.replace(config, memory_dim=features, grid=grid)
