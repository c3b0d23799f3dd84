"""Options of models of words, in the group "words" of a run; reading them loads no tensors."""

from dataclasses import dataclass
from typing import Literal, get_args

from saccade.training.options import check

Writer = Literal["recurrent", "transformer"]
Attention = Literal[
    "additive", "dot", "scaled_dot", "general", "concat", "location", "hard", "none"
]
Cell = Literal["gru", "lstm", "rnn"]
LookOrder = Literal["bahdanau", "luong", "seed"]
Reader = Literal["gru", "bag", "transformer"]
_COUNTS = (
    *("layers", "hidden", "embed", "heads", "vocabulary", "least", "longest", "hops"),
    *("judged", "beam"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class WordOptions:
    """A model that writes or reads words; what is None is chosen from the data.

    Args:
        writer: "recurrent" writes by a recurrent net that attends, "transformer" by a transformer.
        attention: how a recurrent writer compares itself with what it reads; "hard" looks at one
            place of a picture for each word; "none" knows only the last state of the reader, for
            translation.
        cell: of a recurrent translator; captions have an LSTM.
        order: of a recurrent translator: Bahdanau's, Luong's, or the seed's.
        layers: of the net, or of the transformer's each side.
        hidden: units of a recurrent net; features of a transformer.
        embed: numbers that stand for a word, of a recurrent net.
        heads: of a transformer.
        dropout: share of features that are left out while learning, 0 to below 1.
        split: how texts are cut: "words", "cased", "spaces", "characters", "jamo", "bpe",
            "unigram", "bpe-jamo" or "unigram-jamo"; of translation of both sides, or as
            "SOURCE,TARGET".
        vocabulary: most words of a vocabulary.
        least: times that a word must occur to be known.
        sides: of translation, what to read and what to write, as "de,en" or "2,1".
        longest: most words of a text to learn from; longer ones are left out and named.
        ratio: share of the steps that are told the true word before, not the model's own
            (scheduled sampling), of a recurrent translator, 0 to 1.
        alpha_c: weight of the doubly stochastic term of captions, at least 0.
        grid: (rows, columns) that the picture's map is averaged to, as "7x7"; as it is when None.
        tuned: how many of the last stages of the picture's network learn; 0 none, -1 all.
        hops: looks at the picture for each question.
        reader: of questions.
        judged: most texts of the validation part that are written after each epoch.
        beam: width of the search that writes them; 1 takes the likeliest word each time.
    """

    writer: Writer | None = None
    attention: Attention | None = None
    cell: Cell = "gru"
    order: LookOrder = "bahdanau"
    layers: int | None = None
    hidden: int | None = None
    embed: int | None = None
    heads: int = 4
    dropout: float | None = None
    split: str | None = None
    vocabulary: int | None = None
    least: int | None = None
    sides: str | None = None
    longest: int | None = None
    ratio: float = 1.0
    alpha_c: float | None = None
    grid: str | None = None
    tuned: int | None = None
    hops: int = 2
    reader: Reader = "gru"
    judged: int = 1000
    beam: int = 1

    def __post_init__(self) -> None:
        for name, known in _NAMED.items():
            check(self, name, known.__contains__, f"one of {', '.join(known)}", known[0])
        for name in _COUNTS:
            check(self, name, lambda value: value == int(value) >= 1, "of 1 or more", 1)
        check(self, "dropout", lambda value: 0 <= value < 1, "from 0 to below 1", 0.3)
        check(self, "ratio", lambda value: 0 <= value <= 1, "from 0 to 1", 0.9)
        check(self, "alpha_c", lambda value: value >= 0, "of at least 0", 1.0)
        check(self, "tuned", lambda value: value == int(value) >= -1, "of -1 or more", 0)
        check(self, "sides", lambda value: len(_cut(value)) == 2, "as two names", "de,en")
        check(self, "split", lambda value: 1 <= len(_cut(value)) <= 2, "as one or two", "words")
        check(self, "grid", lambda value: len(self.sized(value)) == 2, "as ROWSxCOLUMNS", "7x7")

    @property
    def pair(self) -> tuple[str, str] | None:
        """What to read and what to write, where it was said."""
        if self.sides is None:
            return None
        first, second = _cut(self.sides)
        return first, second

    @property
    def splits(self) -> tuple[str, str] | None:
        """How the texts that are read and those that are written are cut."""
        if self.split is None:
            return None
        ways = _cut(self.split)
        return ways[0], ways[-1]

    @property
    def places(self) -> tuple[int, int] | None:
        """The grid as (rows, columns)."""
        if self.grid is None:
            return None
        rows, columns = self.sized(self.grid)
        return rows, columns

    @staticmethod
    def sized(text: str) -> tuple[int, ...]:
        """Read "7x7"."""
        sizes = tuple(int(part) for part in text.lower().split("x"))
        return sizes if min(sizes) >= 1 else ()


_NAMED = {
    "writer": get_args(Writer),
    "attention": get_args(Attention),
    "cell": get_args(Cell),
    "order": get_args(LookOrder),
    "reader": get_args(Reader),
}


def _cut(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
