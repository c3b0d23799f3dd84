"""Labels for a model that is trained already: which folder is which of its outputs."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from saccade.data.folders import class_folders
from saccade.data.idx import has_idx
from saccade.data.images import open_images
from saccade.data.sets import ImageSet, Splits
from saccade.errors import DataError


class Labelled(NamedTuple):
    """Pictures whose labels are outputs of a model.

    Attributes:
        splits: the pictures; their classes are those of the model, in its order.
        note: what a user should know of how they were matched; may be empty.
    """

    splits: Splits
    note: str


def open_labelled(
    source: str,
    classes: Sequence[str],
    *,
    named: bool = True,
    seed: int = 0,
    val_fraction: float = 0.1,
) -> Labelled:
    """Open pictures to measure a trained model on; classes are matched by name.

    There may be fewer classes than outputs. Outputs without names are matched by their order, if
    there are as many class folders.

    Args:
        source: "digits" or a folder, as in `open_images`.
        classes: names of the model's outputs, in their order; numbers where it knows none.
        named: whether the model knows them.
        seed: of the split into training and validation pictures.
        val_fraction: share of the training pictures, 0 to below 1.

    Raises:
        DataError: the pictures cannot be used, are of classes that the model does not know, or
            cannot be matched.
    """
    names, note = tuple(classes), ""
    root = Path(source)
    if not named and source != "digits" and root.is_dir() and not has_idx(root):
        found = class_folders(root)
        if not set(found) <= set(names):
            names, note = _in_order(found, len(names)), _told(found)
    splits = open_images(source, seed=seed, val_fraction=val_fraction, classes=names)
    for images in splits.parts().values():
        _refuse_twins(images)
    return Labelled(splits, note)


def absent(images: ImageSet) -> tuple[str, ...]:
    """Name the classes of a set that it has no picture of."""
    seen = set(images.labels)
    return tuple(name for index, name in enumerate(images.classes) if index not in seen)


def _in_order(found: tuple[str, ...], outputs: int) -> tuple[str, ...]:
    if len(found) != outputs:
        raise DataError(
            f"{outputs} class folders for {outputs} outputs that have no names",
            str(len(found)),
            "a file with the name of each output, as --classes",
        )
    return found


def _told(found: tuple[str, ...]) -> str:
    first, last = found[0], found[-1]
    return (
        f"the weights do not name their {len(found)} outputs: the class folders are taken in the "
        f"order of their names, the first output as {first}, the last as {last}"
    )


def _refuse_twins(images: ImageSet) -> None:
    """Refuse a name that two outputs of the model share."""
    used = {images.classes[label] for label in images.labels if label >= 0}
    twins = sorted(name for name in used if images.classes.count(name) > 1)
    if twins:
        raise DataError(
            f"one output for each class in {images.name}",
            f"several that are called {', '.join(twins[:8])}",
            "a file with the name of each output, as --classes",
        )
