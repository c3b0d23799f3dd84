"""IDX files: the format of MNIST and its kin, plain or compressed.

Source: LeCun, Cortes, Burges, "The MNIST database of handwritten digits", 1998.
Pictures lie in PREFIX-images-idx3-ubyte[.gz] and their labels in PREFIX-labels-idx1-ubyte[.gz].
A prefix with "train" is training, with "t10k" or "test" it is test, with "val" or "dev" validation.
"""

import gzip
import re
import struct
import zlib
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import BinaryIO

import numpy as np

from saccade.data.decode import shown
from saccade.data.sets import ArrayImages, ImageSet, Splits, split_off
from saccade.errors import DataError

_NAME = re.compile(r"(?P<prefix>.*?)[-.]images[-.]idx3-ubyte(\.gz)?", re.IGNORECASE)
_WORDS = {"train": ("train",), "test": ("t10k", "test"), "val": ("val", "dev")}
_MOST_BYTES = 16 * 2**30  # a header that asks for more is damaged
_LONGEST_SIDE = 16384
_CHUNK = 2**24


def has_idx(root: Path) -> bool:
    """Tell whether a folder holds IDX pictures."""
    return bool(_pictures_in(root))


def open_idx(
    root: Path, *, seed: int, val_fraction: float, classes: Sequence[str] | None = None
) -> Splits:
    """Open a folder of IDX files; classes are the numbers from "0" to the highest label.

    Without a validation file `val_fraction` of the training pictures are split off, stratified.

    Args:
        root: the folder.
        seed: of the split.
        val_fraction: share of the training pictures, 0 to below 1.
        classes: names in the order of a trained model; the training file may then be missing.

    Raises:
        DataError: a file is damaged, has no partner, or a label is not among the classes.
    """
    files = _parts(root)
    arrays = {part: _read_pair(path) for part, path in files.items()}
    if classes is None and "train" not in arrays:
        raise DataError(f"training pictures in {shown(root)}", f"only {', '.join(files)}")
    highest = max(int(labels.max()) for _, labels in arrays.values())
    names = tuple(classes) if classes is not None else tuple(str(i) for i in range(highest + 1))
    built = {part: _build(part, files[part], names, *pair) for part, pair in arrays.items()}
    train, val = built.get("train"), built.get("val")
    if classes is None and train is not None and len(set(train.labels)) < 2:
        raise DataError(f"two or more classes in {shown(files['train'])}", "one")
    if train is not None and val is None:
        train, val = split_off(train, val_fraction, seed=seed)
    return Splits(train, val, built.get("test"), names)


def read_idx(path: Path) -> np.ndarray:
    """Read one IDX file of unsigned bytes, plain or gzip by its first bytes.

    Raises:
        DataError: it is no such file, is cut short or holds more than it says.
    """
    if not path.is_file():
        raise _broken(path, "no such file")  # a named pipe would wait for ever
    try:
        with path.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
            file.seek(0)
            if not packed:
                return _read_stream(file, path)
            with gzip.GzipFile(fileobj=file) as stream:
                return _read_stream(stream, path)
    except (OSError, EOFError, zlib.error) as error:
        raise _broken(path, str(error) or type(error).__name__) from error


def _read_stream(stream: BinaryIO | gzip.GzipFile, path: Path) -> np.ndarray:
    magic = stream.read(4)
    if len(magic) < 4 or magic[:2] != b"\x00\x00" or magic[2] != 8 or magic[3] not in (1, 3):
        raise _broken(path, f"the first bytes {magic.hex(' ') or 'of an empty file'}")
    header = stream.read(4 * magic[3])
    if len(header) < 4 * magic[3]:
        raise _broken(path, "a header that is cut short")
    sizes = struct.unpack(f">{magic[3]}I", header)
    wanted = int(np.prod([int(size) for size in sizes], dtype=object))
    if wanted > _MOST_BYTES or max((0, *sizes[1:])) > _LONGEST_SIDE or wanted == 0:
        raise _broken(path, f"a header with the sizes {' x '.join(map(str, sizes))}")
    data = bytearray()
    while len(data) < wanted and (chunk := stream.read(min(_CHUNK, wanted - len(data)))):
        data += chunk
    if len(data) < wanted:
        raise _broken(path, f"{len(data):,} of {wanted:,} values")
    if stream.read(1):
        raise _broken(path, f"more than the {wanted:,} values of its header")
    return np.frombuffer(data, np.uint8).reshape(sizes)


def _parts(root: Path) -> dict[str, Path]:
    """Find the files of pictures by part; of a plain file and its packed twin the plain one."""
    found: dict[str, dict[str, Path]] = {}
    for path, prefix in _pictures_in(root):
        part = next((p for p, words in _WORDS.items() if any(w in prefix for w in words)), "")
        found.setdefault(part, {}).setdefault(prefix, path)
    unknown = found.get("", {})
    if unknown:
        names = ", ".join(shown(path.name) for path in unknown.values())
        raise DataError("IDX files named train, val, test or t10k", names, "renaming them")
    for part, own in found.items():
        if len(own) > 1:
            names = " and ".join(sorted(shown(path.name) for path in own.values()))
            raise DataError(f"one IDX file of pictures for {part}", names, "a folder for each")
    return {part: next(iter(own.values())) for part, own in found.items()}


def _pictures_in(root: Path) -> list[tuple[Path, str]]:
    """List the files of pictures with their prefixes, a plain file before its packed twin."""
    paths = [path for path in sorted(root.iterdir()) if not path.name.startswith(".")]
    matches = [(path, _NAME.fullmatch(path.name)) for path in paths]
    return [(path, match["prefix"].lower()) for path, match in matches if match]


def _read_pair(path: Path) -> tuple[np.ndarray, np.ndarray]:
    pixels = read_idx(path)
    labels = read_idx(_labels_of(path))
    if pixels.ndim != 3 or labels.ndim != 1:
        raise _broken(path, f"{pixels.ndim} axes, and {labels.ndim} of the labels")
    if len(pixels) != len(labels):
        raise _broken(path, f"{len(pixels):,} pictures for {len(labels):,} labels")
    return pixels, labels


def _labels_of(path: Path) -> Path:
    match = _NAME.fullmatch(path.name)
    prefix = match["prefix"] if match else ""
    for dash, ending, mark in product("-.", ("", ".gz"), "-."):
        labels = path.with_name(f"{prefix}{mark}labels{dash}idx1-ubyte{ending}")
        if labels.exists():
            return labels
    raise DataError(
        f"the labels of {shown(path.name)}", f"no {shown(prefix)}-labels-idx1-ubyte[.gz] beside it"
    )


def _build(
    part: str, path: Path, classes: tuple[str, ...], pixels: np.ndarray, labels: np.ndarray
) -> ImageSet:
    places = {name: place for place, name in enumerate(classes)}
    unknown = sorted({str(label) for label in np.unique(labels)} - set(places))
    if unknown:
        raise DataError(
            f"labels among the {len(classes)} classes in {shown(path.name)}", ", ".join(unknown[:8])
        )
    own = [places[str(label)] for label in labels.tolist()]
    match = _NAME.fullmatch(path.name)
    source = match["prefix"] if match else part
    return ArrayImages(part, classes, own, pixels=pixels, source=shown(source))


def _broken(path: Path, got: str) -> DataError:
    return DataError(f"a whole IDX file of bytes at {shown(path)}", got, "fetching it again")
