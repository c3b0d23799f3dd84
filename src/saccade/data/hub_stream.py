"""Streams of Hugging Face `datasets`: Parquet files one by one, or a name that is downloaded."""

from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from saccade.data.decode import shown
from saccade.data.hub_columns import (
    HubSource,
    class_names,
    image_column,
    label_column,
    label_index,
    library,
    loading,
    parse_source,
)
from saccade.data.sets import Part
from saccade.data.shards import part_of
from saccade.data.streams import Sample, Stream
from saccade.errors import DataError


class HubStream(Stream):
    """Rows of a data set, one after the other.

    Parquet files on disk are shards. What is downloaded is one shard, of which each process reads
    all and takes every so-manyth picture, as split_dataset_by_node does for shards that cannot be
    divided. The labels must be numbers or of type ClassLabel.

    Args:
        source: "hf:" and a Parquet file, a folder of them, or a name; the options of `open_hub`,
            and count for a data set that does not tell how many pictures it has.
        name: of the part.
        classes: names in the order of the labels; those of the column when None.
        labelled: False leaves all labels open.

    Raises:
        DataError: there is no such data set, or it does not tell its size or classes.
        MissingExtra: `datasets` is not installed.
    """

    def __init__(
        self,
        source: str,
        *,
        name: Part = "train",
        classes: Sequence[str] | None = None,
        labelled: bool = True,
    ) -> None:
        self.told = parse_source(source)
        self.files = _parquet_files(self.told, name)
        self.split = self.told.options.get("split" if name == "train" else name, name)
        first = self._table(0)
        self.image = image_column(first, self.told)
        self.label = label_column(first, self.told) if labelled else None
        names = class_names(first, self.label, {}, classes) if self.label else ()
        if self.label and not names:
            raise DataError(
                f"class names in {shown(self.told.where)}", "none", "?label=COLUMN of ClassLabel"
            )
        super().__init__(name, names, self._counts(first))

    def read(self, shard: int) -> Iterator[Sample]:
        """Read a Parquet file, or all that is downloaded."""
        with loading(self.told.where):
            columns = [self.image, self.label] if self.label else [self.image]
            rows = self._table(shard).select_columns(columns)
            rows = iter(rows.cast_column(self.image, library().Image(decode=False)))
        first, number = sum(self.counts[:shard]), 0
        while number < self.counts[shard]:
            with loading(self.told.where):
                row = next(rows, None)
            if row is None:
                return
            label = label_index(row[self.label], self.classes) if self.label else -1
            index = first + number
            yield Sample(_data(row[self.image]), label, f"{self.name}/{index}", index)
            number += 1

    def _table(self, shard: int) -> Any:  # noqa: ANN401
        with loading(self.told.where):
            if self.files:
                file = str(self.files[shard])
                return library().load_dataset(
                    "parquet", data_files=[file], split="train", streaming=True
                )
            name = self.told.options.get("name")
            return library().load_dataset(self.told.where, name, split=self.split, streaming=True)

    def _counts(self, table: Any) -> list[int]:  # noqa: ANN401
        if self.files:
            metadata = import_module("pyarrow.parquet").read_metadata
            with loading(self.told.where):
                return [metadata(file).num_rows for file in self.files]
        splits = table.info.splits or {}
        known = splits[self.split].num_examples if self.split in splits else 0
        count = self.told.options.get("count", str(known))
        if not count.isdecimal() or int(count) < 1:
            raise DataError(
                f"the number of pictures of {shown(self.told.where)}", count, "?count=NUMBER"
            )
        return [int(count)]


def _parquet_files(told: HubSource, part: Part) -> list[Path]:
    """Find the Parquet files of a part; all where none is named after a part."""
    path = Path(told.where)
    if path.suffix == ".parquet":
        return [path]
    every = sorted(path.rglob("*.parquet")) if path.is_dir() else []
    return [file for file in every if part_of(file) == part]


def _data(told: Mapping[str, Any] | None) -> bytes:
    """Take the bytes of a picture; none where they cannot be had, which is a broken picture."""
    data, path = (told or {}).get("bytes"), (told or {}).get("path")
    if data is not None or not path:
        return data or b""
    try:
        return Path(path).read_bytes()
    except OSError:
        return b""
