"""Pictures whose labels are in a table: one label for each, or any number of them.

Source of keeping the rarest label's share in a split: the first step of Sechidis, Tsoumakas,
Vlahavas, "On the Stratification of Multi-Label Data", ECML PKDD 2011, section 3.
Differs: the pictures are shared out by their rarest label alone, and not again for each of their
other labels.
"""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from saccade.data.decode import shown
from saccade.data.finding import header_problem
from saccade.data.folders import FolderImages
from saccade.data.label_rows import (
    ENDINGS,
    LabelRow,
    LabelTable,
    at_line,
    lines_of,
    read_label_table,
)
from saccade.data.sets import BadFile, ImageSet, Splits, split_off
from saccade.errors import ConfigError, DataError

_NAMES = tuple(f"{stem}{ending}" for stem in ("labels", "metadata") for ending in ENDINGS)


class TableImages(FolderImages):
    """Pictures in files, each with any number of labels.

    Args:
        name: what to call the set.
        classes: names of the classes.
        multi: all labels of each picture.
        labels: the rarest label of each picture; -1 for a picture without any.
        root: the folder of the table.
        files: paths of the pictures below `root`.
        problems: files that were found bad while scanning.
    """

    multi: Sequence[tuple[int, ...]]

    def __init__(
        self,
        name: str,
        classes: tuple[str, ...],
        multi: Sequence[tuple[int, ...]],
        *,
        labels: Sequence[int],
        root: Path,
        files: Sequence[str],
        problems: Sequence[BadFile] = (),
    ) -> None:
        super().__init__(name, classes, labels, root=root, files=files, problems=problems)
        self.multi = list(multi)

    def subset(self, name: str, indices: Sequence[int]) -> "TableImages":
        """Make a set of some of the pictures."""
        return TableImages(
            name,
            self.classes,
            [self.multi[i] for i in indices],
            labels=[self.labels[i] for i in indices],
            root=self.root,
            files=[self.files[i] for i in indices],
        )


def find_table(source: Path) -> Path | None:
    """Find the table that a source is, or that a folder holds: labels.csv and the like."""
    if source.is_file():
        return source if source.suffix.lower() in ENDINGS else None
    found = (source / name for name in _NAMES)
    return next((path for path in found if path.is_file()), None)


def open_table(
    path: Path, *, seed: int, val_fraction: float, classes: Sequence[str] | None = None
) -> Splits:
    """Open the pictures that a table names; paths start at the table's folder.

    Without rows of a split "val", `val_fraction` of the training pictures are split off,
    stratified by class, or by the rarest label where a picture may have several. Lines that
    cannot be used are named in `problems`, each with its reason.

    Args:
        path: of the table, .csv, .tsv or .jsonl.
        seed: of the split.
        val_fraction: share of the training pictures, 0 to below 1.
        classes: names in the order of a trained model; training rows may then be missing.

    Raises:
        DataError: it is no such table, no line can be used, or a label is no class of training.
        ConfigError: `val_fraction` is not from 0 to below 1.
    """
    if not 0 <= val_fraction < 1:
        raise ConfigError("val_fraction from 0 to below 1", str(val_fraction), "0.1")
    table = read_label_table(path)
    rows = _readable(path, table)
    if not rows:
        raise _nothing(path, table.problems)
    parts: dict[str, list[LabelRow]] = {}
    for row in rows:
        parts.setdefault(row.part or "train", []).append(row)
    names = _classes(path, table, parts, classes)
    _check_known(path, rows, names)
    built = {part: _build(part, path.parent, own, names, table) for part, own in parts.items()}
    train: ImageSet | None = built.get("train")
    val: ImageSet | None = built.get("val")
    if train is not None and val is None:
        ranks = [sorted(names).index(name) for name in names]
        # Pictures without any label have the label -1, which ranks[-1] must not stand for.
        train, val = split_off(train, val_fraction, seed=seed, ranks=[*ranks, -1])
    return Splits(train, val, built.get("test"), names, tuple(table.problems))


def many_hot(images: ImageSet, indices: Sequence[int]) -> np.ndarray:
    """Write the labels of some pictures as 0 and 1, float32 (pictures classes).

    Raises:
        DataError: pictures of this set have one label each.
    """
    if images.multi is None:
        raise DataError(
            f"pictures with any number of labels in {images.name}",
            "one label for each",
            "a table with a column labels, or one column of 0 and 1 for each class",
        )
    found = np.zeros((len(indices), len(images.classes)), np.float32)
    for row, index in enumerate(indices):
        found[row, list(images.multi[index])] = 1
    return found


def _readable(path: Path, table: LabelTable) -> list[LabelRow]:
    """Keep the rows whose pictures can be opened; name the others."""
    rows: list[LabelRow] = []
    for row in table.rows:
        reason = header_problem(path.parent / row.image)
        if reason is None:
            rows.append(row)
        else:
            table.problems.append(at_line(path, row.line, f"{shown(row.image)}: {reason}"))
    return rows


def _classes(
    path: Path,
    table: LabelTable,
    parts: dict[str, list[LabelRow]],
    classes: Sequence[str] | None,
) -> tuple[str, ...]:
    if classes is not None:
        return tuple(classes)
    if "train" not in parts:
        raise DataError(
            f"rows of the split train in {shown(path.name)}", f"only {', '.join(parts)}"
        )
    names = table.columns or tuple(sorted({label for _, label in lines_of(parts["train"])}))
    if len(names) < (1 if table.multi else 2):
        raise DataError(
            f"two or more classes in {shown(path.name)}", f"only {', '.join(names) or 'none'}"
        )
    return names


def _check_known(path: Path, rows: Sequence[LabelRow], classes: Sequence[str]) -> None:
    known = set(classes)
    for line, label in lines_of(rows):
        if label not in known:
            few = ", ".join(classes[:8]) + (" ..." if len(classes) > 8 else "")
            raise DataError(
                f"only the classes {few} in {shown(path.name)}",
                f"{shown(label)} in line {line}",
                "renaming it, or training pictures of it",
            )


def _build(
    part: str, root: Path, rows: Sequence[LabelRow], classes: tuple[str, ...], table: LabelTable
) -> FolderImages:
    places = {name: place for place, name in enumerate(classes)}
    multi = [tuple(sorted(places[label] for label in row.labels)) for row in rows]
    files = [row.image for row in rows]
    if not table.multi:
        return FolderImages(part, classes, [own[0] for own in multi], root=root, files=files)
    count = Counter(label for own in multi for label in own)
    rarest = [min(own, key=lambda label: (count[label], label), default=-1) for own in multi]
    return TableImages(part, classes, multi, labels=rarest, root=root, files=files)


def _nothing(path: Path, problems: Sequence[BadFile]) -> DataError:
    got = "none"
    if problems:
        first = problems[0]
        got = f"{len(problems)} that cannot be used, first {first.name}: {first.reason}"
    return DataError(f"lines with pictures in {shown(path)}", got, "paths from the table's folder")
