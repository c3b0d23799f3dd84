"""Parallel files: one file for each language, whose k-th lines belong together."""

import re
from collections.abc import Iterable
from pathlib import Path

from saccade.data.decode import shown
from saccade.data.sets import BadFile
from saccade.data.words.reading import at_line, lines_of, part_of, read_text
from saccade.errors import DataError

_NAME = re.compile(r"(?P<stem>.+)\.(?P<language>[a-z]{2,3}(?:[-_][A-Za-z]+)?)")
_NO_LANGUAGE = frozenset(
    ("txt", "tsv", "csv", "md", "zip", "gz", "tar", "py", "tok", "bpe", "log", "pdf", "xml")
)

Files = tuple[Path, Path]


def find_parallel(source: Path, sides: tuple[str, str] | None) -> dict[str, Files]:
    """Find the two files of each part.

    Args:
        source: a folder, or what the names of the files begin with.
        sides: endings of the files to read and to write; None where there are just two.

    Raises:
        DataError: there are none, or it is not clear which.
    """
    folder, stem = (source, None) if source.is_dir() else (source.parent, source.name)
    found = _by_stem(folder, stem)
    if not found:
        raise DataError(
            f"sentence pairs at {shown(source)}",
            "no such file, nor parallel ones",
            "a table source<tab>target, or files such as train.de and train.en",
        )
    languages = sorted({language for own in found.values() for language in own})
    chosen = sides or tuple(languages)
    if len(chosen) != 2 or chosen[0] == chosen[1]:
        raise DataError(
            f"two languages at {shown(source)}",
            ", ".join(chosen),
            f"sides=({languages[0]!r}, {languages[-1]!r}) to choose two",
        )
    return {
        part: (_side(own, chosen[0], found[own]), _side(own, chosen[1], found[own]))
        for part, own in _parts(found, source).items()
    }


def read_parallel(first: Path, second: Path, problems: list[BadFile]) -> list[tuple[str, str, str]]:
    """Read two files line by line; lines that are empty on one side are named and left out.

    Returns:
        Place, source and target of each pair.

    Raises:
        DataError: they have different numbers of lines, or cannot be read.
    """
    one, other = (lines_of(read_text(path, "sentences")) for path in (first, second))
    if len(one) != len(other):
        raise DataError(
            f"as many lines in {shown(first)} as in {shown(second)}",
            f"{len(one)} and {len(other)}",
            f"looking at line {min(len(one), len(other)) + 1} of the longer one",
        )
    pairs: list[tuple[str, str, str]] = []
    for number, both in enumerate(zip(one, other, strict=True), start=1):
        source, target = (" ".join(line.split()) for line in both)
        empty = [path for path, line in ((first, source), (second, target)) if not line]
        problems += [at_line(path, number, "an empty line") for path in empty]
        if not empty:
            pairs.append((f"{shown(first.name)} line {number}", source, target))
    return pairs


def _by_stem(folder: Path, wanted: str | None) -> dict[str, dict[str, Path]]:
    """Find files with the ending of a language: {"train": {"de": train.de.gz, ...}}."""
    found: dict[str, dict[str, Path]] = {}
    if not folder.is_dir():
        return found
    for path in sorted(folder.iterdir()):
        name = _NAME.fullmatch(path.name.removesuffix(".gz"))
        if name is None or name["language"] in _NO_LANGUAGE or not path.is_file():
            continue
        if wanted in (None, name["stem"]):
            found.setdefault(name["stem"], {})[name["language"]] = path
    return {stem: own for stem, own in found.items() if len(own) > 1 or wanted == stem}


def _parts(found: Iterable[str], source: Path) -> dict[str, str]:
    """Tell the part of each stem, such as val for valid or test for test_2016_flickr."""
    stems = list(found)
    if len(stems) == 1:
        return {part_of(_first_word(stems[0])) or "train": stems[0]}
    parts: dict[str, str] = {}
    for stem in stems:
        part = part_of(_first_word(stem))
        if part is not None and part in parts:
            both = f"{parts[part]} and {stem}"
            raise DataError(f"one pair of files for {part} in {shown(source)}", both, "naming one")
        if part is not None:
            parts[part] = stem
    if not parts:
        raise DataError(f"files for train in {shown(source)}", ", ".join(stems), "naming one")
    return parts


def _first_word(stem: str) -> str:
    return re.split(r"[._-]", stem)[0]


def _side(stem: str, language: str, files: dict[str, Path]) -> Path:
    if language not in files:
        expected = f"a file {stem}.{language}"
        raise DataError(expected, f"only {', '.join(p.name for p in files.values())}")
    return files[language]
