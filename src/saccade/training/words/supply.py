"""What a run of words reads: the batches of its parts, and how they become examples."""

from collections.abc import Callable
from dataclasses import dataclass

import torch

from saccade.data.batches import Feed, View
from saccade.data.sets import BadFile
from saccade.data.words.captions import CaptionSet
from saccade.data.words.pairs import PairSet
from saccade.data.words.question_batches import QuestionBatches
from saccade.data.words.questions import QuestionSet
from saccade.data.words.word_batches import CaptionBatches, WordBatches
from saccade.models.captioner import Captioner
from saccade.models.question import QuestionAnswerer
from saccade.models.words.grids import GridEncoder
from saccade.training.config import TrainConfig
from saccade.training.presenting import Present
from saccade.training.scale.processes import World
from saccade.training.supply import changes_of
from saccade.training.words.annotating import annotate, fits
from saccade.training.words.building import WordStart
from saccade.training.words.opening import WordParts, WordSet
from saccade.training.words.presenting import Pairs, Photographs

Read = CaptionBatches | WordBatches | QuestionBatches
Tell = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Supply:
    """The batches of a part, and what turns them into examples.

    Args:
        batches: of this process.
        present: on the model's device.
        bad: pictures that were found broken before the first batch.
    """

    batches: Read
    present: Present
    bad: tuple[BadFile, ...] = ()


def supply(
    start: WordStart,
    parts: WordParts,
    config: TrainConfig,
    world: World,
    *,
    tell: Tell | None = None,
) -> tuple[Supply, Supply | None]:
    """Make the batches to learn from, and those to judge by.

    A network of pictures that learns nothing is asked once about each of them, where what it says
    fits into memory and the pictures are not changed at random.

    Args:
        start: the model, on its device.
        parts: of the data.
        config: of the run.
        world: the processes that share each batch to learn from.
        tell: called with the name of a part, batches done and all batches, while pictures are
            read once.
    """
    feed = Feed(rank=world.rank, processes=world.size)
    val = None if parts.val is None else few(parts.val, config.words.judged)
    encoder = _encoder(start)
    sets = [own for own in (parts.train, val) if isinstance(own, CaptionSet | QuestionSet)]
    once = encoder is not None and _rests(encoder) and not _changed(config)
    once = once and encoder is not None and fits(encoder, *sets)
    kept = encoder if once else None
    train = _part(start, parts.train, config, feed, kept, tell, seed=config.seed)
    if val is None:
        return train, None
    return train, _part(start, val, config, Feed(), kept, tell, seed=None)


def judged_by(start: WordStart, part: WordSet, config: TrainConfig) -> Supply:
    """Make the batches of a part in its order, its pictures read as they come.

    Args:
        start: the model, on its device.
        part: all of it is judged.
        config: of the run.
    """
    return _part(start, part, config, Feed(), None, None, seed=None)


def few(part: WordSet, most: int) -> WordSet:
    """Take some entries of a part, spread evenly, and the same ones each time."""
    if len(part) <= most:
        return part
    return part.subset(part.name, [place * len(part) // most for place in range(most)])


def _part(
    start: WordStart,
    part: WordSet,
    config: TrainConfig,
    feed: Feed,
    kept: GridEncoder | None,
    tell: Tell | None,
    *,
    seed: int | None,
) -> Supply:
    size = config.batch_size or 64
    if isinstance(part, PairSet):
        source, target = start.source, start.target
        if source is None or target is None:
            raise TypeError("a translator without vocabularies")
        limit = config.words.longest
        pairs = WordBatches(
            part, source, target, batch_size=size, seed=seed, longest=limit, feed=feed
        )
        return Supply(pairs, Pairs())
    pixels = start.preprocessing
    if pixels is None:
        raise TypeError("a model of pictures without preprocessing")
    bad: tuple[BadFile, ...] = ()
    present = Photographs(pixels)
    changes = changes_of(config) if seed is not None and _changed(config) else None
    view: View | None = View(pixels, changes)
    if kept is not None:
        known = annotate(kept, part, pixels, tick=_ticking(tell, part.name))
        bad, good, view = known.bad, known.good, None
        present = Photographs(pixels, known.chosen(good))
        part = part.subset(part.name, good)
    batches = _pictures(start, part, config, view, feed, seed)
    encoder = _encoder(start)
    batches.alike = encoder is not None and _rests(encoder)
    return Supply(batches, present, bad)


def _pictures(
    start: WordStart,
    part: CaptionSet | QuestionSet,
    config: TrainConfig,
    view: View | None,
    feed: Feed,
    seed: int | None,
) -> Read:
    size, workers = config.batch_size or 64, config.workers
    if isinstance(part, CaptionSet):
        if start.target is None:
            raise TypeError("a captioner without a vocabulary")
        limit = config.words.longest
        return CaptionBatches(
            part, view, start.target, batch_size=size, seed=seed, longest=limit,
            workers=workers, feed=feed,
        )  # fmt: skip
    if start.source is None:
        raise TypeError("an answerer without a vocabulary")
    return QuestionBatches(
        part, view, start.source, start.answers, batch_size=size, seed=seed, workers=workers,
        feed=feed,
    )  # fmt: skip


def _ticking(tell: Tell | None, name: str) -> Callable[[int, int], None] | None:
    if tell is None:
        return None

    def tick(done: int, of: int) -> None:
        tell(name, done, of)

    return tick


def _encoder(start: WordStart) -> GridEncoder | None:
    model = start.model
    return model.encoder if isinstance(model, Captioner | QuestionAnswerer) else None


def _rests(encoder: GridEncoder) -> bool:
    """Tell whether nothing of a network learns."""
    return not any(parameter.requires_grad for parameter in encoder.parameters())


def _changed(config: TrainConfig) -> bool:
    """Tell whether pictures are changed at random."""
    some = (config.crop, config.shift, config.zoom, config.rotate, config.flip)
    return any(some) or config.augment.auto not in (None, "none") or bool(config.augment.jitter)


def lengths_of(start: WordStart, train: WordSet) -> tuple[float, int]:
    """Give the mean and the largest number of words of what is to be written, the end counted.

    Args:
        start: with the vocabularies.
        train: the part to learn from.
    """
    if start.target is None or isinstance(train, QuestionSet):
        return 1.0, 1
    texts = train.targets if isinstance(train, PairSet) else train.texts()
    counts = torch.tensor([len(start.target.ids(text)) + 1 for text in texts])
    return float(counts.double().mean()), int(counts.max())
