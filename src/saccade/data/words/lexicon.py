"""Word ids: what every vocabulary of the library can do, and the four marks that all share.

Axes: none; sentences are lists of ids here, batches of them are made in `word_batches`.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from saccade.errors import DataError

T = TypeVar("T")

PAD, START, END, UNKNOWN = 0, 1, 2, 3
MARKS = ("<pad>", "<start>", "<end>", "<unk>")


class Lexicon(ABC):
    """The words that a model knows, each with an id; ids 0 to 3 are those of `MARKS`.

    Attributes:
        words: the text of each id; the first four are `MARKS`.
    """

    words: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.words)

    @property
    def is_lower(self) -> bool:
        """Whether it knows no capitals, so that nothing that it writes has any."""
        return all(word == word.lower() for word in self.words[len(MARKS) :])

    @abstractmethod
    def pieces(self, text: str) -> list[str]:
        """Cut a text into the pieces that have ids, those that are unknown too."""

    @abstractmethod
    def ids(self, text: str) -> list[int]:
        """Give the id of each piece of a text, `UNKNOWN` for those without one."""

    @abstractmethod
    def join(self, pieces: Sequence[str]) -> str:
        """Write pieces as a text."""

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """Give everything that `Vocabulary.from_dict` needs, ready for JSON."""

    def label(self, number: int) -> str:
        """Give a word as it is shown to people: a space as an open box."""
        return self.join([self.words[number]]).strip() or "\u2423"

    def encode(self, text: str, *, start: bool = False, end: bool = False) -> list[int]:
        """Give the ids of a text.

        Args:
            text: a sentence.
            start: put `START` before it.
            end: put `END` behind it.
        """
        return [START] * start + self.ids(text) + [END] * end

    def decode(self, ids: Iterable[int]) -> str:
        """Write ids as a text: up to the first `END`, without `PAD` and `START`.

        Args:
            ids: of a sentence; `UNKNOWN` is written as `<unk>`.

        Raises:
            DataError: an id that no word has.
        """
        return self.join([self.words[number] for number in self.kept(ids)])

    def kept(self, ids: Iterable[int]) -> list[int]:
        """Give the ids of a sentence up to its first `END`, without `PAD` and `START`.

        Raises:
            DataError: an id that no word has.
        """
        found: list[int] = []
        for number in map(int, ids):
            if not 0 <= number < len(self.words):
                expected = f"ids from 0 to {len(self.words) - 1}"
                raise DataError(expected, str(number), "the vocabulary of this model")
            if number == END:
                break
            if number not in (PAD, START):
                found.append(number)
        return found


def check_words(words: Sequence[str]) -> None:
    """Check that words can have ids: the four marks first, and none twice.

    Raises:
        DataError: they cannot.
    """
    if tuple(words[:4]) != MARKS:
        expected = f"a vocabulary that begins with {' '.join(MARKS)}"
        raise DataError(expected, repr(" ".join(map(str, words[:4]))), "Vocabulary.build(texts)")
    seen: set[str] = set()
    for word in words:
        if word in seen:
            raise DataError("each word once in a vocabulary", f"{word!r} twice")
        seen.add(word)


def taken(record: Mapping[str, Any], key: str, kind: type[T]) -> T:
    """Take a field out of a saved vocabulary.

    Raises:
        DataError: it is missing or of another type.
    """
    value = record.get(key)
    if not isinstance(value, kind):
        raise DataError(
            f"a saved vocabulary with {key!r} as {kind.__name__}",
            "nothing" if value is None else type(value).__name__,
            "saving it again with to_dict()",
        )
    return value
