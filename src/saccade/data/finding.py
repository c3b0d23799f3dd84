"""Finding picture files: below folders, by patterns, by name.

Hidden files and folders, and files whose ending is not a picture's, are passed over. Everything
that has a picture's ending and is none is named. Links to folders are followed, each folder is
visited once, so that links in a circle end.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from saccade.data.decode import check_header, has_picture_name, shown
from saccade.data.sets import BadFile
from saccade.errors import DataError

_GLOB_SIGNS = frozenset("*?[")


def walk_pictures(folder: Path) -> tuple[list[Path], list[BadFile]]:
    """Find the files with a picture's ending below a folder, in the order of their names.

    Nothing is opened: a named file may still turn out to be no picture.
    """
    found: list[Path] = []
    problems: list[BadFile] = []
    waiting, visited = [folder], set[tuple[int, int]]()
    while waiting:
        here = waiting.pop()
        try:
            place = here.stat()
            entries = visible_entries(here) if (place.st_dev, place.st_ino) not in visited else []
        except OSError as error:
            problems.append(BadFile(shown(here), f"a folder that cannot be read ({_why(error)})"))
            continue
        visited.add((place.st_dev, place.st_ino))
        inner = [Path(entry.path) for entry in entries if is_folder(entry)]
        named = [path for path in inner if has_picture_name(path.name)]
        problems += [BadFile(shown(path), "a folder, not a file") for path in named]
        waiting += [path for path in reversed(inner) if path not in named]
        found += [
            Path(entry.path)
            for entry in entries
            if has_picture_name(entry.name) and not is_folder(entry)
        ]
    return sorted(found), problems


def find_pictures(sources: Sequence[str]) -> tuple[list[Path], list[BadFile]]:
    """Find pictures by files, folders (with all below them) and patterns such as "a/**/*.jpg".

    Only headers are read. A file that is named outright may have any ending; in folders and
    patterns other endings are passed over.

    Args:
        sources: what a person typed; nothing is raised for any of them.

    Returns:
        The paths, sorted, each once; and what was named and is no picture.
    """
    found: set[Path] = set()
    problems: list[BadFile] = []
    for source in sources:
        paths, bad = _find(source)
        found.update(paths)
        problems += bad
    good: list[Path] = []
    for path in sorted(found):
        reason = header_problem(path)
        if reason is None:
            good.append(path)
        else:
            problems.append(BadFile(shown(path), reason))
    return good, list(dict.fromkeys(problems))


def header_problem(path: Path) -> str | None:
    """Say why the header of a picture cannot be read; None when it can."""
    try:
        check_header(path)
    except DataError as error:
        return error.got
    return None


def visible_entries(folder: Path) -> list[os.DirEntry[str]]:
    """List what lies in a folder and is not hidden, by name."""
    with os.scandir(folder) as entries:
        visible = [entry for entry in entries if not entry.name.startswith(".")]
    return sorted(visible, key=lambda entry: entry.name)


def visible_folders(folder: Path) -> list[Path]:
    """List the folders in a folder that are not hidden, by name."""
    return [Path(entry.path) for entry in visible_entries(folder) if is_folder(entry)]


def is_folder(entry: os.DirEntry[str]) -> bool:
    """Tell whether an entry is a folder or a link to one; a link in a circle is none."""
    try:
        return entry.is_dir()
    except OSError:  # a link that leads in a circle
        return False


def _find(source: str) -> tuple[list[Path], list[BadFile]]:
    if not source:
        return [], [BadFile("''", "an empty name")]
    path = Path(source)
    if path.is_dir():
        return walk_pictures(path)
    if os.path.lexists(path) or not _GLOB_SIGNS.intersection(source):
        return [path], []
    return _match(path)


def _match(pattern: Path) -> tuple[list[Path], list[BadFile]]:
    parts = pattern.parts
    first = next(i for i, part in enumerate(parts) if _GLOB_SIGNS.intersection(part))
    try:
        # pathlib's ** does not follow links to folders, so that links in a circle end.
        matches = sorted(Path(*parts[:first]).glob(str(Path(*parts[first:]))))
    except (OSError, ValueError, NotImplementedError) as error:
        return [], [BadFile(shown(pattern), f"a pattern that cannot be followed ({error})")]
    found: list[Path] = []
    problems: list[BadFile] = []
    for path in matches:
        if any(part.startswith(".") and part != ".." for part in path.parts[first:]):
            continue
        if path.is_dir() and not has_picture_name(path.name):
            inner, bad = walk_pictures(path)
            found += inner
            problems += bad
        elif has_picture_name(path.name):
            found.append(path)
    if not matches:
        problems.append(BadFile(shown(pattern), "a pattern that matches no file"))
    return found, problems


def _why(error: OSError) -> str:
    return error.strerror or type(error).__name__
