"""What lies where in a tar file of pictures, found once and kept."""

import hashlib
import json
import re
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from glob import has_magic
from pathlib import Path
from typing import Any

from saccade.data.decode import has_picture_name, shown
from saccade.errors import DataError, OutputError
from saccade.files import cache_folder, write_text

_VERSION = 1
_BRACES = re.compile(r"\{(\d+)\.\.(\d+)\}")
_LABEL_KEYS = ("label", "cls", "class")
_MOST_TEXT = 1 << 20  # bytes of a label's member


@dataclass(frozen=True, slots=True)
class Entry:
    """A picture in a tar file.

    Args:
        name: of its member.
        offset: of its first byte in the tar.
        size: in bytes.
        label: number or name of its class; None where it has none.
    """

    name: str
    offset: int
    size: int
    label: int | str | None


@dataclass(frozen=True, slots=True)
class TarIndex:
    """The pictures of a tar file, in their order.

    Args:
        entries: the pictures.
        problem: why the tar could not be read to its end; empty when it could.
    """

    entries: tuple[Entry, ...]
    problem: str = ""


@dataclass(slots=True)
class Members:
    """The members of one name while a tar is read.

    Args:
        key: the name, up to its first dot.
        picture: the first picture, if there was one.
        label: as `cls` or `json` has it.
    """

    key: str
    picture: tarfile.TarInfo | None = None
    label: int | str | None = None


def has_shard_name(source: str) -> bool:
    """Tell whether a source names tar files, or a folder that holds some."""
    if source.endswith(".tar"):
        return not Path(source).is_dir()
    folder = Path(source)
    with suppress(OSError):
        inner = [folder, *(own for own in folder.iterdir() if own.is_dir())]
        return any(next(own.glob("*.tar"), None) is not None for own in inner)
    return False


def find_shards(source: str) -> list[Path]:
    """Find tar files: one, a pattern such as "a/*.tar" or "a/{000..127}.tar", or a folder's.

    Raises:
        DataError: there is none, or one that is named is missing.
    """
    if Path(source).is_dir():
        found = [*Path(source).glob("*.tar"), *Path(source).glob("*/*.tar")]
    else:
        named = list(_spelled_out(source))
        found = [match for name in named for match in _matches(Path(name))]
    if not found:
        raise DataError(f"tar files at {shown(source)}", "none", "another path")
    for tar in found:
        if not tar.is_file():
            raise DataError(f"a tar file at {shown(tar)}", "no such file", "another range")
    return sorted(set(found))


def read_index(tar: Path) -> TarIndex:
    """Look up what lies where in a tar file; the first time its headers are read.

    Raises:
        DataError: there is no such file.
    """
    try:
        found = tar.stat()
    except OSError as error:
        raise DataError(f"a tar file at {shown(tar)}", error.strerror or str(error)) from error
    stamp = [_VERSION, found.st_size, found.st_mtime_ns]
    digest = hashlib.sha256(str(tar.resolve()).encode("utf-8", "surrogateescape")).hexdigest()
    kept = cache_folder() / "shards" / f"{digest[:24]}.json"
    with suppress(OSError, ValueError, KeyError, TypeError):
        told = json.loads(kept.read_text("utf-8"))
        if told["stamp"] == stamp:
            entries = tuple(Entry(*values) for values in told["entries"])
            return TarIndex(entries, told["problem"])
    index = _look(tar)
    rows = [list(asdict(entry).values()) for entry in index.entries]
    with suppress(OutputError):  # what cannot be kept is looked up again
        write_text(kept, json.dumps({"stamp": stamp, "problem": index.problem, "entries": rows}))
    return index


def walk(file: tarfile.TarFile) -> Iterator[Members]:
    """Read a tar from where it stands, and give each sample once its last member was seen.

    The data of a picture can be read only until the next sample is asked for.

    Raises:
        tarfile.TarError: the tar is damaged.
    """
    sample = Members("")
    for member in file:
        folder, _, name = member.name.rpartition("/")
        stem, _, ending = name.partition(".")
        if not member.isfile() or not stem:  # no stem: hidden
            continue
        key = f"{folder}/{stem}"
        if key != sample.key:
            if sample.key:
                yield sample
            sample = Members(key)
        _take(sample, ending, file, member)
    if sample.key:
        yield sample
    _check_end(file)


def _take(sample: Members, ending: str, file: tarfile.TarFile, member: tarfile.TarInfo) -> None:
    if sample.picture is None and has_picture_name(f"x.{ending.rpartition('.')[2]}"):
        sample.picture = member
    elif ending in ("cls", "json") and member.size <= _MOST_TEXT:
        opened = file.extractfile(member)
        text = opened.read().decode("utf-8", "replace").strip() if opened else ""
        label = _label(ending, text)
        sample.label = label if label is not None else sample.label


def _check_end(file: tarfile.TarFile) -> None:
    """Refuse a damaged header: tarfile takes it for the end of the file."""
    if file.fileobj is not None:
        file.fileobj.seek(file.offset)
        if any(file.fileobj.read(tarfile.BLOCKSIZE)):
            raise tarfile.ReadError(f"no header at byte {file.offset}")


def _look(tar: Path) -> TarIndex:
    entries: list[Entry] = []
    try:
        whole = tar.stat().st_size
        with tarfile.open(tar, "r:") as file:
            pictures = (sample for sample in walk(file) if sample.picture is not None)
            entries.extend(map(_entry, pictures))  # those before any damage stay
        if entries and entries[-1].offset + entries[-1].size > whole:
            entries.pop()
            return TarIndex(tuple(entries), "a tar file that is cut off")
    except (tarfile.TarError, OSError, EOFError) as error:
        words = " ".join(str(error).split()) or type(error).__name__
        return TarIndex(tuple(entries), f"a damaged or cut tar file ({words[:120]})")
    return TarIndex(tuple(entries))


def _entry(sample: Members) -> Entry:
    picture = sample.picture or tarfile.TarInfo()
    return Entry(picture.name, picture.offset_data, picture.size, sample.label)


def _label(ending: str, text: str) -> int | str | None:
    value: Any = text
    if ending == "json":
        try:
            told = json.loads(text)
        except ValueError:
            return None
        told = told if isinstance(told, Mapping) else {}
        value = next((told[key] for key in _LABEL_KEYS if key in told), None)
    if isinstance(value, bool) or not isinstance(value, int | str) or value == "":
        return None
    digits = isinstance(value, str) and value.isdecimal() and value.isascii()
    return int(value) if digits else value


def _spelled_out(source: str) -> Iterator[str]:
    """Spell out the first {000..127} of a name, and the others in what comes of it."""
    match = _BRACES.search(source)
    if match is None:
        yield source
        return
    first, last = match[1], match[2]
    for number in range(int(first), int(last) + 1):
        middle = str(number).zfill(len(first))
        yield from _spelled_out(source[: match.start()] + middle + source[match.end() :])


def _matches(path: Path) -> list[Path]:
    if not has_magic(str(path)):
        return [path]
    parts = path.parts
    first = next(i for i, part in enumerate(parts) if has_magic(part))
    return list(Path(*parts[:first]).glob(str(Path(*parts[first:]))))
