"""The pictures that a run is watched on: few, fixed, and the same to the last pixel all along."""

import base64
import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from saccade.data.decode import open_picture, shown, to_rgb
from saccade.data.geometry import Geometry
from saccade.data.images import find_pictures
from saccade.data.transforms import Preprocessing
from saccade.errors import DataError

MOST = 16
_SMALL = 64  # pixels of a side up to which a picture is kept without loss
Source = str | Path | Sequence[str | Path | Image.Image]


@dataclass(frozen=True, slots=True)
class ProbeSet:
    """Pictures as the model gets them.

    Args:
        names: of the pictures, each once.
        pixels: uint8 (b c h w), cut to the model's size.
        notes: sentences on what was left out, for people.
    """

    names: tuple[str, ...]
    pixels: np.ndarray
    notes: tuple[str, ...] = ()

    @property
    def fingerprint(self) -> str:
        """Tell pictures apart by their names and pixels."""
        found = hashlib.sha256("\n".join(self.names).encode())
        found.update(str(self.pixels.shape).encode())
        found.update(np.ascontiguousarray(self.pixels).tobytes())
        return found.hexdigest()

    def sources(self) -> list[str]:
        """Each picture as a data: address, cut as the model gets it and without metadata."""
        return [_data_uri(one) for one in self.pixels]


def open_probes(source: Source, preprocessing: Preprocessing, *, most: int = MOST) -> ProbeSet:
    """Read the pictures of a folder, or those that are given; the first `most` of them.

    Args:
        source: a folder, a file, or a list of files and pictures.
        preprocessing: of the model.
        most: how many are taken.

    Raises:
        DataError: there is none that can be read.
    """
    names: list[str] = []
    pixels: list[np.ndarray] = []
    notes: list[str] = []
    left = 0
    for name, picture in _found(source, notes):
        if len(pixels) == most:
            left += 1
            continue
        try:
            read, geometry = _opened(picture)
            cut, _ = preprocessing.apply(*preprocessing.turned(read, geometry))
        except DataError as error:
            notes.append(f"{name} is not watched: {error.got}")
            continue
        names.append(_unique(name, names))
        pixels.append(cut)
    if not pixels:
        told = "; ".join(notes[:3]) or "none"
        raise DataError("pictures to watch", told, "a folder with some pictures")
    if left:
        notes.append(f"the first {most} of {most + left} pictures are watched")
    return ProbeSet(tuple(names), np.stack(pixels), tuple(notes))


def _found(source: Source, notes: list[str]) -> Iterator[tuple[str, Path | Image.Image]]:
    """Name the pictures of a source, in order."""
    if isinstance(source, str | Path):
        root = Path(source)
        paths, bad = find_pictures([str(source)])
        notes += [f"{file.name} is not watched: {file.reason}" for file in bad]
        for path in paths:
            inside = path.is_relative_to(root) and path != root
            yield shown(path.relative_to(root) if inside else path.name), path
        return
    for number, one in enumerate(source):
        if isinstance(one, Image.Image):
            yield f"picture {number}", one
        else:
            yield shown(Path(one).name), Path(one)


def _opened(picture: Path | Image.Image) -> tuple[Image.Image, Geometry]:
    if isinstance(picture, Path):
        return open_picture(picture)
    return to_rgb(picture), Geometry.of(picture.size)


def _unique(name: str, taken: Sequence[str]) -> str:
    """Give a name that no other picture has."""
    found, number = name, 1
    while found in taken:
        number += 1
        found = f"{name} ({number})"
    return found


def _data_uri(pixels: np.ndarray) -> str:
    picture = Image.fromarray(pixels[0] if len(pixels) == 1 else pixels.transpose(1, 2, 0))
    small, data = max(picture.size) <= _SMALL, io.BytesIO()
    if small:
        picture.save(data, "PNG", optimize=True)
    else:
        picture.save(data, "JPEG", quality=90)
    kind = "png" if small else "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(data.getvalue()).decode()}"
