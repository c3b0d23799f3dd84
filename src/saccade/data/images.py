"""Opening pictures: one name in, the parts of a labelled image set out.

A source is "digits" (shipped with scikit-learn), a folder with train/, val/ and test/, one folder
of class folders, a folder with IDX files, tar files of WebDataset, or "hf:" and a data set of
Hugging Face `datasets`. "translated-60:" or "cluttered-60:" before a source of digits puts each of
them somewhere on a larger picture; "distorted-r:", "distorted-rts:", "distorted-p:" or
"distorted-e:" before any source turns, moves, tilts or bends each picture.
"""

import re
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Literal

from saccade.data.decode import shown
from saccade.data.finding import find_pictures, header_problem, walk_pictures
from saccade.data.folders import PART_NAMES, FolderImages, open_class_folders
from saccade.data.hub_columns import PREFIX
from saccade.data.hub_sets import open_hub
from saccade.data.idx import has_idx, open_idx
from saccade.data.sets import (
    ArrayImages,
    BadFile,
    ImageSet,
    Picture,
    Splits,
    split_off,
)
from saccade.data.shards import open_shards
from saccade.data.tables import find_table, open_table
from saccade.data.tar_index import find_shards, has_shard_name
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
    "open_unlabelled",
    "picture_files",
]

OnBad = Literal["skip", "fail"]
_SCENES = re.compile(r"(?:(?:translated|cluttered)-[\d-]+|distorted-\w+):.*", re.DOTALL)


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
        source: "digits", a folder, a table of labels (.csv, .tsv, .jsonl), tar files such as
            "a/{000..127}.tar" or "a/*.tar", "hf:WHERE", digits in scenes such as
            "translated-60:WHERE", or distorted pictures such as "distorted-r:WHERE"; a folder
            called digits is opened as "./digits".
        seed: of the split into training and validation pictures.
        val_fraction: share of the training pictures, 0 to below 1.
        on_bad: "skip" leaves bad files out and names them, "fail" raises for the first.
        classes: names in the order a trained model has them, to evaluate it: labels follow them
            by name, and there need not be a training part.

    Raises:
        DataError: there is no such source, it holds no pictures, fewer than two classes to train
            on, or classes that training does not know.
        ConfigError: `val_fraction` is not from 0 to below 1.
        MissingExtra: "hf:", and the package `datasets` is not installed.
    """
    _check_fraction(val_fraction)
    if _SCENES.fullmatch(source):
        name, _, rest = source.partition(":")
        plain = open_images(
            rest, seed=seed, val_fraction=val_fraction, on_bad=on_bad, classes=classes
        )
        return _in_scenes(plain, name)
    if source == "digits":
        splits = _open_digits(seed, val_fraction, classes)
    elif source.startswith(PREFIX):
        splits = open_hub(source, seed=seed, val_fraction=val_fraction, classes=classes)
    elif has_shard_name(source):
        tars = find_shards(source)
        splits = open_shards(tars, seed=seed, val_fraction=val_fraction, classes=classes)
    else:
        splits = _open_path(Path(source), seed, val_fraction, classes)
    return _judged(splits, source, on_bad)


def _open_path(root: Path, seed: int, val_fraction: float, classes: Sequence[str] | None) -> Splits:
    table = find_table(root)
    if table is not None:
        return open_table(table, seed=seed, val_fraction=val_fraction, classes=classes)
    _check_folder(root)
    opener = open_idx if has_idx(root) else open_class_folders
    return opener(root, seed=seed, val_fraction=val_fraction, classes=classes)


def open_unlabelled(
    source: str, *, seed: int = 0, val_fraction: float = 0.0, on_bad: OnBad = "skip"
) -> Splits:
    """Open pictures to learn from without labels: every label is -1, and there are no classes.

    Args:
        source: a folder with pictures anywhere below it, tar files or "hf:WHERE", as in
            `open_images`; labels that they have are not looked at.
        seed: of the split.
        val_fraction: share of the training pictures, 0 to below 1.
        on_bad: "skip" leaves bad files out and names them, "fail" raises for the first.

    Raises:
        DataError: there is no such source, or it holds no pictures.
        ConfigError: `val_fraction` is not from 0 to below 1.
        MissingExtra: "hf:", and the package `datasets` is not installed.
    """
    _check_fraction(val_fraction)
    if source.startswith(PREFIX):
        splits = open_hub(source, seed=seed, val_fraction=val_fraction, labelled=False)
    elif has_shard_name(source):
        tars = find_shards(source)
        splits = open_shards(tars, seed=seed, val_fraction=val_fraction, labelled=False)
    else:
        splits = _open_loose(Path(source), seed, val_fraction)
    return _judged(splits, source, on_bad)


def picture_files(paths: Sequence[Path], classes: tuple[str, ...] = ()) -> FolderImages:
    """Make a set without labels of single files, such as `find_pictures` gives."""
    files = [str(path) for path in paths]
    return FolderImages("pictures", classes, [-1] * len(files), root=Path(), files=files)


def _open_loose(root: Path, seed: int, val_fraction: float) -> Splits:
    """Open a folder with pictures anywhere below it; val/ and test/ in it are parts."""
    _check_folder(root)
    paths, problems = walk_pictures(root)
    files: dict[str, list[str]] = {}
    for path in paths:
        reason = header_problem(path)
        below = path.relative_to(root)
        if reason is None:
            files.setdefault(_part_of(below), []).append(below.as_posix())
        else:
            problems.append(BadFile(shown(below.as_posix()), reason))
    if not files.get("train"):
        broken = [f"none that can be read, first {bad.name}: {bad.reason}" for bad in problems]
        raise DataError(f"pictures to train on in {shown(root)}", (*broken, "none")[0])
    built: dict[str, ImageSet] = {
        part: FolderImages(part, (), [-1] * len(own), root=root, files=own)
        for part, own in files.items()
    }
    train, val = built["train"], built.get("val")
    if val is None:
        train, val = split_off(train, val_fraction, seed=seed)
    return Splits(train, val, built.get("test"), (), tuple(problems))


def _part_of(below: Path) -> str:
    top = below.parts[0].lower() if len(below.parts) > 1 else "train"
    return next((part for part, names in PART_NAMES.items() if top in names), "train")


def _check_fraction(val_fraction: float) -> None:
    if not 0 <= val_fraction < 1:
        raise ConfigError("val_fraction from 0 to below 1", str(val_fraction), "0.1")


def _judged(splits: Splits, source: str, on_bad: OnBad) -> Splits:
    """Give the splits back, or refuse them for what is bad in them."""
    if splits.problems and on_bad == "fail":
        first = splits.problems[0]
        raise DataError(
            f"only good pictures in {shown(source)}",
            f"{len(splits.problems)} bad, first {first.name}: {first.reason}",
            "repairing them or on_bad=skip",
        )
    return splits


def _in_scenes(plain: Splits, name: str) -> Splits:
    # Imported by name only when it is asked for: it needs torch.
    file, maker = "digit_scenes", "scenes_of"
    if name.startswith("distorted"):
        file, maker = "distortions", "distorted_of"
    place: Callable[[Splits, str], Splits] = getattr(import_module(f"saccade.data.{file}"), maker)
    return place(plain, name)


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
