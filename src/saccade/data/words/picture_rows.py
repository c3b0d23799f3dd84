"""Files of words about pictures: where the pictures are, and which part each belongs to."""

import os
import random
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from saccade.data.decode import shown
from saccade.data.finding import header_problem, visible_folders
from saccade.data.words.reading import part_of

PART_ORDER = ("train", "val", "test")
_WORDS_ASIDE = ("annotations", "questions")  # folders of words, beside those of pictures


class Leak(NamedTuple):
    """A picture of several parts.

    Args:
        part: which it is to be left out of.
        path: of the picture.
        kept: the part that it stays in.
    """

    part: str
    path: Path
    kept: str


class PictureFinder:
    """The pictures that a file names, below its folder or a folder beside it.

    Args:
        file: that names them.
    """

    def __init__(self, file: Path) -> None:
        root = picture_root(file)
        self.folders = [file.parent, *dict.fromkeys((root, *visible_folders(root)))]
        self._seen: dict[tuple[str, ...], tuple[Path, str | None]] = {}

    def look(self, *names: str) -> tuple[Path, str | None, bool]:
        """Find a picture and open its header, once for the same names.

        Args:
            names: that it may have; the first one is told where there is none.

        Returns:
            Its path, why it cannot be read or None, and whether it is asked for the first time.
        """
        first = names not in self._seen
        if first:
            every = (find_picture(name, self.folders) for name in names)
            where = next((path for path in every if _is_file(path)), None)
            where = find_picture(names[0], self.folders) if where is None else where
            self._seen[names] = where, header_problem(where)
        return *self._seen[names], first


def find_picture(image: str, folders: Sequence[Path]) -> Path:
    """Find a picture below one of some folders, however its name was composed.

    Args:
        image: its path as it is written.
        folders: to look in, in this order.

    Returns:
        Its path; that below the first folder where there is none.
    """
    names = dict.fromkeys(
        (
            image,
            image.replace("\\", "/"),
            unicodedata.normalize("NFC", image),
            unicodedata.normalize("NFD", image),
        )
    )
    every = (folder / name for folder in folders for name in names)
    found = next((path for path in every if _is_file(path)), folders[0] / image)
    return Path(os.path.normpath(found))


def picture_root(file: Path) -> Path:
    """Give the folder that paths start at: that of the file, or the one above "annotations"."""
    aside = file.parent.name.lower() in _WORDS_ASIDE
    return file.parent.parent if aside else file.parent


def name_below(path: Path, root: Path | None) -> str:
    """Name a picture by its path below a root; by all of its path where it lies elsewhere."""
    inside = root is not None and path.is_relative_to(root)
    return shown(path.relative_to(root).as_posix() if inside and root else path)


def part_of_file(path: Path) -> str | None:
    """Tell the part of a file by its name, such as captions_val2017.json; None for no part."""
    words = "".join(letter if letter.isalpha() else " " for letter in path.stem).split()
    return next((part for word in words if (part := part_of(word))), None)


def leaks(parts: Mapping[str, Iterable[Path]]) -> list[Leak]:
    """Find the pictures of several parts; each stays in the last of train, val, test.

    Args:
        parts: the pictures of each part; files behind links count as those linked to.
    """
    kept: dict[Path, str] = {}
    found: list[Leak] = []
    for part in reversed(PART_ORDER):
        for path in parts.get(part, ()):
            other = kept.setdefault(path.resolve(), part)
            if other != part:
                found.append(Leak(part, path, other))
    return found


def held_out(names: Iterable[str], fraction: float, chance: str) -> frozenset[str]:
    """Choose pictures to be held out, by their names alone; one at least remains.

    Args:
        names: of the pictures.
        fraction: share of them, 0 to below 1.
        chance: what the choice depends on besides.
    """
    order = sorted(set(names))
    count = min(round(len(order) * fraction), len(order) - 1)
    random.Random(chance).shuffle(order)
    return frozenset(order[:count])


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # no name that a file can have
        return False
