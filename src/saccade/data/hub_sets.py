"""Data sets of Hugging Face `datasets`: saved folders, Parquet files, or names in its cache.

A source is "hf:WHERE", with options behind a question mark: hf:WHERE?image=img&label=fine_label.
The pictures are decoded here, so that broken ones are named and orientations applied as everywhere.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from saccade.data.decode import shown
from saccade.data.folders import PART_NAMES
from saccade.data.hub_columns import (
    HubSource,
    Table,
    class_names,
    decoded,
    image_column,
    label_column,
    label_index,
    library,
    loading,
    parse_source,
)
from saccade.data.sets import ImageSet, Picture, Splits, split_off
from saccade.errors import DataError


class HubImages(ImageSet):
    """Pictures of a data set, read at random.

    Args:
        name: what to call the set.
        classes: names of the classes.
        labels: one for each row of `rows`; -1 when unknown.
        table: the pictures in its only column, undecoded: {"bytes": ..., "path": ...} by row.
        origin: what the names of pictures begin with.
        rows: which rows are in the set, in order; all when None.
    """

    def __init__(
        self,
        name: str,
        classes: tuple[str, ...],
        labels: Sequence[int],
        *,
        table: Table,
        origin: str,
        rows: Sequence[int] | None = None,
    ) -> None:
        super().__init__(name, classes, labels)
        self.table = table
        self.origin = origin
        self.rows = list(range(len(self.labels)) if rows is None else rows)

    def picture_name(self, index: int) -> str:
        """Name a picture by its part and its row, counted from 0."""
        return f"{self.origin}/{self.rows[index]}"

    def load(self, index: int) -> Picture:
        """Read and decode a picture."""
        name = self.picture_name(index)
        try:
            (told,) = self.table[self.rows[index]].values()
        except (OSError, ValueError, RuntimeError) as error:  # a damaged Parquet or Arrow file
            words = " ".join(str(error).split())[:120]
            raise DataError(f"a readable picture at {name}", words) from error
        read = decoded(told, name)
        return Picture(read.raw, read.geometry, self._label(index), name)

    def subset(self, name: str, indices: Sequence[int]) -> "HubImages":
        """Make a set of some of the pictures."""
        return HubImages(
            name,
            self.classes,
            [self.labels[i] for i in indices],
            table=self.table,
            origin=self.origin,
            rows=[self.rows[i] for i in indices],
        )


def open_hub(
    source: str,
    *,
    seed: int,
    val_fraction: float,
    classes: Sequence[str] | None = None,
    labelled: bool = True,
) -> Splits:
    """Open a data set that is read at random.

    The column of pictures is the one of type Image, that of labels the first of type ClassLabel,
    or one called label, labels, fine_label or class; options name others. Splits are train, val
    and test by their usual names.

    Args:
        source: "hf:" and a folder that `save_to_disk` wrote, a Parquet file, a folder of Parquet
            or picture files, or a name; names need the network once, then they are in the cache.
        seed: of the split.
        val_fraction: share of the training pictures, 0 to below 1.
        classes: names in the order of the labels, where a trained model sets them.
        labelled: False leaves all labels open.

    Raises:
        DataError: there is no such data set, or it has no pictures or labels.
        MissingExtra: `datasets` is not installed.
    """
    told = parse_source(source)
    tables = _parts(told, _loaded(told))
    first = next(iter(tables.values()))
    image = image_column(first, told)
    label = label_column(first, told) if labelled else None
    columns = {part: list(table[label]) for part, table in tables.items()} if label else {}
    names = class_names(first, label, columns, classes) if label else ()
    built: dict[str, ImageSet] = {}
    for part, table in tables.items():
        labels = (
            [label_index(value, names) for value in columns[part]] if label else [-1] * len(table)
        )
        pictures = table.select_columns([image]).cast_column(image, library().Image(decode=False))
        built[part] = HubImages(part, names, labels, table=pictures, origin=part)
    train, val = built.get("train"), built.get("val")
    if train is not None and val is None:
        train, val = split_off(train, val_fraction, seed=seed)
    return Splits(train, val, built.get("test"), names)


def _loaded(told: HubSource) -> dict[str, Table]:
    """Load all splits by name."""
    datasets, path = library(), Path(told.where)
    with loading(told.where):
        if (path / "dataset_info.json").is_file() or (path / "dataset_dict.json").is_file():
            found = datasets.load_from_disk(told.where)
        elif path.suffix == ".parquet":
            found = datasets.load_dataset("parquet", data_files=told.where)
        else:
            found = datasets.load_dataset(told.where, told.options.get("name"))
    return dict(found) if isinstance(found, Mapping) else {str(found.split or "train"): found}


def _parts(told: HubSource, splits: Mapping[str, Table]) -> dict[str, Table]:
    """Tell which split is which part."""
    chosen = {"train": told.options.get("split")}
    chosen |= {part: told.options.get(part) for part in ("val", "test")}
    parts: dict[str, Table] = {}
    for part, names in PART_NAMES.items():
        free = [name for name in splits if name not in chosen.values()]
        name = chosen[part] or next((own for own in free if own.lower() in names), None)
        if name is not None and name not in splits:
            raise DataError(f"a split {name} in {shown(told.where)}", ", ".join(splits))
        if name is not None:
            parts[part] = splits[name]
    if not parts and len(splits) == 1:
        parts["train"] = next(iter(splits.values()))
    if not parts:
        raise DataError(f"a split train in {shown(told.where)}", ", ".join(splits), "?split=NAME")
    return parts
