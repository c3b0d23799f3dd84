"""Plain JPEG files by libjpeg-turbo's quick interface, bit for bit as Pillow decodes them.

simplejpeg (the extra `fast`) decodes in two thirds of Pillow's time. Only what both decode to the
same pixels goes through it: baseline and progressive Huffman coding with 8 bits, grey or YCbCr,
in the usual samplings. All else, and every file at which it so much as warns, is left to Pillow,
which then says what is wrong.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np

START = b"\xff\xd8\xff"

_FRAMES = (0xC0, 0xC2)  # baseline and progressive
_OTHER_FRAMES = frozenset({0xC1, 0xC3, *range(0xC5, 0xC8), *range(0xC9, 0xD0)})
_SCAN, _EXIF, _MORE_PICTURES, _ADOBE = 0xDA, 0xE1, 0xE2, 0xEE
_FIRST = (0x11, 0x21, 0x22)  # the sampling of grey, or of brightness beside colours with 0x11
_IDS = bytes((1, 2, 3))


@dataclass(frozen=True, slots=True)
class Header:
    """What a plain JPEG file says of itself.

    Args:
        width: in pixels.
        height: in pixels.
        mode: "L" or "RGB".
        exif: whether it has notes that may hold an orientation.
    """

    width: int
    height: int
    mode: str
    exif: bool


@cache
def available() -> bool:
    """Tell whether simplejpeg is installed."""
    return find_spec("simplejpeg") is not None


def read_header(data: bytes) -> Header | None:
    """Read the header of a plain JPEG file; None for everything else.

    Args:
        data: the file.
    """
    exif, frame = False, b""
    for code, segment in _segments(data):
        odd = code in _OTHER_FRAMES or (code == _MORE_PICTURES and segment[:4] == b"MPF\0")
        if odd or (code == _ADOBE and segment[:5] == b"Adobe" and segment[11:12] != b"\1"):
            return None
        exif = exif or code == _EXIF
        if code in _FRAMES:
            if frame:
                return None
            frame = segment
        if code == _SCAN:
            return _header(frame, exif=exif)
    return None


def decode(data: bytes) -> np.ndarray | None:
    """Decode a file whose header is plain; None when there is anything to complain about.

    Args:
        data: the file.

    Returns:
        uint8 (h w 3).
    """
    simplejpeg: Any = import_module("simplejpeg")
    try:
        pixels: np.ndarray = simplejpeg.decode_jpeg(data, colorspace="RGB", strict=True)
    except (ValueError, MemoryError):
        return None
    return pixels


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Give each marker and what it holds, up to the first scan; stop at anything unusual."""
    position, code = 2, 0
    while code != _SCAN and position + 4 <= len(data) and data[position] == 0xFF:
        code = data[position + 1]
        length = int.from_bytes(data[position + 2 : position + 4], "big")
        end = position + 2 + length
        if not 0xC0 <= code < 0xFF or 0xD0 <= code <= 0xD9 or length < 2 or end > len(data):
            return
        yield code, data[position + 4 : end]
        position = end


def _header(frame: bytes, *, exif: bool) -> Header | None:
    if len(frame) < 9 or frame[0] != 8 or len(frame) != 6 + 3 * frame[5]:
        return None
    ids, samplings = frame[6::3], frame[7::3]
    colour = ids == _IDS and samplings[1:] == b"\x11\x11"
    if samplings[0] not in _FIRST or not (colour or len(ids) == 1):
        return None
    height, width = int.from_bytes(frame[1:3], "big"), int.from_bytes(frame[3:5], "big")
    if not (height and width):
        return None
    return Header(width, height, "RGB" if colour else "L", exif)
