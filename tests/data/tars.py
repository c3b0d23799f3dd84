"""Small tar files of pictures, as WebDataset has them."""

import io
import json
import tarfile
from pathlib import Path

import numpy as np
from PIL import Image


def painted(seed: int, kind: str = "PNG", size: tuple[int, int] = (6, 6)) -> bytes:
    """The file of a picture whose pixels are drawn by a seed."""
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind)
    return file.getvalue()


def write_tar(path: Path, members: dict[str, bytes | str | dict]) -> Path:
    """Write members; text is encoded, a dict becomes JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w") as file:
        for name, told in members.items():
            text = json.dumps(told) if isinstance(told, dict) else told
            data = text.encode() if isinstance(text, str) else text
            info = tarfile.TarInfo(name)
            info.size = len(data)
            file.addfile(info, io.BytesIO(data))
    return path


def shard(path: Path, count: int, *, first: int = 0) -> Path:
    """Write pictures first, first + 1, ... of the classes 0 and 1 in turns."""
    members: dict[str, bytes | str | dict] = {}
    for number in range(first, first + count):
        members[f"{number:04}.png"] = painted(number)
        members[f"{number:04}.cls"] = str(number % 2)
    return write_tar(path, members)
