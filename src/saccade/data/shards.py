"""WebDataset shards: tar files of pictures and labels, read at random after one look at each.

A sample is the members of one name, such as 0017.jpg and 0017.cls; the label is the number or the
name of a class in `cls`, or "label", "cls" or "class" in `json`. What lies where is kept in the
cache folder, and looked up again when a tar changes its size or its date.

Source: the format of Aizman et al., "High Performance I/O For Large Scale Deep Learning", IEEE
Big Data 2019, arXiv:2001.01858, section 4.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from saccade.data.decode import decode_picture, shown
from saccade.data.folders import PART_NAMES
from saccade.data.sets import BadFile, ImageSet, Picture, Splits, split_off
from saccade.data.tar_index import Entry, TarIndex, read_index
from saccade.errors import DataError

CLASSES_FILE = "classes.txt"
CLASSES_HINT = f"{CLASSES_FILE} beside the shards, with one name in each line"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a picture lies.

    Args:
        tar: the shard.
        entry: the picture in it.
    """

    tar: Path
    entry: Entry

    @property
    def name(self) -> str:
        """The shard and the picture in it."""
        return shown(f"{self.tar.name}/{self.entry.name}")

    def read(self) -> bytes:
        """Read the picture's file out of the shard.

        Raises:
            DataError: the shard cannot be read, or ends before.
        """
        expected = f"a readable picture at {self.name}"
        try:
            with self.tar.open("rb") as file:
                file.seek(self.entry.offset)
                data = file.read(self.entry.size)
        except OSError as error:
            raise DataError(expected, error.strerror or str(error)) from error
        if len(data) < self.entry.size:
            raise DataError(expected, "a shard that ends before it")
        return data


class ShardImages(ImageSet):
    """Pictures that lie in tar files.

    Args:
        name: what to call the set.
        classes: names of the classes.
        labels: one for each picture; -1 when unknown.
        places: where each picture lies.
        problems: what was found bad while looking.
    """

    def __init__(
        self,
        name: str,
        classes: tuple[str, ...],
        labels: Sequence[int],
        *,
        places: Sequence[Place],
        problems: Sequence[BadFile] = (),
    ) -> None:
        super().__init__(name, classes, labels, problems=problems)
        self.places = list(places)

    def picture_name(self, index: int) -> str:
        """Name a picture by its shard and its name there."""
        return self.places[index].name

    def load(self, index: int) -> Picture:
        """Read and decode a picture."""
        place = self.places[index]
        read = decode_picture(place.read(), place.name)
        return Picture(read.raw, read.geometry, self._label(index), place.name)

    def subset(self, name: str, indices: Sequence[int]) -> "ShardImages":
        """Make a set of some of the pictures."""
        labels, places = [self.labels[i] for i in indices], [self.places[i] for i in indices]
        return ShardImages(name, self.classes, labels, places=places)


@dataclass
class _Part:
    places: list[Place] = field(default_factory=list)
    problems: list[BadFile] = field(default_factory=list)


def open_shards(
    tars: Sequence[Path],
    *,
    seed: int,
    val_fraction: float,
    classes: Sequence[str] | None = None,
    labelled: bool = True,
) -> Splits:
    """Open tar files as a labelled set that is read at random.

    A tar belongs to the part that its name begins with or that its folder is called, such as
    val-000.tar; all others are to train on. Class names come from classes.txt beside the first
    tar, one in each line; without it they are the names in the labels, or the numbers.

    Args:
        tars: the shards, in their order.
        seed: of the split.
        val_fraction: share of the training pictures, 0 to below 1.
        classes: names in the order of the labels, where a trained model sets them.
        labelled: False leaves all labels open; pictures without any are then welcome.

    Raises:
        DataError: no picture to train on, or a label that is no class.
    """
    parts: dict[str, _Part] = {}
    for tar in tars:
        _add(parts.setdefault(part_of(tar), _Part()), tar, read_index(tar), labelled=labelled)
    told = [place.entry.label for part in parts.values() for place in part.places]
    names: tuple[str, ...] = class_names(tars, told, classes) if labelled else ()
    built: dict[str, ImageSet] = {
        name: _build(name, part, names, labelled=labelled) for name, part in parts.items()
    }
    train, val = built.get("train"), built.get("val")
    if classes is None and (train is None or not len(train)):
        bad = [f"{bad.name}: {bad.reason}" for part in parts.values() for bad in part.problems]
        raise DataError("pictures to train on in the shards", bad[0] if bad else "none")
    if train is not None and val is None:
        train, val = split_off(train, val_fraction, seed=seed)
    problems = tuple(bad for part in parts.values() for bad in part.problems)
    return Splits(train, val, built.get("test"), names, problems)


def part_of(tar: Path) -> str:
    """Tell by its name, or by its folder's, to which part a shard belongs."""
    for part, names in PART_NAMES.items():
        begins = tar.name.lower().startswith(names)
        if begins or tar.parent.name.lower() in names:
            return part
    return "train"


def class_names(
    tars: Sequence[Path], told: Sequence[int | str | None], given: Sequence[str] | None = None
) -> tuple[str, ...]:
    """Name the classes of shards.

    Args:
        tars: the shards; classes.txt may lie beside the first.
        told: the labels as the shards have them.
        given: names that are taken as they are.

    Raises:
        DataError: classes.txt cannot be read.
    """
    if given is not None:
        return tuple(given)
    file = tars[0].parent / CLASSES_FILE
    if file.is_file():
        try:
            return tuple(
                line.strip() for line in file.read_text("utf-8").split("\n") if line.strip()
            )
        except (OSError, ValueError) as error:
            raise DataError(f"class names in {shown(file)}", str(error)) from error
    words = sorted({label for label in told if isinstance(label, str)})
    numbers = [label for label in told if isinstance(label, int)]
    return tuple(words) or tuple(str(number) for number in range(max(numbers, default=-1) + 1))


def label_of(told: int | str | None, classes: Sequence[str]) -> int | None:
    """Turn a label of a shard into the index of its class; None when it is none of them."""
    if isinstance(told, int):
        return told if 0 <= told < len(classes) else None
    return classes.index(told) if told in classes else None


def _add(part: _Part, tar: Path, index: TarIndex, *, labelled: bool) -> None:
    if index.problem:
        part.problems.append(BadFile(shown(tar.name), index.problem))
    for entry in index.entries:
        place = Place(tar, entry)
        if labelled and entry.label is None:
            part.problems.append(BadFile(place.name, "a picture without a label"))
        else:
            part.places.append(place)


def _build(name: str, part: _Part, classes: tuple[str, ...], *, labelled: bool) -> ShardImages:
    labels = []
    for place in part.places:
        label = label_of(place.entry.label, classes) if labelled else -1
        if label is None:
            raise DataError(
                f"one of the {len(classes)} classes at {place.name}",
                str(place.entry.label),
                CLASSES_HINT,
            )
        labels.append(label)
    return ShardImages(name, classes, labels, places=part.places, problems=part.problems)
