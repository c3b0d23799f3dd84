"""Subwords: pieces of words, learnt from the training texts, so that no word is unknown.

Source of "bpe": Sennrich, Haddow, Birch, "Neural Machine Translation of Rare Words with Subword
Units", ACL 2016, arXiv:1508.07909; of "unigram": Kudo, "Subword Regularization", ACL 2018,
arXiv:1804.10959. The package `tokenizers` learns and cuts them.

Differs: with `jamo` a Hangul syllable is cut into its jamo first, so that a piece may end inside a
syllable, as Korean endings do. All jamo are in the vocabulary, so no Hangul text is unknown. A
letter that the training texts do not have is `UNKNOWN`. Spaces in a row are one space.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from types import ModuleType
from typing import Any, Literal, Protocol

from saccade.data.words.lexicon import MARKS, UNKNOWN, Lexicon, check_words, taken
from saccade.data.words.splitting import decomposed, normal
from saccade.errors import ConfigError, DataError, MissingExtra

Kind = Literal["bpe", "unigram"]

_HIDDEN = "\n"  # begins the marks inside the tokenizer: "<end>" in a text is only a text
_SPACE = "\u2581"  # begins the first piece of each word, as in SentencePiece
_JAMO = [chr(code) for first, end in ((0x1100, 0x1113), (0x1161, 0x1176), (0x11A8, 0x11C3))
         for code in range(first, end)]  # fmt: skip


class _Tokenizer(Protocol):
    """What is used of the tokenizers of the package."""

    def to_str(self) -> str:
        """Give everything as JSON."""


class Subwords(Lexicon):
    """Pieces of words with ids.

    Args:
        model: what was learnt, as `tokenizers` saves it.
        jamo: cut Hangul syllables into jamo first.
        lower: write everything in lower case first.

    Raises:
        DataError: `model` is nothing that `tokenizers` saved, or its first ids are not `MARKS`.
        MissingExtra: `tokenizers` is not installed.
    """

    def __init__(
        self, model: Mapping[str, Any], *, jamo: bool = False, lower: bool = False
    ) -> None:
        self.jamo = jamo
        self.lower = lower
        library = tokenizers()
        try:
            self._tokenizer = library.Tokenizer.from_str(json.dumps(model))
        except Exception as error:  # the library raises nothing narrower
            raise DataError("subwords as tokenizers saves them", str(error)[:120]) from error
        by_id = sorted(self._tokenizer.get_vocab().items(), key=lambda item: item[1])
        self.words = tuple(word.removeprefix(_HIDDEN) for word, _ in by_id)
        check_words(self.words)

    @classmethod
    def build(
        cls,
        texts: Iterable[str],
        *,
        size: int = 4000,
        kind: Kind = "bpe",
        jamo: bool = False,
        lower: bool = False,
    ) -> "Subwords":
        """Learn pieces from the training texts.

        Args:
            texts: of the training part, and of no other.
            size: most ids, with the marks and all letters of the texts.
            kind: "bpe" joins frequent pairs, "unigram" keeps the likeliest pieces.
            jamo: cut Hangul syllables into jamo first.
            lower: write everything in lower case first.

        Raises:
            ConfigError: a size or kind that cannot work.
            DataError: texts without a word.
            MissingExtra: `tokenizers` is not installed.
        """
        library = tokenizers()
        if kind not in ("bpe", "unigram"):
            raise ConfigError("a kind bpe or unigram", repr(kind), "bpe")
        clean = [text for text in (_clean(text, jamo=jamo, lower=lower) for text in texts) if text]
        if not clean:
            raise DataError("texts with words to learn subwords from", "none")
        letters = set("".join(clean)) | set(_JAMO if jamo else ())
        if size < len(letters) + len(MARKS) + 1:
            least = len(letters) + len(MARKS) + 1
            raise ConfigError(f"a size of {least} or more, so that each letter fits", str(size))
        tokenizer = _learn(library, clean, size, kind, sorted(letters - {" "}))
        return cls(json.loads(tokenizer.to_str()), jamo=jamo, lower=lower)

    def pieces(self, text: str) -> list[str]:
        """Cut a text into pieces; the first piece of a word begins with a low line."""
        clean = _clean(text, jamo=self.jamo, lower=self.lower)
        found = self._tokenizer.encode(clean)
        both = zip(found.ids, found.tokens, found.offsets, strict=True)
        return [
            clean[begin:end] if number == UNKNOWN else word for number, word, (begin, end) in both
        ]

    def ids(self, text: str) -> list[int]:
        """Give the id of each piece of a text, `UNKNOWN` for letters that are not known."""
        clean = _clean(text, jamo=self.jamo, lower=self.lower)
        return [int(number) for number in self._tokenizer.encode(clean).ids]

    def join(self, pieces: Sequence[str]) -> str:
        """Write pieces as a text in normal form C."""
        return normal("".join(pieces).replace(_SPACE, " ")).removeprefix(" ")

    def to_dict(self) -> dict[str, Any]:
        """Give the subwords as a record for JSON."""
        model = json.loads(self._tokenizer.to_str())
        return {"kind": "subwords", "jamo": self.jamo, "lower": self.lower, "model": model}

    @staticmethod
    def from_dict(record: Mapping[str, Any]) -> "Subwords":
        """Read a record of `to_dict`.

        Raises:
            DataError: it is not such a record.
            MissingExtra: `tokenizers` is not installed.
        """
        jamo, lower = taken(record, "jamo", bool), taken(record, "lower", bool)
        return Subwords(taken(record, "model", dict), jamo=jamo, lower=lower)


def tokenizers() -> ModuleType:
    """Import `tokenizers`.

    Raises:
        MissingExtra: it is not installed.
    """
    try:
        return import_module("tokenizers")
    except ImportError as error:
        raise MissingExtra(
            "the package tokenizers for subwords", str(error), "pip install 'saccade[words]'"
        ) from error


def _clean(text: str, *, jamo: bool, lower: bool) -> str:
    text = " ".join(normal(text.lower() if lower else text).split())
    return decomposed(text) if jamo else text


def _learn(
    library: ModuleType, texts: list[str], size: int, kind: Kind, letters: list[str]
) -> _Tokenizer:
    """Train a tokenizer of the package; the ids of the marks are 0 to 3."""
    marks = [_HIDDEN + mark for mark in MARKS]
    unknown, trainers, before = marks[UNKNOWN], library.trainers, library.pre_tokenizers
    common = {"vocab_size": size, "special_tokens": marks, "show_progress": False}
    if kind == "bpe":
        tokenizer = library.Tokenizer(library.models.BPE(unk_token=unknown))
        trainer = trainers.BpeTrainer(initial_alphabet=letters, min_frequency=2, **common)
    else:
        tokenizer = library.Tokenizer(library.models.Unigram())
        trainer = trainers.UnigramTrainer(initial_alphabet=letters, unk_token=unknown, **common)
    parts = [before.Metaspace(replacement=_SPACE), before.Punctuation(behavior="isolated")]
    tokenizer.pre_tokenizer = before.Sequence(parts)
    tokenizer.train_from_iterator(texts, trainer)
    learnt: _Tokenizer = tokenizer
    return learnt
