"""What a data set of Hugging Face `datasets` is asked for: its columns, classes and pictures."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol
from urllib.parse import parse_qsl

from saccade.data.decode import Decoded, decode_picture, read_picture, shown
from saccade.errors import ConfigError, DataError, MissingExtra

PREFIX = "hf:"
_OPTIONS = ("image", "label", "split", "val", "test", "name", "count")
_LABELS = ("label", "labels", "fine_label", "class")


@dataclass(frozen=True, slots=True)
class HubSource:
    """Where a data set is and which of its columns count.

    Args:
        where: a folder, a Parquet file or a name.
        options: image, label (names of columns), split, val, test (names of splits), name (of the
            configuration) and count (pictures of a stream that does not tell).
    """

    where: str
    options: Mapping[str, str]


class Table(Protocol):
    """What is used of a data set of `datasets`."""

    features: Mapping[str, object]

    def __len__(self) -> int: ...

    def __getitem__(self, key: int | str, /) -> Any: ...  # noqa: ANN401

    def select_columns(self, column_names: list[str], /) -> "Table":
        """Keep some columns."""

    def cast_column(self, column: str, feature: object, /) -> "Table":
        """Read a column as another type."""


def library() -> ModuleType:
    """Import `datasets`.

    Raises:
        MissingExtra: it is not installed.
    """
    try:
        return import_module("datasets")
    except ImportError as error:
        raise MissingExtra(
            'the package datasets to read "hf:" sources', str(error), "pip install 'saccade[data]'"
        ) from error


@contextmanager
def loading(where: str) -> Iterator[None]:
    """Load quietly, and tell in one sentence what goes wrong.

    Args:
        where: what is loaded.

    Raises:
        DataError: anything goes wrong.
    """
    datasets = library()
    shows = not datasets.are_progress_bars_disabled()
    datasets.disable_progress_bars()
    try:
        yield
    except Exception as error:  # whatever its readers and the network raise
        words = " ".join(str(error).split())[:200] or type(error).__name__
        raise DataError(f"a data set at {shown(where)}", words, "another path") from error
    finally:
        if shows:
            datasets.enable_progress_bars()


def parse_source(source: str) -> HubSource:
    """Take "hf:WHERE?image=img&label=fine_label" apart.

    Raises:
        ConfigError: an option that is not known, or no name.
    """
    where, _, query = source.removeprefix(PREFIX).partition("?")
    options = dict(parse_qsl(query, keep_blank_values=True))
    unknown = sorted(set(options) - set(_OPTIONS))
    if unknown or not where:
        got = f"the option {unknown[0]}" if unknown else "no name"
        raise ConfigError(f"hf:WHERE with options of {', '.join(_OPTIONS)}", got)
    return HubSource(where, options)


def decoded(told: Mapping[str, Any] | None, name: str) -> Decoded:
    """Decode a cell of a column of pictures, {"bytes": ..., "path": ...}.

    Raises:
        DataError: it is empty or cannot be read.
    """
    data, path = (told or {}).get("bytes"), (told or {}).get("path")
    return read_picture(Path(path)) if data is None and path else decode_picture(data or b"", name)


def image_column(table: Table, told: HubSource) -> str:
    """Find the column of pictures: the one that is named, or the first of type Image.

    Raises:
        DataError: there is none.
    """
    kind = library().Image
    found = [name for name, feature in table.features.items() if isinstance(feature, kind)]
    return _column(table, told, "image", found, "of pictures")


def label_column(table: Table, told: HubSource) -> str:
    """Find the column of labels: that which is named, a ClassLabel, or one of a usual name.

    Raises:
        DataError: there is none.
    """
    kind = library().ClassLabel
    found = [name for name, feature in table.features.items() if isinstance(feature, kind)]
    found += [name for name in _LABELS if name in table.features]
    return _column(table, told, "label", found, "of labels")


def _column(table: Table, told: HubSource, option: str, found: list[str], what: str) -> str:
    """Take the column that an option names, or the first that was found."""
    named = told.options.get(option)
    if named in table.features or (named is None and found):
        return named or found[0]
    raise DataError(
        f"a column {named or what} in {shown(told.where)}",
        ", ".join(table.features),
        f"?{option}=COLUMN",
    )


def class_names(
    table: Table, label: str, columns: Mapping[str, list[Any]], given: Sequence[str] | None
) -> tuple[str, ...]:
    """Name the classes: as given, as the column's type has them, or by what the column holds."""
    if given is not None:
        return tuple(given)
    feature = table.features[label]
    if isinstance(feature, library().ClassLabel):
        return tuple(feature.names)
    values = [value for column in columns.values() for value in column if value is not None]
    if all(isinstance(value, int) for value in values):
        return tuple(str(number) for number in range(max(values, default=-1) + 1))
    return tuple(sorted({str(value) for value in values}))


def label_index(value: object, classes: tuple[str, ...]) -> int:
    """Give the index of a label; -1 where a row has none.

    Raises:
        DataError: it is none of the classes.
    """
    if value is None or value == -1:
        return -1
    index = value if isinstance(value, int) else -1
    if isinstance(value, str) and value in classes:
        index = classes.index(value)
    if not 0 <= index < len(classes):
        raise DataError(f"labels of the {len(classes)} classes", str(value), "?label=COLUMN")
    return index
