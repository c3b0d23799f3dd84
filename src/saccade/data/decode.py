"""One picture file in, one upright 8-bit RGB picture out, or one sentence why not.

The EXIF orientation is applied, 16-bit and float pixels are scaled instead of clipped, and
transparent pixels are laid over white. Only formats that are pictures and nothing else are read:
a PostScript file named .jpg is refused, because reading it would run a program.
"""

import stat
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image, UnidentifiedImageError

from saccade.data.geometry import Geometry
from saccade.errors import DataError

MAX_PIXELS = 89_478_485  # Pillow's own limit: beyond it a small file may fill the memory
FORMATS = (
    *("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF", "PPM", "AVIF", "JPEG2000", "DIB"),
    *("ICO", "TGA"),
)
# HEIC is named although it cannot be read here: phone pictures are reported, not passed over.
SUFFIXES = frozenset(
    {
        *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".webp", ".bmp", ".dib", ".gif"),
        *(".tif", ".tiff", ".ppm", ".pgm", ".pbm", ".pnm", ".mpo", ".avif", ".jp2", ".j2k"),
        *(".jpx", ".ico", ".tga", ".heic", ".heif"),
    }
)

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_BACK = {6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}  # others undo themselves
_KINDS = (
    (stat.S_ISDIR, "a folder, not a file"),
    (stat.S_ISFIFO, "a named pipe, not a file"),
    (stat.S_ISSOCK, "a socket, not a file"),
)
_DEEP = ("I;16", "I;16L", "I;16B", "I;16N")
# The filters of `warnings` belong to the whole process, so threads read one after the other.
_warnings_lock = threading.RLock()


@dataclass(frozen=True, slots=True)
class Decoded:
    """A picture that was read, and what it was in its file.

    Args:
        image: upright, 8-bit RGB.
        geometry: from the stored pixels to the upright ones.
        mode: Pillow's name of the stored pixels, such as "L", "I;16" or "CMYK".
        transparent: True where the file can hold transparent pixels.
    """

    image: Image.Image
    geometry: Geometry
    mode: str
    transparent: bool


def has_picture_name(name: str) -> bool:
    """Tell by its ending whether a file says it is a picture."""
    return Path(name).suffix.lower() in SUFFIXES


def open_picture(path: Path) -> tuple[Image.Image, Geometry]:
    """Read a picture: upright 8-bit RGB, and the way back to its stored pixels.

    Raises:
        DataError: it cannot be read; `got` says why.
    """
    decoded = read_picture(path)
    return decoded.image, decoded.geometry


def read_picture(path: Path) -> Decoded:
    """Read a picture together with what it was in its file.

    Raises:
        DataError: it cannot be read; `got` says why.
    """
    with _opened(path) as image:
        # TIFF is turned upright while it loads and forgets its orientation; PNG may store it last.
        before = _orientation(image) if image.format == "TIFF" else 1
        image.load()
        after = _orientation(image)
        mode, transparent = image.mode, image.has_transparency_data
        upright = to_rgb(image)
        if after in _TURNS:
            upright = upright.transpose(_TURNS[after])
    orientation = after if after in _TURNS else before
    width, height = upright.size
    stored = (height, width) if orientation in (5, 6, 7, 8) else (width, height)
    return Decoded(upright, Geometry.of(stored, orientation), mode, transparent)


def as_stored(image: Image.Image, geometry: Geometry) -> tuple[Image.Image, Geometry]:
    """Turn an upright picture back to how it lies in its file; no pixel changes.

    Args:
        image: upright.
        geometry: from the stored pixels to the upright ones.

    Returns:
        The picture, and a geometry that knows of no orientation.
    """
    if geometry.orientation not in _TURNS:
        return image, geometry
    back = _BACK.get(geometry.orientation, _TURNS[geometry.orientation])
    return image.transpose(back), Geometry.of(geometry.stored)


def check_header(path: Path) -> None:
    """Read only the header of a picture.

    Raises:
        DataError: the file is no picture, is too large or cannot be opened.
    """
    with _opened(path):
        pass


def to_rgb(image: Image.Image) -> Image.Image:
    """Turn any of Pillow's modes into 8-bit RGB.

    Integers above 8 bits are scaled from 0..65535 and floats from 0..1, by their range and never
    by what the picture holds; transparent pixels are laid over white.

    Raises:
        DataError: 32-bit or float pixels are outside these ranges.
    """
    if image.mode == "RGB" and "transparency" not in image.info:
        return image
    if image.mode in _DEEP or image.mode in ("I", "F"):
        return _from_deep(image)
    if image.has_transparency_data:
        return _over_white(image)
    return image.convert("RGB")


def _from_deep(image: Image.Image) -> Image.Image:
    pixels = np.asarray(image).astype(np.float32)
    top = 1.0 if image.mode == "F" else 65535.0
    low, high = float(pixels.min()), float(pixels.max())
    if not (low >= 0 and high <= top):  # written so that NaN fails too
        raise DataError(
            f"pixels of mode {image.mode} between 0 and {top:g}",
            f"pixels from {low:g} to {high:g}, which have no agreed range",
            "saving the picture with 8 or 16 bits",
        )
    scaled = np.floor(pixels * (255.0 / top) + 0.5).astype(np.uint8)
    return Image.fromarray(scaled).convert("RGB")


def _over_white(image: Image.Image) -> Image.Image:
    plain = {"La": "LA", "RGBa": "RGBA"}.get(image.mode, image.mode)
    layered = image.convert(plain).convert("RGBA")
    white = Image.new("RGBA", image.size, (255, 255, 255, 255))
    return Image.alpha_composite(white, layered).convert("RGB")


def _orientation(image: Image.Image) -> int:
    try:
        value = image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # a damaged EXIF block raises nearly anything; the pixels are still good
        return 1
    return value if isinstance(value, int) and value in _TURNS else 1


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    """Open a picture so that whatever goes wrong inside becomes a DataError."""
    try:
        _check_file(path)
        with _warnings_lock, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=FORMATS) as image:
                _check_size(path, image.size)
                yield image
    except DataError as error:
        if error.expected.startswith("a readable picture"):
            raise
        raise _unreadable(path, error.got, error.hint) from error
    except Exception as error:  # Pillow raises a dozen kinds on damaged files
        raise _unreadable(path, _reason(path, error)) from error


def _check_file(path: Path) -> None:
    # Opening a named pipe would wait for ever, so the kind of file is asked first.
    found = path.stat()
    for is_kind, words in _KINDS:
        if is_kind(found.st_mode):
            raise _unreadable(path, words)
    if not stat.S_ISREG(found.st_mode):
        raise _unreadable(path, "a device, not a file")
    if found.st_size == 0:
        raise _unreadable(path, "an empty file")


def _check_size(path: Path, size: tuple[int, int]) -> None:
    if size[0] * size[1] > MAX_PIXELS:
        words = f"{size[0]} x {size[1]} pixels, more than {MAX_PIXELS:,}"
        raise _unreadable(path, words, "a smaller copy of it")


def _reason(path: Path, error: Exception) -> str:
    if isinstance(error, UnidentifiedImageError):
        return "a file that is not a picture of a known format"
    if isinstance(error, Image.DecompressionBombWarning | Image.DecompressionBombError):
        return f"more than {MAX_PIXELS:,} pixels"
    if isinstance(error, FileNotFoundError):
        return "a link to a file that does not exist" if path.is_symlink() else "no such file"
    if isinstance(error, OSError) and error.strerror:
        return f"a file that cannot be opened ({error.strerror})"
    if isinstance(error, MemoryError):
        return "more pixels than the memory holds"
    words = " ".join(str(error).split()) or type(error).__name__
    return f"a damaged or cut picture ({words[:120]})"


def _unreadable(path: Path, reason: str, hint: str = "replacing or removing it") -> DataError:
    return DataError(f"a readable picture at {shown(path)}", reason, hint)


def shown(path: Path | str) -> str:
    """Write a path so that it can be printed, even when its name is not valid UTF-8."""
    return str(path).encode("utf-8", "surrogateescape").decode("utf-8", "replace")
