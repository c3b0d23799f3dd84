"""The decoder of the first transformer: writes words about a memory, whatever that was made of.

Source: Vaswani et al., "Attention Is All You Need", NeurIPS 2017, arXiv:1706.03762, sections 3.1,
3.4 and 3.5.
Axes: b batch, t time (words written), j places of the memory, d features, v words, heads.
Cost: a step after t words is 2·t·d multiplications a layer for its own past, since the keys and
    values of all words are kept; without that it would be t times as much.
"""

import math
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from saccade.errors import ConfigError, DataError, ShapeError
from saccade.layers.sinusoid import Sinusoid
from saccade.models.words.decoding import MEMORY, State, Step, Written
from saccade.models.words.transformer_layers import DecoderLayer, LayerConfig
from saccade.shapes import expect

_MASK = f"{MEMORY}_mask"


@dataclass(frozen=True, kw_only=True)
class DecoderConfig(LayerConfig):
    """Everything that makes a decoder.

    Args:
        words: size of the vocabulary that is written, special words included.
        depth: layers.
        max_length: words whose positions are made at the start; longer texts work as well.
        tied: write with the embeddings themselves (the paper's way); else with a matrix of its own
            and a bias.
        look: the layer whose weights over the memory are given, negative from the end.
        pad: number of the word that fills up a batch.
        start: number of the word before the first.
        end: number of the word after the last.
    """

    words: int = 37000
    depth: int = 6
    max_length: int = 256
    tied: bool = True
    look: int = -1
    pad: int = 0
    start: int = 1
    end: int = 2

    def __post_init__(self) -> None:
        LayerConfig.__post_init__(self)
        for name in ("depth", "max_length"):
            if getattr(self, name) < 1:
                raise ConfigError(f"a positive {name}", str(getattr(self, name)), f"{name}=4")
        if not -self.depth <= self.look < self.depth:
            raise ConfigError(f"look from {-self.depth} to {self.depth - 1}", str(self.look), "-1")
        special = (self.pad, self.start, self.end)
        if not 0 <= min(special) <= max(special) < self.words:
            raise ConfigError(
                f"pad, start and end among the {self.words} words", str(special), "words=1000"
            )


class Words(nn.Module):
    """Embeddings times the root of the width, positions added, dropout (sections 3.4, 3.5, 5.4).

    Args:
        words: size of the vocabulary.
        config: sizes and choices.
        positions: adds the positions; has no weights.
    """

    def __init__(self, words: int, config: LayerConfig, positions: Sinusoid) -> None:
        super().__init__()
        self.table = nn.Embedding(words, config.width)
        self.positions = positions
        self.drop = nn.Dropout(config.dropout)
        self.scale = math.sqrt(config.width)
        nn.init.normal_(self.table.weight, std=config.width**-0.5)

    def forward(self, words: Tensor, first: int = 0) -> Tensor:
        """Embed words (b t) as (b t d).

        Args:
            words: their numbers.
            first: position of the first of them.

        Raises:
            ShapeError: words are not two axes of whole numbers.
            DataError: there is no word, or a number is not of this vocabulary.
        """
        expect(words, "b t", "the words")
        if words.shape[1] == 0:
            raise DataError("at least one word in a text", "none", "a text that ends with END")
        if words.dtype not in (torch.int64, torch.int32):
            raise ShapeError("words as whole numbers", str(words.dtype), "words.long()")
        try:
            found = self.table(words)
        except IndexError as error:
            raise DataError(
                f"words numbered from 0 to {self.table.num_embeddings - 1}",
                f"numbers from {int(words.min())} to {int(words.max())}",
                "the vocabulary that the model was trained with",
            ) from error
        return self.drop(self.positions(self.scale * found, first))


class WordDecoder(nn.Module):
    """Layers that write words; their state keeps the keys and values of memory and past.

    The state has `memory_0`, `memory_1`, ... (b 2 heads j d), one a layer, `memory_mask` (b j), and
    `past_0`, ... (b 2 heads t d), which grow by one word a step.

    Args:
        config: sizes and choices.
    """

    def __init__(self, config: DecoderConfig) -> None:
        super().__init__()
        self.embed = Words(config.words, config, Sinusoid(config.width, config.max_length))
        self.layers = nn.ModuleList([DecoderLayer(config) for _ in range(config.depth)])
        self.norm = final_norm(config)
        self.head = None if config.tied else nn.Linear(config.width, config.words)
        self.look = config.look % config.depth
        start_weights(self)

    def remember(self, memory: Tensor, mask: Tensor | None = None) -> State:
        """Make the state before the first word.

        Args:
            memory: what is written about (b j d).
            mask: booleans (b j), True where it may be read; everywhere when None.
        """
        expect(memory, "b j d", "the memory")
        state: State = {}
        for number, layer in enumerate(self.layers):
            kept = cast(DecoderLayer, layer).cross.remember(memory)
            state[f"{MEMORY}_{number}"] = kept
            state[f"past_{number}"] = kept[:, :, :, :0]
        seen = torch.ones(memory.shape[:2], dtype=torch.bool, device=memory.device)
        state[_MASK] = seen if mask is None else mask
        return state

    def forward(
        self, words: Tensor, state: State, *, weights: bool = True
    ) -> tuple[Written, State]:
        """Write along given words (b t) that follow on those of the state.

        Args:
            words: input words, START first of all.
            state: from `remember`, or from here.
            weights: give those over the memory, too.

        Returns:
            Logits (b t v) and weights (b t j), and the state after these words.
        """
        after = dict(state)
        x = self.embed(words, state["past_0"].shape[3])
        seen: Tensor | None = None
        for number, layer in enumerate(self.layers):
            look = weights and number == self.look
            memory, past = state[f"{MEMORY}_{number}"], state[f"past_{number}"]
            x, after[f"past_{number}"], found = layer(x, past, memory, state[_MASK], look=look)
            seen = found if look else seen
        return Written(self.score(self.norm(x)), seen), after

    def step(self, words: Tensor, state: State) -> Step:
        """Take one word each (b) and say how likely each next word is."""
        expect(words, "b", "the words")
        (logits, weights), state = self(words[:, None], state)
        return Step(logits[:, 0], state, None if weights is None else weights[:, 0])

    def score(self, x: Tensor) -> Tensor:
        """Logits of the next words (b t v) from (b t d)."""
        if self.head is not None:
            return self.head(x)
        return functional.linear(x, self.embed.table.weight)


def final_norm(config: LayerConfig) -> nn.Module:
    """The norm after the last layer, which only a stack with norms first needs."""
    if config.norm_first:
        return nn.LayerNorm(config.width, config.norm_eps)
    return nn.Identity()


def start_weights(module: nn.Module) -> None:
    """Draw all dense layers by Xavier's rule, as stored; biases start at zero."""
    for part in module.modules():
        if isinstance(part, nn.Linear):
            nn.init.xavier_uniform_(part.weight)
            if part.bias is not None:
                nn.init.zeros_(part.bias)
