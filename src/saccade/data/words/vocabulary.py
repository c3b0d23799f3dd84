"""Vocabularies of words, characters or jamo: built from the training texts, saved as JSON.

Differs: the words are counted in the training part only; the captioning tutorial that most people
start from counts them in all parts, and so knows words that no training caption has.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from saccade.data.words.lexicon import (
    END,
    MARKS,
    PAD,
    START,
    UNKNOWN,
    Lexicon,
    check_words,
    taken,
)
from saccade.data.words.splitting import SPLITTERS, find_splitter
from saccade.data.words.subwords import Kind, Subwords
from saccade.errors import ConfigError, DataError, UnknownName

__all__ = ["END", "MARKS", "PAD", "START", "UNKNOWN", "Lexicon", "Vocabulary", "build_lexicon"]

_SUBWORDS: dict[str, tuple[Kind, bool]] = {
    "bpe": ("bpe", False),
    "bpe-jamo": ("bpe", True),
    "unigram": ("unigram", False),
    "unigram-jamo": ("unigram", True),
}
WAYS = (*SPLITTERS, *_SUBWORDS)


class Vocabulary(Lexicon):
    """Words with ids, and how a text is cut into words.

    Args:
        words: all of them, each once; the first four are `MARKS`.
        splitter: name of the way to cut a text, such as "words" or "jamo".

    Raises:
        UnknownName: no such splitter.
        DataError: words that cannot have ids.
    """

    def __init__(self, words: Sequence[str], splitter: str = "words") -> None:
        check_words(words)
        self.words = tuple(words)
        self.splitter = splitter
        self._cut = find_splitter(splitter)
        self._ids = {word: number for number, word in enumerate(self.words) if number > UNKNOWN}

    @classmethod
    def build(
        cls,
        texts: Iterable[str],
        *,
        least: int = 1,
        most: int | None = None,
        splitter: str = "words",
    ) -> "Vocabulary":
        """Collect the words of the training texts, the most frequent first.

        Args:
            texts: of the training part, and of no other.
            least: times that a word must occur to be kept.
            most: words to keep beside the marks; all when None.
            splitter: how to cut a text.

        Raises:
            ConfigError: numbers that cannot work.
            DataError: not one word is left.
        """
        if least < 1:
            raise ConfigError("words that occur at least once", f"least={least}", "least=1")
        if most is not None and most < 1:
            raise ConfigError("at least one word to keep", f"most={most}", "most=10000")
        cut = find_splitter(splitter)
        counts: Counter[str] = Counter()
        for text in texts:
            counts.update(cut.split(text))
        for mark in MARKS:
            counts.pop(mark, None)
        # Equally frequent words stand in the order of their letters, not of the texts.
        ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        words = [word for word, count in ranked if count >= least][:most]
        if not words:
            found = f"{len(counts)} different words, none of them {least} times or more"
            raise DataError("texts with words", found, "a smaller least or more texts")
        return cls((*MARKS, *words), splitter)

    def pieces(self, text: str) -> list[str]:
        """Cut a text into words."""
        return self._cut.split(text)

    def ids(self, text: str) -> list[int]:
        """Give the id of each word of a text, `UNKNOWN` for those not in the vocabulary."""
        return [self._ids.get(word, UNKNOWN) for word in self.pieces(text)]

    def join(self, pieces: Sequence[str]) -> str:
        """Write words as a text."""
        return self._cut.join(pieces)

    def to_dict(self) -> dict[str, Any]:
        """Give the vocabulary as a record for JSON."""
        return {"kind": "words", "splitter": self.splitter, "words": list(self.words)}

    @staticmethod
    def from_dict(record: Mapping[str, Any]) -> Lexicon:
        """Read a record of `to_dict`, of this or of a subword vocabulary.

        Raises:
            DataError: it is not such a record.
            MissingExtra: it holds subwords and tokenizers is not installed.
        """
        kind = record.get("kind")
        if kind == "words":
            words = [str(word) for word in taken(record, "words", list)]
            return Vocabulary(words, taken(record, "splitter", str))
        if kind == "subwords":
            return Subwords.from_dict(record)
        raise DataError("a saved vocabulary of kind words or subwords", repr(kind))


def build_lexicon(
    texts: Iterable[str], way: str = "words", *, least: int = 1, size: int | None = None
) -> Lexicon:
    """Build the vocabulary of a way to cut texts, from the training texts.

    Args:
        texts: of the training part, and of no other.
        way: one of `WAYS`: a splitter, or "bpe", "unigram", "bpe-jamo" or "unigram-jamo".
        least: times that a word must occur to be kept; subwords do not need it.
        size: most ids, with the marks; None keeps all words, and 4000 subwords.

    Raises:
        UnknownName: no such way.
        ConfigError: numbers that cannot work.
        DataError: texts without words.
        MissingExtra: subwords, and `tokenizers` is not installed.
    """
    if way in SPLITTERS:
        most = None if size is None else size - len(MARKS)
        return Vocabulary.build(texts, least=least, most=most, splitter=way)
    if way not in _SUBWORDS:
        near = get_close_matches(way, WAYS, n=1) or WAYS
        raise UnknownName("a known way to cut texts", repr(way), " or ".join(near))
    kind, jamo = _SUBWORDS[way]
    return Subwords.build(texts, size=4000 if size is None else size, kind=kind, jamo=jamo)
