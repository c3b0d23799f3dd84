"""Which label map belongs to which picture, and which part of a set they are of.

A source is a folder: with a table index.csv (image, label and maybe split), with folders of
pictures beside folders of label maps (train/ and trainannot/, or images/ and labels/, with parts
inside or around them). Pictures and maps have the same name, but for endings such as _mask.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from saccade.data.decode import shown
from saccade.data.finding import visible_folders, walk_pictures
from saccade.data.sets import BadFile
from saccade.data.words.picture_rows import find_picture
from saccade.data.words.reading import at_line, part_of, read_rows, read_text
from saccade.errors import DataError

_TABLES = ("index.csv", "index.tsv")
_IMAGES = ("images", "image", "imgs", "img", "pictures", "jpegimages", "leftimg8bit")
_LABELS = (
    *("labels", "label", "masks", "mask", "annotations", "annotation", "annot", "labelmaps"),
    *("segmentationclass", "gtfine"),
)
_BESIDE = ("annot", "_annot", "_labels", "labels", "_masks", "masks", "_mask", "_label")
_ENDINGS = (
    *("_leftimg8bit", "_gtfine_labeltrainids", "_labels", "_label", "_masks", "_mask", "_annot"),
    *("_gt", "_seg", "_l"),
)
_COLUMNS = {
    "picture": ("image", "picture", "file", "img", "path"),
    "label": ("label", "mask", "annotation", "label_map", "target"),
    "part": ("split", "part", "set"),
}


class Pair(NamedTuple):
    """A picture and its label map.

    Args:
        part: "train", "val" or "test"; None where nothing says it.
        picture: path of the picture.
        label: path of its label map.
    """

    part: str | None
    picture: Path
    label: Path


def find_pairs(source: Path) -> tuple[list[Pair], list[BadFile]]:
    """Find the pictures of a source, each with its label map.

    Returns:
        The pairs, and the files that have no partner.

    Raises:
        DataError: there is no such folder, or it holds nothing like that.
    """
    if not source.is_dir():
        zipped = source.suffix.lower() == ".zip" and source.is_file()
        got = "a zip file" if zipped else "a file" if source.is_file() else "no such folder"
        hint = "unpacking it into a folder" if zipped else "another path"
        raise DataError(f"a folder of pictures and label maps at {shown(source)}", got, hint)
    problems: list[BadFile] = []
    table = next((source / name for name in _TABLES if (source / name).is_file()), None)
    if table is not None:
        pairs = list(_of_table(table, problems))
    else:
        pairs = [pair for found in _folders(source) for pair in _matched(*found, problems)]
    if not pairs:
        first = f", first {problems[0].name}: {problems[0].reason}" if problems else ""
        raise DataError(
            f"pictures with label maps in {shown(source)}",
            f"none{first}",
            "folders images/ and labels/, or train/ and trainannot/, with equal names",
        )
    return pairs, problems


def _of_table(table: Path, problems: list[BadFile]) -> Iterator[Pair]:
    rows = read_rows(table, read_text(table, "a table of label maps"), problems)
    heading = [cell.strip().lower() for cell in rows[0][1]] if rows else []
    places = {
        what: next((heading.index(name) for name in names if name in heading), None)
        for what, names in _COLUMNS.items()
    }
    picture, label, part = places["picture"], places["label"], places["part"]
    if picture is None or label is None:
        got = ", ".join(heading[:8]) or "nothing"
        raise DataError(f"columns image and label in {shown(table)}", got)
    for line, cells in rows[1:]:
        if len(cells) <= max(picture, label):
            problems.append(at_line(table, line, "too few cells"))
            continue
        own = part_of(cells[part]) if part is not None and part < len(cells) else None
        paths = [find_picture(cells[place], [table.parent]) for place in (picture, label)]
        missing = next((path for path in paths if not path.is_file()), None)
        if missing is None:
            yield Pair(own, *paths)
        else:
            problems.append(at_line(table, line, f"no file {shown(missing.name)}"))


def _folders(source: Path) -> Iterator[tuple[str | None, Path, Path]]:
    """Give the folders of pictures, each with its folder of maps and its part."""
    inner = {folder.name.lower(): folder for folder in visible_folders(source)}
    images, labels = _named(inner, _IMAGES), _named(inner, _LABELS)
    if images is not None and labels is not None:
        yield None, images, labels
        return
    for name, folder in inner.items():
        part = part_of(name)
        if part is None:
            continue
        own = {one.name.lower(): one for one in visible_folders(folder)}
        pictures, maps = _named(own, _IMAGES), _named(own, _LABELS)
        beside = _named(inner, [name + ending for ending in _BESIDE])
        if pictures is not None and maps is not None:
            yield part, pictures, maps
        elif beside is not None:
            yield part, folder, beside


def _named(folders: dict[str, Path], names: Sequence[str]) -> Path | None:
    return next((folders[name] for name in names if name in folders), None)


def _matched(
    part: str | None, pictures: Path, labels: Path, problems: list[BadFile]
) -> Iterator[Pair]:
    """Pair the files below two folders by their names."""
    found, bad = walk_pictures(pictures)
    maps, worse = walk_pictures(labels)
    problems += [*bad, *worse]
    waiting = {_key(path, labels): path for path in maps}
    for path in found:
        partner = waiting.pop(_key(path, pictures), None)
        if partner is None:
            problems.append(BadFile(shown(path), f"no label map in {shown(labels.name)}"))
            continue
        below = path.relative_to(pictures).parts
        yield Pair(part or (part_of(below[0]) if len(below) > 1 else None), path, partner)
    problems += [BadFile(shown(path), "a label map without a picture") for path in waiting.values()]


def _key(path: Path, root: Path) -> str:
    """Name a file as its partner is named: without its ending, below its folder."""
    name = path.relative_to(root).with_suffix("").as_posix().lower()
    return next((name.removesuffix(end) for end in _ENDINGS if name.endswith(end)), name)
