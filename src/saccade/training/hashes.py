"""Hashes that tell two runs apart: of the weights, the pictures, and the code."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

import saccade
from saccade.data.folders import FolderImages
from saccade.data.sets import ArrayImages, ImageSet, Splits

BUDGET = 256 * 2**20  # bytes of pictures that are read whole
_LENGTH = 16  # characters of a hash that are kept


def weights_hash(state: Mapping[str, Tensor]) -> str:
    """Hash weights: their names, types, shapes and every bit."""
    digest = hashlib.sha256()
    for name, value in sorted(state.items()):
        plain = value.detach().cpu().contiguous()
        digest.update(f"{name} {plain.dtype} {tuple(plain.shape)}\n".encode())
        digest.update(plain.reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()[:_LENGTH]


@cache
def code_hash() -> str:
    """Hash the Python files of this package, so that a change is seen without version control."""
    root = Path(saccade.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        digest.update(f"{path.relative_to(root).as_posix()}\n".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:_LENGTH]


def data_hash(splits: Splits, *, budget: int = BUDGET) -> dict[str, Any]:
    """Hash the pictures of each part.

    Labels, names and file sizes are always hashed. Of the files so many are read whole as the
    budget allows, spread evenly over the part; the same ones each time.

    Args:
        splits: the pictures.
        budget: bytes to read, of all parts together.

    Returns:
        For each part its hash, the pictures it has, and how many were read whole.
    """
    parts = splits.parts()
    total = max(sum(len(images) for images in parts.values()), 1)
    return {
        name: _part_hash(images, budget * len(images) // total) for name, images in parts.items()
    }


def _part_hash(images: ImageSet, budget: int) -> dict[str, Any]:
    digest = hashlib.sha256("\n".join(images.classes).encode())
    for index, label in enumerate(images.labels):
        several = "" if images.multi is None else f" {images.multi[index]}"
        digest.update(f"\n{label}{several} {images.picture_name(index)}".encode())
    read = 0
    if isinstance(images, FolderImages):
        read = _hash_files(digest, images, budget)
    elif isinstance(images, ArrayImages):
        for row in images.rows:
            digest.update(images.pixels[row].tobytes())
        read = len(images)
    return {"hash": digest.hexdigest()[:_LENGTH], "pictures": len(images), "read": read}


def _hash_files(digest: "hashlib._Hash", images: FolderImages, budget: int) -> int:
    """Add the sizes of all files, and the bytes of as many as the budget allows."""
    paths = [images.path(index) for index in range(len(images))]
    sizes = [_size(path) for path in paths]
    digest.update(f"\n{sizes}".encode())
    read = 0
    for index in _evenly(sizes, budget):
        try:
            digest.update(paths[index].read_bytes())
        except OSError:
            digest.update(b"missing")
        read += 1
    return read


def _evenly(sizes: Sequence[int], budget: int) -> Iterator[int]:
    """Choose files, evenly spread, that are together no larger than the budget."""
    total = sum(sizes)
    step = 1 if total <= budget else -(-total // max(budget, 1))
    return iter(range(0, len(sizes), step))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1
