"""Pictures with captions: one source in, the parts of a captioned set out.

A source is a file of captions (see `caption_formats`), or a folder that holds one, such as
captions.json beside the pictures, Flickr8k's token file with its lists, or COCO's annotations.
Paths of pictures start at the file; where a picture is not there, folders beside the file are
searched. Of pictures only the headers are read.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from saccade.data.decode import read_picture, shown
from saccade.data.images import OnBad
from saccade.data.sets import BadFile, Picture
from saccade.data.words.caption_formats import ENDINGS, CaptionRow, read_captions
from saccade.data.words.picture_rows import (
    PART_ORDER,
    PictureFinder,
    held_out,
    leaks,
    name_below,
    part_of_file,
    picture_root,
)
from saccade.errors import ConfigError, DataError

_NAMES = tuple(f"captions{ending}" for ending in ENDINGS)
_PATTERNS = ("*.token.txt", "*.token", "dataset*.json", "captions_*.json", "annotations/*.json")


@dataclass(frozen=True)
class CaptionSet:
    """Pictures, each with one caption or more.

    Args:
        name: what to call the set, such as "train".
        paths: of the pictures, each once.
        captions: of each picture, none of them empty, each once.
        problems: what the source holds and the set does not.
        root: folder that the names of pictures start at.
    """

    name: str
    paths: tuple[Path, ...]
    captions: tuple[tuple[str, ...], ...]
    problems: tuple[BadFile, ...] = ()
    root: Path | None = None

    def __post_init__(self) -> None:
        if len(self.paths) != len(self.captions):
            raise DataError("captions for each picture", f"{len(self.captions)} of them")

    def __len__(self) -> int:
        """The number of pictures."""
        return len(self.paths)

    def texts(self) -> list[str]:
        """Give all captions, those of a picture in a row: what a vocabulary is built from."""
        return [caption for own in self.captions for caption in own]

    def picture_name(self, index: int) -> str:
        """Name a picture by its path below the root."""
        return name_below(self.paths[index], self.root)

    def load(self, index: int) -> Picture:
        """Read and decode a picture.

        Raises:
            DataError: it cannot be read.
        """
        read = read_picture(self.paths[index])
        return Picture(read.raw, read.geometry, None, self.picture_name(index))

    def subset(self, name: str, indices: Sequence[int]) -> "CaptionSet":
        """Make a set of some of the pictures, in the given order; it has no problems."""
        paths = tuple(self.paths[i] for i in indices)
        return CaptionSet(name, paths, tuple(self.captions[i] for i in indices), (), self.root)


@dataclass
class _Found:
    """The pictures of one part while they are collected, in the order of the source."""

    captions: dict[Path, list[str]] = field(default_factory=dict)
    places: dict[Path, str] = field(default_factory=dict)


def open_captions(
    source: str | Path, *, seed: int = 0, val_fraction: float = 0.1, on_bad: OnBad = "skip"
) -> dict[str, CaptionSet]:
    """Open a source of captioned pictures.

    Captions without a picture, pictures without a caption, pictures that do not open and captions
    that a picture has twice are left out and named in `problems`. A picture of two parts would
    leak: it stays in the one that is judged by, test before val before train, and is named.
    Without a part val, `val_fraction` of the training pictures are taken, each with all its
    captions; which ones depends on the seed and the names of the pictures alone.

    Args:
        source: a file of captions, or a folder that holds one.
        seed: of the split.
        val_fraction: share of the training pictures, 0 to below 1; 0 takes none.
        on_bad: "skip" leaves bad ones out and names them, "fail" raises for the first.

    Returns:
        The parts that there are, of train, val and test.

    Raises:
        DataError: there is no such source, or it holds no picture with a caption.
        ConfigError: `val_fraction` is not from 0 to below 1.
    """
    if not 0 <= val_fraction < 1:
        raise ConfigError("val_fraction from 0 to below 1", str(val_fraction), "0.1")
    files = _caption_files(Path(source))
    problems: list[BadFile] = []
    parts: dict[str, _Found] = {}
    for path in files:
        rows, bad = read_captions(path)
        problems += bad
        named = part_of_file(path) if len(files) > 1 else None
        _collect(path, rows, named or "train", parts, problems)
    _drop_leaks(parts, problems)
    root = picture_root(files[0])
    sets = {part: _build(part, parts[part], root) for part in PART_ORDER if part in parts}
    sets = {part: own for part, own in sets.items() if len(own)}
    if not sets:
        first = f", first {problems[0].name}: {problems[0].reason}" if problems else ""
        raise DataError(
            f"pictures with captions in {shown(source)}",
            f"none that can be used{first}",
            "lines such as image<tab>caption, with paths that start at the file",
        )
    if problems and on_bad == "fail":
        raise DataError(
            f"only good captions in {shown(source)}",
            f"{len(problems)} bad, first {problems[0].name}: {problems[0].reason}",
            "repairing them or on_bad=skip",
        )
    if "train" in sets and "val" not in sets:
        sets = _split(sets, seed, val_fraction)
    first_part = next(iter(sets))
    own = sets[first_part]
    sets[first_part] = CaptionSet(own.name, own.paths, own.captions, tuple(problems), own.root)
    return sets


def _caption_files(source: Path) -> list[Path]:
    """Find the files of captions of a source."""
    if source.is_file():
        if source.suffix.lower() == ".zip":
            raise DataError(
                f"captions at {shown(source)}", "a zip file", "unpacking it into a folder"
            )
        return [source]
    if not source.is_dir():
        raise DataError(f"captions at {shown(source)}", "no such file or folder", "another path")
    for name in _NAMES:
        if (source / name).is_file():
            return [source / name]
    for pattern in _PATTERNS:
        found = sorted(path for path in source.glob(pattern) if "captions" in path.name.lower()
                       or not pattern.startswith("annotations"))  # fmt: skip
        if found:
            return found
    raise DataError(
        f"a file of captions in {shown(source)}",
        "none",
        "captions.tsv with lines such as image<tab>caption",
    )


def _collect(
    path: Path,
    rows: Sequence[CaptionRow],
    usual: str,
    parts: dict[str, _Found],
    problems: list[BadFile],
) -> None:
    """Add the rows of a file to their parts; open each picture's header once."""
    finder = PictureFinder(path)
    for row in rows:
        if not row.image:
            problems.append(BadFile(row.place, "a caption without a picture"))
            continue
        where, reason, first = finder.look(row.image)
        if reason is None:
            found = parts.setdefault(row.part or usual, _Found())
            found.places.setdefault(where, row.place)
            _add_captions(found, where, row, problems)
        elif first:
            problems.append(BadFile(row.place, f"{shown(row.image)}: {reason}"))


def _add_captions(found: _Found, where: Path, row: CaptionRow, problems: list[BadFile]) -> None:
    own = found.captions.setdefault(where, [])
    if not row.captions:
        problems.append(BadFile(row.place, f"{shown(row.image)}: no caption"))
    for caption in row.captions:
        text = " ".join(caption.split())
        if not text:
            problems.append(BadFile(row.place, f"{shown(row.image)}: an empty caption"))
        elif text in own:
            problems.append(BadFile(row.place, f"{shown(row.image)}: a caption it has already"))
        else:
            own.append(text)


def _drop_leaks(parts: dict[str, _Found], problems: list[BadFile]) -> None:
    """Keep a picture of several parts only in the last one of train, val, test."""
    for part, path, kept in leaks({part: found.captions for part, found in parts.items()}):
        reason = f"{shown(path.name)}: in {part} and in {kept}, left out of {part}"
        problems.append(BadFile(parts[part].places[path], reason))
        del parts[part].captions[path]


def _build(part: str, found: _Found, root: Path) -> CaptionSet:
    """Make the set of a part of the pictures that have a caption."""
    kept = {path: tuple(own) for path, own in found.captions.items() if own}
    return CaptionSet(part, tuple(kept), tuple(kept.values()), (), root)


def _split(sets: dict[str, CaptionSet], seed: int, fraction: float) -> dict[str, CaptionSet]:
    """Take a share of the training pictures as val."""
    train = sets["train"]
    names = [train.picture_name(index) for index in range(len(train))]
    away = held_out(names, fraction, f"{seed}/captions")
    if not away:
        return sets
    rest = train.subset("train", [at for at, name in enumerate(names) if name not in away])
    val = train.subset("val", [at for at, name in enumerate(names) if name in away])
    return {"train": rest, "val": val, **{p: s for p, s in sets.items() if p != "train"}}
