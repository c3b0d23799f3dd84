"""What a run of words learns from: captions, sentence pairs or questions, opened by its task."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from saccade.data.sets import BadFile
from saccade.data.words.captions import CaptionSet, open_captions
from saccade.data.words.pairs import PairSet, open_pairs
from saccade.data.words.questions import QuestionSet, open_questions
from saccade.errors import DataError
from saccade.training.config import TrainConfig

WordSet = CaptionSet | PairSet | QuestionSet
_SAMPLE = 16  # pictures whose size is looked at


@dataclass(frozen=True, slots=True)
class WordParts:
    """The parts of a set of captions, pairs or questions.

    Args:
        train: to learn from.
        val: that choose the best epoch, if there are any.
        test: that are measured at the end, if there are any.
    """

    train: WordSet
    val: WordSet | None = None
    test: WordSet | None = None

    def parts(self) -> dict[str, WordSet]:
        """Give the parts that there are by name."""
        every = {"train": self.train, "val": self.val, "test": self.test}
        return {name: own for name, own in every.items() if own is not None}

    @property
    def problems(self) -> tuple[BadFile, ...]:
        """What the source holds and no part does."""
        return tuple(problem for own in self.parts().values() for problem in own.problems)

    def counts(self) -> dict[str, int]:
        """Count what a run learns from and is judged by."""
        return {name: len(own) for name, own in self.parts().items() if name != "test"}

    def hashes(self) -> dict[str, Any]:
        """Hash each part: its texts, and the names and sizes of its pictures."""
        return {
            name: {"hash": _hashed(own), "pictures": len(own), "read": 0}
            for name, own in self.parts().items()
        }

    def fingerprint(self) -> str:
        """Tell two sets apart, in what a run learns from and is judged by."""
        return "-".join(_hashed(own) for name, own in self.parts().items() if name != "test")


def open_words(source: str, config: TrainConfig) -> WordParts:
    """Open the data of a run of words.

    Args:
        source: a file or a folder, as its task has it.
        config: of the run.

    Raises:
        DataError: it cannot be used, or has nothing to learn from.
        ConfigError: an option cannot work.
    """
    seed, share, on_bad = config.seed, config.val_fraction, config.on_bad
    opened: dict[str, Any]
    if config.task == "translate":
        opened = {**open_pairs(source, sides=config.words.pair, seed=seed, val_fraction=share)}
    elif config.task == "caption":
        opened = {**open_captions(source, seed=seed, val_fraction=share, on_bad=on_bad)}
    else:
        opened = {**open_questions(source, seed=seed, val_fraction=share, on_bad=on_bad)}
    if "train" not in opened:
        raise DataError(f"a part to learn from in {source}", ", ".join(opened), "a part train")
    return WordParts(opened["train"], opened.get("val"), opened.get("test"))


@dataclass(frozen=True, kw_only=True, slots=True)
class WordFacts:
    """What the choices of a run of words rest on.

    Args:
        turns: captions, pairs or questions to learn from.
        hangul: share of letters that are Hangul, of what is read and of what is written, 0-1.
        side: longer side of the pictures, median of a sample, in pixels; 0 without pictures.
    """

    turns: int
    hangul: tuple[float, float]
    side: int = 0


def find_word_facts(train: WordSet) -> WordFacts:
    """Look at the texts and at some of the pictures to learn from."""
    if isinstance(train, PairSet):
        both = (hangul_share(train.sources), hangul_share(train.targets))
        return WordFacts(turns=len(train), hangul=both)
    texts = train.texts()
    share = hangul_share(texts)
    return WordFacts(turns=len(texts), hangul=(share, share), side=_side(train))


def hangul_share(texts: list[str] | tuple[str, ...]) -> float:
    """Give the share of letters of some texts that are Hangul syllables, 0-1."""
    letters = [letter for text in texts[:2000] for letter in text if letter.isalpha()]
    return sum("가" <= letter <= "힣" for letter in letters) / max(len(letters), 1)


def _side(train: CaptionSet | QuestionSet) -> int:
    sides = [max(size) for size in _sizes(train)]
    return round(median(sides)) if sides else 0


def _sizes(train: CaptionSet | QuestionSet) -> Iterator[tuple[int, int]]:
    """Give the sizes of some pictures, spread evenly; those that do not open are passed over."""
    count = min(_SAMPLE, len(train))
    for place in range(count):
        try:
            yield train.load(place * len(train) // count).image.size
        except DataError:
            continue


def _hashed(own: WordSet) -> str:
    digest = hashlib.sha256()
    if isinstance(own, PairSet):
        rows: Iterator[str] = (f"{a}\t{b}" for a, b in zip(own.sources, own.targets, strict=True))
    elif isinstance(own, CaptionSet):
        rows = (f"{_seen(own, i)}\t{own.captions[i]}" for i in range(len(own)))
    else:
        asked = zip(own.questions, own.answers, strict=True)
        rows = (f"{_seen(own, i)}\t{one}" for i, one in enumerate(asked))
    for row in rows:
        digest.update(f"{row}\n".encode())
    return digest.hexdigest()[:16]


def _seen(own: CaptionSet | QuestionSet, index: int) -> str:
    """Name a picture with its size in bytes."""
    path: Path = own.paths[index]
    try:
        size = path.stat().st_size
    except OSError:
        size = -1
    return f"{own.picture_name(index)} {size}"
