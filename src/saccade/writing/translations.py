"""TranslationWriter: sentences in, sentences out, with what each written word read.

Axes: t written word, j word of the source, the mark of its end included.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import torch

from saccade.checkpoints.word_weights import WordWeights, load_words
from saccade.data.words.lexicon import END, MARKS, PAD, Lexicon
from saccade.data.words.word_epochs import padded
from saccade.errors import ConfigError
from saccade.models.words.decoding import WordModel
from saccade.models.words.hypothesis import Hypothesis
from saccade.writing.fitting import missing, model_of, read_words, unknown_words
from saccade.writing.search import USUAL, Search, in_length_order

_AHEAD = 16  # batches of sentences that are put into the order of their length at a time
EMPTY = "an empty sentence"


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Translated:
    """A sentence and what a model wrote of it.

    Args:
        sentence: as it was given.
        source: the words that were read, the mark of the end last; one for each column of weights.
        hypotheses: what was written, the best first; none of an empty sentence.
        texts: how each of them reads; one empty text of an empty sentence.
        words: the words of each, one for each row of its weights.
        unknown: words of the sentence that the model does not know.
        remark: what is to be known of it, if anything.
    """

    sentence: str
    source: tuple[str, ...] = ()
    hypotheses: tuple[Hypothesis, ...] = ()
    texts: tuple[str, ...] = ("",)
    words: tuple[tuple[str, ...], ...] = ((),)
    unknown: tuple[str, ...] = ()
    remark: str = ""

    @property
    def text(self) -> str:
        """The best translation."""
        return self.texts[0]


@dataclass(frozen=True, slots=True)
class _Read:
    """A sentence as ids, its end included, and as words."""

    sentence: str
    ids: list[int]
    words: tuple[str, ...]


class TranslationWriter:
    """Translates sentences.

    Args:
        weights: of a model that translates.

    Raises:
        CheckpointError: the weights are for something else.
    """

    def __init__(self, weights: WordWeights) -> None:
        self.model = model_of(weights, "translate", WordModel)  # type: ignore[type-abstract]
        if weights.target is None or weights.source is None:
            raise missing(weights, "the words of both languages")
        self.source: Lexicon = weights.source
        self.target: Lexicon = weights.target
        self.weights = weights

    @classmethod
    def load(cls, path: str | Path) -> "TranslationWriter":
        """Load a model that translates.

        Args:
            path: a weight file, or the folder of a run.

        Raises:
            CheckpointError: it cannot be read, or is for something else.
        """
        return cls(load_words(path, task="translate"))

    def write(
        self,
        texts: Iterable[str],
        search: Search = USUAL,
        *,
        batch_size: int = 16,
        generator: torch.Generator | None = None,
    ) -> Iterator[Translated]:
        """Translate sentences; the results come in the order of the sentences.

        Args:
            texts: sentences.
            search: how to write; five translations of a sentence are followed at once unless told.
            batch_size: sentences at a time.
            generator: draws the words where the beam is 0; on the CPU.

        Raises:
            ConfigError: the batch size is not positive.
        """
        if batch_size < 1:
            raise ConfigError("a batch_size of at least 1", str(batch_size), "batch_size=16")
        return self._in_order(texts, search, batch_size, generator)

    def _in_order(
        self,
        texts: Iterable[str],
        search: Search,
        batch_size: int,
        generator: torch.Generator | None,
    ) -> Iterator[Translated]:
        """Batch sentences of similar length, some ahead, and give the results in their order."""
        left = iter(texts)
        while read := [self._read(text) for text in islice(left, batch_size * _AHEAD)]:
            told = [Translated(sentence=one.sentence, remark=EMPTY) for one in read]
            full = [place for place, one in enumerate(read) if len(one.ids) > 1]
            for turn in in_length_order([len(read[place].ids) for place in full], batch_size):
                places = [full[number] for number in turn]
                batch = self._translated([read[place] for place in places], search, generator)
                for place, one in zip(places, batch, strict=True):
                    told[place] = one
            yield from told

    def _read(self, text: str) -> _Read:
        ids, words = read_words(self.source, text) if text.strip() else ([], ())
        return _Read(text, [*ids, END], (*words, MARKS[END]))

    def _translated(
        self, batch: list[_Read], search: Search, generator: torch.Generator | None
    ) -> Iterator[Translated]:
        source = padded([one.ids for one in batch])
        found = search.write(self.model, source, source != PAD, generator=generator)
        for one, hypotheses in zip(batch, found, strict=True):
            yield Translated(
                sentence=one.sentence,
                source=one.words,
                hypotheses=tuple(_cut(each, len(one.ids)) for each in hypotheses),
                texts=tuple(self.target.decode(each.words) for each in hypotheses),
                words=tuple(tuple(map(self.target.label, each.words)) for each in hypotheses),
                unknown=unknown_words(one.ids[:-1], one.words[:-1]),
            )


def _cut(one: Hypothesis, length: int) -> Hypothesis:
    """Leave out the padding of the source, which no word reads."""
    return one if one.weights is None else replace(one, weights=one.weights[:, :length])
