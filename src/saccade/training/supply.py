"""What a run reads: its batches, and how they are changed before the model sees them."""

import dataclasses
import random
from collections.abc import Callable

from saccade.data.augment.erasing import erase
from saccade.data.augment.mixing import Mixing
from saccade.data.augmentation import Augmentation
from saccade.data.batches import Batches, Feed, View
from saccade.data.sets import ImageSet
from saccade.data.stream_batches import StreamBatches
from saccade.data.streams import open_stream
from saccade.data.transforms import Preprocessing
from saccade.errors import ConfigError
from saccade.training.config import TrainConfig
from saccade.training.objectives.outcome import Examples
from saccade.training.pretraining.multi_crop import first_view, views_of
from saccade.training.scale.processes import World


def to_learn_from(
    images: ImageSet, pixels: Preprocessing, config: TrainConfig, world: World, source: str
) -> Batches | StreamBatches:
    """Make the training batches of this process.

    Args:
        images: the training pictures.
        pixels: preprocessing of the model.
        config: of the run.
        world: the processes that share each batch.
        source: of the pictures, where they are read as a stream.

    Raises:
        ConfigError: a stream would show pictures that are kept for validation.
    """
    view = View(pixels, changes_of(config))
    others: tuple[View, ...] = ()
    if config.objective == "dino":
        view, others = first_view(config, pixels), views_of(config, pixels)
    feed = Feed(
        sampler=config.sampler,
        repeats=config.augment.repeats or 1,
        views=others,
        rank=world.rank,
        processes=world.size,
    )
    if not config.shards.stream:
        return batches_of(images, pixels, config, view.augmentation, feed)
    stream = open_stream(source, classes=images.classes, labelled=bool(images.classes))
    if len(stream) != len(images):
        raise ConfigError(
            f"a stream of the {len(images)} training pictures",
            f"one of {len(stream)}, those kept for validation included",
            "shards of their own for val, or val_fraction=0",
        )
    return StreamBatches(
        stream,
        View(pixels, view.augmentation),
        batch_size=config.batch_size or 1,
        seed=config.seed,
        buffer=config.shards.buffer,
        workers=config.workers,
        on_bad=config.on_bad,
        feed=feed,
    )


def batch_change(config: TrainConfig, classes: int) -> Callable[[Examples, int], Examples] | None:
    """Give what is done to a batch as a whole: mixing, then erasing; None for nothing.

    All processes mix with the same lambda, and partners share a process, so that any number of
    processes mixes alike.

    Args:
        config: of the run.
        classes: how many there are.
    """
    options = config.augment
    mixing = Mixing(
        mixup=options.mixup or 0.0,
        cutmix=options.cutmix or 0.0,
        mix_prob=options.mix_prob,
        switch_prob=options.switch_prob,
        smoothing=config.smoothing or 0.0,
    )
    mixes, share = bool(mixing.mixup or mixing.cutmix), options.erase or 0.0
    if config.objective != "classify" or not (mixes or share):
        return None

    def change(examples: Examples, position: int) -> Examples:
        images, targets = examples.images, examples.targets
        if mixes:
            chances = random.Random(f"{examples.chance}/mix/{position}")
            images, targets = mixing.apply(
                images, examples.labels, classes=classes, chances=chances
            )
        if share:
            each = [random.Random(chance) for chance in examples.chances("erase")]
            images = erase(images, share, chances=each)
        return dataclasses.replace(examples, images=images, targets=targets)

    return change


def changes_of(config: TrainConfig) -> Augmentation:
    """Give the random changes of a training picture."""
    return Augmentation(
        crop_scale=(config.crop, 1.0) if config.crop else None,
        shift=config.shift or 0.0,
        zoom=config.zoom or 0.0,
        rotate=config.rotate or 0.0,
        flip=bool(config.flip),
        auto=config.augment.auto,
        jitter=config.augment.jitter,
    )


def batches_of(
    images: ImageSet,
    preprocessing: Preprocessing,
    config: TrainConfig,
    augmentation: Augmentation | None = None,
    feed: Feed | None = None,
) -> Batches:
    """Make the batches of a part: in order to measure, shuffled and changed to learn from.

    Args:
        images: the part.
        preprocessing: of the model.
        config: of the run.
        augmentation: random changes, of training pictures only.
        feed: what of an epoch this process gets; all of it when None.
    """
    size = config.batch_size or 1
    return Batches(
        images,
        preprocessing,
        batch_size=max(size, 64) if augmentation is None else size,
        seed=None if augmentation is None else config.seed,
        augmentation=augmentation,
        workers=config.workers,
        on_bad=config.on_bad,
        feed=feed or Feed(),
    )
