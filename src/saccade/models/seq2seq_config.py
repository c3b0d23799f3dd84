"""What makes a recurrent translator: its sizes, its cell, and how its decoder looks back."""

from dataclasses import dataclass
from typing import Literal, get_args

from saccade.attention.alignment import Score
from saccade.errors import ConfigError
from saccade.layers.recurrent import Kind

Look = Score | Literal["additive"]
Order = Literal["bahdanau", "luong", "seed"]
SCORES: tuple[str, ...] = ("additive", *get_args(Score))
SEED = {"cell": "rnn", "attention": "dot", "layers": 1, "bidirectional": False, "output": "plain"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Seq2SeqConfig:
    """Everything that makes a `Seq2Seq`; saved beside its weights.

    Args:
        source_words: words of the language that is read, the special ones included.
        target_words: words of the language that is written.
        embedding: numbers that stand for a word.
        hidden: units of the decoder, and of the encoder in each direction.
        layers: of the encoder, and of the decoder.
        cell: "gru", "lstm" or "rnn".
        bidirectional: the encoder reads from both ends.
        attention: how the decoder's state and the words read are compared: "additive", "dot",
            "scaled_dot", "general", "concat" or "location". None: the decoder knows the encoder's
            last state only.
        order: "bahdanau" (the state before the step asks, what it reads goes into the cell),
            "luong" (the state after the step asks) or "seed" (the first, as plain as it gets; see
            `seed_variant`).
        score_size: hidden units of the scoring network of "additive" and "concat"; as many as
            `hidden` when None.
        output: "plain", a matrix, or "maxout", which also sees the word before and what was read;
            for the order "bahdanau".
        maxout: units of the maxout layer.
        input_feeding: the cell is told what the step before has read, too; for the order "luong".
        dropout: share of the features that training sets to zero: of words, between layers, and
            before the output.
        reverse_source: read the source from its end.
        max_source: words of a source that the score "location" can tell apart.
        pad: number of the word that fills up rows.
        start: number of the word before the first.
        end: number of the word after the last.
    """

    source_words: int
    target_words: int
    embedding: int = 256
    hidden: int = 256
    layers: int = 1
    cell: Kind = "gru"
    bidirectional: bool = True
    attention: Look | None = "additive"
    order: Order = "bahdanau"
    score_size: int | None = None
    output: Literal["plain", "maxout"] = "plain"
    maxout: int = 256
    input_feeding: bool = False
    dropout: float = 0.0
    reverse_source: bool = False
    max_source: int = 64
    pad: int = 0
    start: int = 1
    end: int = 2

    def __post_init__(self) -> None:
        self._check_sizes()
        self._check_choices()
        if self.attention is not None and self.order == "seed":
            self._check_seed()

    @classmethod
    def seed_variant(
        cls, source_words: int, target_words: int, *, embedding: int = 256, hidden: int = 256
    ) -> "Seq2SeqConfig":
        """Make the config of the plainest decoder that attends.

        g' = tanh(U3 g + U1 y + U4 c) and o = U2 g', where c is what g reads by unscaled dot
        products among the encoder's plain recurrent states; there are no biases.

        Args:
            source_words: words of the language that is read.
            target_words: words of the language that is written.
            embedding: numbers that stand for a word.
            hidden: units.
        """
        return cls(
            source_words=source_words,
            target_words=target_words,
            embedding=embedding,
            hidden=hidden,
            cell="rnn",
            bidirectional=False,
            attention="dot",
            order="seed",
        )

    @property
    def memory(self) -> int:
        """Features of a word that was read."""
        return self.hidden * (1 + self.bidirectional)

    @property
    def bias(self) -> bool:
        """Whether cells and output have biases."""
        return self.order != "seed"

    def _check_sizes(self) -> None:
        special = (self.pad, self.start, self.end)
        for name in ("source_words", "target_words"):
            words = getattr(self, name)
            if min(special) < 0 or max(special) >= words or len(set(special)) < 3:
                raise ConfigError(
                    f"pad, start and end as three numbers below {name}={words}",
                    str(special),
                    f"{name}={max(*special, 3) + 1} or more",
                )
        for name in ("embedding", "hidden", "layers", "maxout", "max_source"):
            if getattr(self, name) < 1:
                raise ConfigError(f"a positive {name}", str(getattr(self, name)), f"{name}=1")
        if not 0 <= self.dropout < 1:
            raise ConfigError("a dropout from 0 to below 1", str(self.dropout), "dropout=0.2")

    def _check_choices(self) -> None:
        for name, known in (
            ("cell", get_args(Kind)),
            ("attention", (*SCORES, None)),
            ("order", get_args(Order)),
            ("output", ("plain", "maxout")),
        ):
            if getattr(self, name) not in known:
                offered = ", ".join(map(str, known))
                raise ConfigError(f"{name} out of {offered}", repr(getattr(self, name)))
        if self.attention in ("dot", "scaled_dot") and self.bidirectional:
            raise ConfigError(
                f"an encoder of one direction for {self.attention}, whose sizes must agree",
                "bidirectional=True",
                "attention='general', or bidirectional=False",
            )
        for name, used, order in (
            ("output='maxout'", self.output == "maxout", "bahdanau"),
            ("input_feeding", self.input_feeding, "luong"),
        ):
            if used and (self.order != order or self.attention is None):
                raise ConfigError(
                    f"{name} with attention in the order {order} only",
                    f"order={self.order!r}, attention={self.attention!r}",
                )

    def _check_seed(self) -> None:
        for name, wanted in SEED.items():
            if getattr(self, name) != wanted:
                raise ConfigError(
                    f"{name}={wanted!r} in the order seed",
                    repr(getattr(self, name)),
                    "Seq2SeqConfig.seed_variant(source_words, target_words)",
                )
