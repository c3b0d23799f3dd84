"""Folders of pictures: one folder for each class, in one tree or in train/, val/ and test/."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from saccade.data.decode import has_picture_name, read_picture, shown
from saccade.data.finding import (
    header_problem,
    is_folder,
    visible_entries,
    visible_folders,
    walk_pictures,
)
from saccade.data.sets import BadFile, ImageSet, Picture, Splits, split_off
from saccade.errors import DataError

PART_NAMES = {
    "train": ("train", "training"),
    "val": ("val", "valid", "validation", "dev"),
    "test": ("test", "testing"),
}

_SYNSET = re.compile(r"n\d{8}")  # a folder of ImageNet
_RENAMING = "renaming these folders"


class FolderImages(ImageSet):
    """Pictures that lie in files below one folder.

    Args:
        name: what to call the set.
        classes: names of the classes.
        labels: one for each picture; -1 when unknown.
        root: the folder.
        files: paths of the pictures below `root`.
        problems: files that were found bad while scanning.
    """

    def __init__(
        self,
        name: str,
        classes: tuple[str, ...],
        labels: Sequence[int],
        *,
        root: Path,
        files: Sequence[str],
        problems: Sequence[BadFile] = (),
    ) -> None:
        super().__init__(name, classes, labels, problems=problems)
        self.root = root
        self.files = list(files)

    def path(self, index: int) -> Path:
        """Where a picture lies."""
        return self.root / self.files[index]

    def picture_name(self, index: int) -> str:
        """Name a picture by its path below the folder."""
        return shown(self.files[index])

    def load(self, index: int) -> Picture:
        """Read and decode a picture."""
        read = read_picture(self.path(index))
        return Picture(read.raw, read.geometry, self._label(index), self.picture_name(index))

    def subset(self, name: str, indices: Sequence[int]) -> "FolderImages":
        """Make a set of some of the pictures."""
        labels = [self.labels[i] for i in indices]
        files = [self.files[i] for i in indices]
        return FolderImages(name, self.classes, labels, root=self.root, files=files)


@dataclass
class _Part:
    """What one folder of class folders holds: files by class, below the root."""

    files: dict[str, list[str]] = field(default_factory=dict)
    problems: list[BadFile] = field(default_factory=list)

    def filled(self) -> list[str]:
        return [name for name, files in self.files.items() if files]


def open_class_folders(
    root: Path, *, seed: int, val_fraction: float, classes: Sequence[str] | None = None
) -> Splits:
    """Open a folder with train/, val/ and test/, or one folder of class folders.

    val/ may be called valid, validation or dev. Without it `val_fraction` of the training
    pictures are split off, stratified by class. Classes are sorted by name and matched by name
    between the parts. A class folder whose pictures are all bad keeps its place among the classes
    and is named as a problem; a folder without any picture is no class, and is named too. Other
    folders beside train/ are not read.

    Args:
        root: the folder.
        seed: of the split.
        val_fraction: share of the training pictures, 0 to below 1.
        classes: names in the order of the labels, where a trained model sets them; train/ may
            then be missing.

    Raises:
        DataError: no picture, fewer than two classes, or a class that train/ does not know.
    """
    folders = _part_folders(root, classes)
    scanned = {part: _scan_part(folder, root) for part, folder in folders.items()}
    names = tuple(classes) if classes is not None else _training_classes(root, scanned["train"])
    built: dict[str, ImageSet | None] = {
        part: _build(part, root, names, found) for part, found in scanned.items()
    }
    train, val = built.get("train"), built.get("val")
    if train is not None and val is None:
        ranks = [sorted(names).index(name) for name in names]
        train, val = split_off(train, val_fraction, seed=seed, ranks=ranks)
    problems = tuple(bad for found in scanned.values() for bad in found.problems)
    return Splits(train, val, built.get("test"), names, problems)


def class_folders(root: Path) -> tuple[str, ...]:
    """Name the class folders of all parts that hold files with a picture's ending, sorted.

    Args:
        root: the folder.

    Raises:
        DataError: two folders stand for the same part.
    """
    parts = _part_folders(root, ()).values()
    folders = [folder for part in parts for folder in visible_folders(part)]
    return tuple(sorted({shown(own.name) for own in folders if walk_pictures(own)[0]}))


def _part_folders(root: Path, classes: Sequence[str] | None) -> dict[str, Path]:
    """Tell the parts of a root: by the names of its folders, or all of it is to train."""
    folders = visible_folders(root)
    parts: dict[str, Path] = {}
    for part, names in PART_NAMES.items():
        own = [folder for folder in folders if folder.name.lower() in names]
        if len(own) > 1:
            both = " and ".join(folder.name for folder in own)
            raise DataError(f"one folder for {part} in {shown(root)}", both, "removing one")
        if own:
            parts[part] = own[0]
    if "train" in parts or not parts:
        return parts or {"train": root}
    if len(parts) < len(folders) or any(folder.name in (classes or ()) for folder in folders):
        return {"train": root}  # a class may be called "test" or "valid"
    if classes is None:
        only = " and ".join(folder.name for folder in parts.values())
        raise DataError(f"a folder train in {shown(root)}", f"only {only}", "adding it")
    return parts


def _scan_part(folder: Path, root: Path) -> _Part:
    part = _Part()
    for entry in visible_entries(folder):
        if not is_folder(entry) and has_picture_name(entry.name):
            name = _below(root, Path(entry.path))
            part.problems.append(BadFile(name, "a picture outside the class folders"))
    for own in visible_folders(folder):
        _scan_class(own, root, part)
    return part


def _scan_class(folder: Path, root: Path, part: _Part) -> None:
    """Add one class folder to a part."""
    paths, problems = walk_pictures(folder)
    part.problems += [BadFile(_below(root, Path(bad.name)), bad.reason) for bad in problems]
    name = _below(root, folder)
    if not paths:
        part.problems.append(BadFile(name, "a folder without pictures, not taken as a class"))
        return
    good = part.files[shown(folder.name)] = []
    for path in paths:
        reason = header_problem(path)
        if reason is None:
            good.append(path.relative_to(root).as_posix())
        else:
            part.problems.append(BadFile(_below(root, path), reason))
    if not good:
        part.problems.append(BadFile(name, "a class folder whose pictures are all bad"))


def _training_classes(root: Path, train: _Part) -> tuple[str, ...]:
    filled = train.filled()
    if not filled:
        got = "none"
        if train.problems:
            first = train.problems[0]
            got = f"{len(train.problems)} that cannot be used, first {first.name}: {first.reason}"
        raise DataError(
            f"pictures in class folders in {shown(root)}",
            got,
            "one folder for each class with files such as .jpg or .png",
        )
    if len(filled) < 2:
        raise DataError(
            f"two or more classes with readable pictures in {shown(root)}",
            f"only {filled[0]}",
            "one folder for each class",
        )
    return tuple(sorted(train.files))


def _build(part: str, root: Path, classes: tuple[str, ...], found: _Part) -> FolderImages | None:
    unknown = sorted(set(found.filled()) - set(classes))
    if unknown:
        ids = all(_SYNSET.fullmatch(name) for name in unknown)
        hint = "a file with the id of each output, as --classes" if ids else _RENAMING
        raise DataError(f"in {part} only the classes {_few(classes)}", _few(unknown), hint)
    if not found.filled():
        if part == "test":
            return None  # pictures without classes: they are named as problems
        raise DataError(f"readable pictures in {part}", "none", "filling or removing the folder")
    pairs = [(classes.index(name), file) for name in found.filled() for file in found.files[name]]
    labels, files = [label for label, _ in pairs], [file for _, file in pairs]
    return FolderImages(part, classes, labels, root=root, files=files, problems=found.problems)


def _few(names: Sequence[str]) -> str:
    more = f" and {len(names) - 8} more" if len(names) > 8 else ""
    return ", ".join(names[:8]) + more


def _below(root: Path, path: Path) -> str:
    return shown(path.relative_to(root).as_posix())
