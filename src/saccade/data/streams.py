"""Streams of pictures: shards that are read from front to back."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from saccade.data.decode import shown
from saccade.data.hub_columns import PREFIX
from saccade.data.sets import BadFile, Part
from saccade.data.shards import CLASSES_HINT, class_names, label_of, part_of
from saccade.data.tar_index import Entry, find_shards, read_index
from saccade.errors import DataError


@dataclass(frozen=True, slots=True)
class Sample:
    """A picture that was read and is not decoded yet.

    Args:
        data: its file.
        label: index of its class; -1 when unknown.
        name: what to call it in a report.
        index: in the whole stream, counted from 0 in the order of the shards.
    """

    data: bytes
    label: int
    name: str
    index: int


class Stream(ABC):
    """Shards of pictures that are read from front to back.

    Args:
        name: what to call the set.
        classes: names of the classes.
        counts: how many pictures each shard has.
        problems: what was found bad while looking.
    """

    def __init__(
        self,
        name: str,
        classes: tuple[str, ...],
        counts: Sequence[int],
        *,
        problems: Sequence[BadFile] = (),
    ) -> None:
        self.name = name
        self.classes = classes
        self.counts = tuple(counts)
        self.problems = list(problems)

    def __len__(self) -> int:
        """The number of pictures."""
        return sum(self.counts)

    @abstractmethod
    def read(self, shard: int) -> Iterator[Sample]:
        """Read a shard.

        Raises:
            DataError: it cannot be read any further.
        """


class TarStream(Stream):
    """WebDataset shards, one after the other.

    The headers of each tar are read once, for the number of its pictures; see `read_index`.

    Args:
        tars: the shards.
        name: what to call the set.
        classes: names of the classes; from classes.txt or the labels when None.
        labelled: False leaves all labels open.

    Raises:
        DataError: a tar is missing, or there is no picture.
    """

    def __init__(
        self,
        tars: Sequence[Path],
        *,
        name: str = "train",
        classes: Sequence[str] | None = None,
        labelled: bool = True,
    ) -> None:
        self.tars = list(tars)
        self.labelled = labelled
        told: set[int | str] = set()
        counts: list[int] = []
        problems: list[BadFile] = []
        for tar in self.tars:
            index = read_index(tar)
            problems += [BadFile(shown(tar.name), index.problem)] if index.problem else []
            bare = [entry for entry in index.entries if labelled and entry.label is None]
            problems += [BadFile(_named(tar, entry), "a picture without a label") for entry in bare]
            counts.append(len(index.entries) - len(bare))
            told.update(entry.label for entry in index.entries if entry.label is not None)
        names = class_names(self.tars, list(told), classes) if labelled else ()
        super().__init__(name, names, counts, problems=problems)
        strange = [label for label in told if labelled and label_of(label, names) is None]
        if strange:
            raise DataError(f"labels of the {len(names)} classes", str(strange[0]), CLASSES_HINT)
        if not len(self):
            raise DataError("pictures in the shards", "none", "other tar files")

    def read(self, shard: int) -> Iterator[Sample]:
        """Read a tar from front to back."""
        tar = self.tars[shard]
        told = [(entry, self._label(entry)) for entry in read_index(tar).entries]
        usable = [(entry, label) for entry, label in told if label is not None]
        try:
            with tar.open("rb") as file:
                for number, (entry, label) in enumerate(usable, start=sum(self.counts[:shard])):
                    file.seek(entry.offset)
                    yield Sample(file.read(entry.size), label, _named(tar, entry), number)
        except OSError as error:
            words = error.strerror or str(error)
            raise DataError(f"a readable tar file at {shown(tar)}", words) from error

    def _label(self, entry: Entry) -> int | None:
        return label_of(entry.label, self.classes) if self.labelled else -1


def open_stream(
    source: str,
    *,
    part: Part = "train",
    classes: Sequence[str] | None = None,
    labelled: bool = True,
) -> Stream:
    """Open one part of a source to be read from front to back.

    Args:
        source: tar files as in `open_images`, or "hf:" and what `HubStream` takes.
        part: which shards or which split.
        classes: names in the order of the labels, where a trained model sets them.
        labelled: False leaves all labels open.

    Raises:
        DataError: there is no such source or part.
        MissingExtra: the package `datasets` is missing.
    """
    if source.startswith(PREFIX):
        opener: Callable[..., Stream] = import_module("saccade.data.hub_stream").HubStream
        return opener(source, name=part, classes=classes, labelled=labelled)
    tars = [tar for tar in find_shards(source) if part_of(tar) == part]
    if not tars:
        raise DataError(f"tar files to {part} at {shown(source)}", "none", "another part")
    return TarStream(tars, name=part, classes=classes, labelled=labelled)


def _named(tar: Path, entry: Entry) -> str:
    return shown(f"{tar.name}/{entry.name}")
