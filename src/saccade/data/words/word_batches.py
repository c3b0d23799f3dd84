"""Batches of words: sentence pairs and captioned pictures, repeatable to the word.

As in `saccade.data.batches` the order of an epoch depends only on the seed and the epoch's number,
so an epoch that was broken off goes on exactly where it stopped, in any number of processes.

Axes: b image (or sentence), t time, s time of the source; b c h w pixels.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from saccade.data.batches import Feed, View
from saccade.data.geometry import Geometry
from saccade.data.sets import BadFile
from saccade.data.words.captions import CaptionSet
from saccade.data.words.lexicon import PAD, Lexicon
from saccade.data.words.pairs import PairSet
from saccade.data.words.seeing import see_pictures
from saccade.data.words.word_epochs import WordEpochs, padded, too_long, within, words_to_learn
from saccade.errors import ConfigError

_ALONE = Feed()


@dataclass(frozen=True, slots=True)
class PairBatch:
    """Some sentence pairs.

    Args:
        source: int64 (b s), each sentence with `END`, then `PAD`.
        source_mask: bool (b s), True for words and `END`.
        words: int64 (b t), `START`, the target sentence, `END`, then `PAD`.
        indices: of the pairs in their set.
        position: of the batch in its epoch, counted from 0.
        bad: always empty; what was left out is in `WordBatches.bad`.
    """

    source: Tensor
    source_mask: Tensor
    words: Tensor
    indices: tuple[int, ...]
    position: int
    bad: tuple[BadFile, ...] = ()

    def __len__(self) -> int:
        return len(self.indices)

    @property
    def count(self) -> int:
        """The number of words to learn: all of `words` but `START` and `PAD`."""
        return words_to_learn(self.words)


@dataclass(frozen=True, slots=True)
class CaptionBatch:
    """Some pictures, each with one of its captions as words.

    Args:
        images: uint8 (b c h w), for `Preprocessing.normalize`; b is 0 where all are broken. Of
            shape (b 0) where no pictures are read.
        words: int64 (b t), `START`, the caption, `END`, then `PAD`; for evaluation the first
            caption of each picture.
        indices: of the pictures in their set.
        names: of the pictures.
        geometries: from each picture's file to its pixels here; empty where none are read.
        references: all captions of each picture, as they are written.
        position: of the batch in its epoch, counted from 0.
        bad: pictures of this batch that are broken and left out.
        turns: which caption of its picture each row has.
    """

    images: Tensor
    words: Tensor
    indices: tuple[int, ...]
    names: tuple[str, ...]
    geometries: tuple[Geometry, ...]
    references: tuple[tuple[str, ...], ...]
    position: int
    bad: tuple[BadFile, ...] = ()
    turns: tuple[int, ...] = ()

    def __len__(self) -> int:
        return len(self.indices)

    @property
    def count(self) -> int:
        """The number of words to learn: all of `words` but `START` and `PAD`."""
        return words_to_learn(self.words)


class WordBatches(WordEpochs[PairBatch]):
    """The batches of a set of sentence pairs, epoch by epoch.

    Args:
        pairs: the set.
        source: vocabulary of the sentences to read, built from the training part.
        target: vocabulary of the sentences to write, built from the training part.
        batch_size: pairs in a batch of one process; one batch may be smaller.
        seed: of the order, which then puts pairs of similar length together; None keeps the order
            of the set, for evaluation.
        longest: most words of either side; longer pairs are left out of training and named in
            `bad`. Evaluation leaves none out.
        feed: rank of this process and number of processes.

    Raises:
        ConfigError: an option that cannot work.
    """

    def __init__(
        self,
        pairs: PairSet,
        source: Lexicon,
        target: Lexicon,
        *,
        batch_size: int,
        seed: int | None = None,
        longest: int | None = None,
        feed: Feed = _ALONE,
    ) -> None:
        super().__init__(batch_size, seed, 0, feed)
        self.pairs = pairs
        self._sources = [source.encode(text, end=True) for text in pairs.sources]
        self._targets = [target.encode(text, start=True, end=True) for text in pairs.targets]
        lengths = [
            (len(own) - 1, len(other) - 2)
            for own, other in zip(self._sources, self._targets, strict=True)
        ]
        limit = None if seed is None else longest
        kept = range(len(pairs))
        self._rows, long = within([max(both) for both in lengths], kept, limit)
        self.bad += [too_long(f"{pairs.name} pair {i}", max(lengths[i]), limit) for i in long]
        self._sizes: list[tuple[int, ...]] = [lengths[index] for index in self._rows]

    @property
    def name(self) -> str:
        """The name of the set, such as "train"."""
        return self.pairs.name

    def _lengths(self) -> list[tuple[int, ...]]:
        return self._sizes

    def _batch(self, turns: Sequence[int], number: int, position: int) -> PairBatch:
        indices = tuple(self._rows[turn] for turn in turns)
        source = padded([self._sources[index] for index in indices])
        words = padded([self._targets[index] for index in indices])
        return PairBatch(source, source != PAD, words, indices, position)


class CaptionBatches(WordEpochs[CaptionBatch]):
    """The batches of a set of captioned pictures, epoch by epoch.

    With a seed each caption comes once in an epoch, beside its picture; where no pictures are
    read, captions of similar length come together. Without one, for evaluation, each picture comes
    once, in the order of the set, with all its captions as references. A broken picture is left
    out and named in `bad`.

    Args:
        captions: the set.
        view: preprocessing of the model, and random changes of the pictures, none of them for
            evaluation; None reads no pictures, as where features of them were computed before.
        vocabulary: built from the captions of the training part.
        batch_size: captions in a batch of one process; one batch may be smaller.
        seed: of the order and the changes; None for evaluation.
        longest: most words of a caption; longer ones are left out of training and named in `bad`.
        workers: threads that read ahead; 0 reads in this one. The batches are the same.
        feed: rank of this process and number of processes.

    Raises:
        ConfigError: an option that cannot work.
    """

    def __init__(
        self,
        captions: CaptionSet,
        view: View | None,
        vocabulary: Lexicon,
        *,
        batch_size: int,
        seed: int | None = None,
        longest: int | None = None,
        workers: int = 0,
        feed: Feed = _ALONE,
    ) -> None:
        super().__init__(batch_size, seed, workers, feed)
        if view is not None and view.augmentation is not None and seed is None:
            raise ConfigError("a seed with an augmentation", "none", "seed=0")
        self.captions = captions
        self.view, self.alike = view, view is None
        taken = (own if seed is not None else own[:1] for own in captions.captions)
        every = [(index, turn) for index, own in enumerate(taken) for turn in range(len(own))]
        words = [
            vocabulary.encode(captions.captions[index][turn], start=True, end=True)
            for index, turn in every
        ]
        counts, limit = [len(row) - 2 for row in words], None if seed is None else longest
        kept, long = within(counts, range(len(every)), limit)
        names = {row: captions.picture_name(every[row][0]) for row in long}
        self.bad += [too_long(names[row], counts[row], limit) for row in long]
        self._turns = [every[row] for row in kept]
        self._words = [words[row] for row in kept]

    @property
    def name(self) -> str:
        """The name of the set, such as "train"."""
        return self.captions.name

    def _lengths(self) -> list[tuple[int, ...]]:
        return [(len(row),) for row in self._words]

    def _batch(self, turns: Sequence[int], number: int, position: int) -> CaptionBatch:
        own = [self._turns[turn] for turn in turns]
        chances = [f"{self.seed}/{number}/{index}/{which}" for index, which in own]
        exact, every = self.feed.exact, [index for index, _ in own]
        seen = see_pictures(self.captions, every, chances, self.view, exact=exact)
        indices = tuple(own[at][0] for at in seen.kept)
        return CaptionBatch(
            seen.images,
            padded([self._words[turns[at]] for at in seen.kept]),
            indices,
            tuple(self.captions.picture_name(index) for index in indices),
            seen.geometries,
            tuple(self.captions.captions[index] for index in indices),
            position,
            seen.bad,
            tuple(own[at][1] for at in seen.kept),
        )
