"""Opening pictures: one name in, the parts of a labelled image set out.

A source is "digits" (shipped with scikit-learn), a folder with train/, val/ and test/, one folder
of class folders, or a folder with IDX files.
"""

from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Literal

from saccade.data.decode import shown
from saccade.data.finding import find_pictures
from saccade.data.folders import FolderImages, open_class_folders
from saccade.data.idx import has_idx, open_idx
from saccade.data.sets import (
    ArrayImages,
    BadFile,
    ImageSet,
    Picture,
    Splits,
    split_off,
)
from saccade.errors import ConfigError, DataError

__all__ = [
    "ArrayImages",
    "BadFile",
    "FolderImages",
    "ImageSet",
    "OnBad",
    "Picture",
    "Splits",
    "find_pictures",
    "open_images",
    "picture_files",
]

OnBad = Literal["skip", "fail"]


def open_images(
    source: str,
    *,
    seed: int = 0,
    val_fraction: float = 0.1,
    on_bad: OnBad = "skip",
    classes: Sequence[str] | None = None,
) -> Splits:
    """Open a source of labelled pictures; of files only the headers are read.

    A source without a validation part gives `val_fraction` of its training pictures, stratified
    by class; 0 gives none. The test part of "digits" does not depend on the seed.

    Args:
        source: "digits" or a folder; a folder of that name is opened as "./digits".
        seed: of the split into training and validation pictures.
        val_fraction: share of the training pictures, 0 to below 1.
        on_bad: "skip" leaves bad files out and names them, "fail" raises for the first.
        classes: names in the order a trained model has them, to evaluate it: labels follow them
            by name, and there need not be a training part.

    Raises:
        DataError: there is no such source, it holds no pictures, fewer than two classes to train
            on, or classes that training does not know.
        ConfigError: `val_fraction` is not from 0 to below 1.
    """
    if not 0 <= val_fraction < 1:
        raise ConfigError("val_fraction from 0 to below 1", str(val_fraction), "0.1")
    if source == "digits":
        splits = _open_digits(seed, val_fraction, classes)
    else:
        root = Path(source)
        _check_folder(root)
        opener = open_idx if has_idx(root) else open_class_folders
        splits = opener(root, seed=seed, val_fraction=val_fraction, classes=classes)
    if splits.problems and on_bad == "fail":
        first = splits.problems[0]
        raise DataError(
            f"only good pictures in {shown(source)}",
            f"{len(splits.problems)} bad, first {first.name}: {first.reason}",
            "repairing them or on_bad=skip",
        )
    return splits


def picture_files(paths: Sequence[Path], classes: tuple[str, ...] = ()) -> FolderImages:
    """Make a set without labels of single files, such as `find_pictures` gives."""
    files = [str(path) for path in paths]
    return FolderImages("pictures", classes, [-1] * len(files), root=Path(), files=files)


def _open_digits(seed: int, val_fraction: float, classes: Sequence[str] | None) -> Splits:
    # Imported by name only when it is asked for: scikit-learn takes seconds to import.
    opener: Callable[[], tuple[ImageSet, ImageSet | None]] = import_module(
        "saccade.data.digits"
    ).open_digits
    train, test = opener()
    if classes is not None and tuple(classes) != train.classes:
        raise DataError("a model with the classes 0 to 9", ", ".join(classes), "another source")
    train, val = split_off(train, val_fraction, seed=seed)
    return Splits(train, val, test, train.classes)


def _check_folder(root: Path) -> None:
    name = shown(root)
    try:
        if root.is_dir():
            next(root.iterdir(), None)
            return
        exists = root.exists()
    except OSError as error:
        raise DataError(f"a folder at {name}", error.strerror or str(error)) from error
    if exists:
        raise DataError(f"a folder at {name}", "a file", "unpacking it into a folder")
    raise DataError(f'"digits" or a folder at {name}', "no such folder", "another path")
