"""Weights of networks that label pixels: with their classes, colours and preprocessing."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from torch import nn

from saccade.checkpoints.card import Card
from saccade.checkpoints.fitting import fit
from saccade.checkpoints.native import Checkpoint, read
from saccade.checkpoints.opening import weight_file
from saccade.data.segmentation.classes import PixelClasses
from saccade.data.transforms import Preprocessing
from saccade.errors import CheckpointError, SaccadeError
from saccade.models import build
from saccade.models.catalog import CATALOG


@dataclass(frozen=True, kw_only=True, slots=True)
class PixelWeights:
    """A network that labels pixels, with all that its use needs.

    Args:
        model: in evaluation mode.
        classes: of pixels, with the ids and colours of the maps it learned from.
        preprocessing: how a picture becomes its input.
        card: what is known of the weights.
        origin: the file.
    """

    model: nn.Module
    classes: PixelClasses
    preprocessing: Preprocessing
    card: Card
    origin: str


def pixel_card(
    model: nn.Module,
    classes: PixelClasses,
    preprocessing: Preprocessing,
    *,
    training: Mapping[str, Any] | None = None,
) -> Card:
    """Describe a network that labels pixels, so that `load_pixels` can make it again.

    Args:
        model: of the catalogue.
        classes: of pixels.
        preprocessing: of pictures.
        training: how it is trained.
    """
    config: Any = model.config
    return Card(
        model=str(model.name),
        config=asdict(config),
        classes=classes.names,
        preprocessing=preprocessing.to_dict(),
        training=training or {},
        pixels=classes.to_dict(),
    )


def labels_pixels(card: Card | None) -> bool:
    """Tell whether weights are of a network that labels pixels, as a run of saccade wrote them."""
    return card is not None and bool(card.pixels)


def load_pixels(path: str | Path) -> PixelWeights:
    """Load a network that labels pixels.

    Args:
        path: a file that `saccade train` wrote, or the folder of a run, whose best weights are
            taken.

    Raises:
        CheckpointError: the file cannot be read, holds another kind of model, or weights that do
            not fit.
    """
    file = weight_file(Path(path))
    return pixels_of(read(file), origin=str(file))


def pixels_of(checkpoint: Checkpoint, *, origin: str) -> PixelWeights:
    """Make the network of a checkpoint that was read.

    Args:
        checkpoint: ours; without weights, where they come later, those of the model are fresh.
        origin: the file, for messages.

    Raises:
        CheckpointError: it holds another kind of model, or does not fit together.
    """
    card = checkpoint.card
    if card is None or not labels_pixels(card) or card.model not in CATALOG.names():
        got = checkpoint.how if card is None else card.model
        hint = "weights of saccade train --task segment"
        raise CheckpointError(f"a network that labels pixels in {origin}", got, hint)
    try:
        classes = PixelClasses.from_dict(card.pixels)
        model: nn.Module = build(card.model, **card.config)
        preprocessing = Preprocessing.from_dict(card.preprocessing)
    except (SaccadeError, TypeError, ValueError, AttributeError, KeyError) as error:
        raise _broken(origin, f"one that cannot work ({error})") from error
    if classes.names != card.classes or len(classes.names) != card.config.get("num_classes"):
        raise _broken(origin, f"{len(classes.names)} classes with colours")
    if checkpoint.state:
        fit(model, checkpoint.state, origin=origin)
    return PixelWeights(
        model=model.eval(), classes=classes, preprocessing=preprocessing, card=card, origin=origin
    )


def _broken(origin: str, got: str) -> CheckpointError:
    hint = "the version of saccade that wrote it, or another copy of the file"
    return CheckpointError(f"a whole network that labels pixels in {origin}", got, hint)
