"""One picture file in, one upright 8-bit RGB picture out, or one sentence why not.

The EXIF orientation is applied, 16-bit and float pixels are scaled instead of clipped, and
transparent pixels are laid over white. Only formats that are pictures and nothing else are read:
a PostScript file named .jpg is refused, because reading it would run a program. Where simplejpeg
is installed it decodes plain JPEG files, to the same pixels; Pillow decodes everything else.
"""

import stat
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from saccade.data import jpeg
from saccade.data.geometry import Geometry
from saccade.data.orientation import TURNS, geometry_of, noted
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
        raw: upright, 8-bit RGB: a picture, or its pixels as uint8 (h w 3).
        geometry: from the stored pixels to the upright ones.
        mode: Pillow's name of the stored pixels, such as "L", "I;16" or "CMYK".
        transparent: True where the file can hold transparent pixels.
    """

    raw: Image.Image | np.ndarray
    geometry: Geometry
    mode: str
    transparent: bool

    @property
    def image(self) -> Image.Image:
        """The picture, upright, 8-bit RGB."""
        return as_image(self.raw)


def as_image(raw: Image.Image | np.ndarray) -> Image.Image:
    """Make a picture of pixels, uint8 (h w 3); a picture is given back as it is."""
    return raw if isinstance(raw, Image.Image) else Image.fromarray(raw)


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
    quick = _read_jpeg(_jpeg_bytes(path), shown(path)) if jpeg.available() else None
    return quick or _read(path, shown(path))


def decode_picture(data: bytes, name: str) -> Decoded:
    """Read a picture out of the bytes of its file.

    Args:
        data: the file.
        name: what to call it in an error.

    Raises:
        DataError: it cannot be read; `got` says why.
    """
    quick = _read_jpeg(data, name) if jpeg.available() else None
    return quick or _read(data, name)


def _read(source: Path | bytes, name: str) -> Decoded:
    with _opened(source, name) as image:
        # TIFF is turned upright while it loads and forgets its orientation; PNG may store it last.
        before = noted(image) if image.format == "TIFF" else 1
        image.load()
        after = noted(image)
        mode, transparent = image.mode, image.has_transparency_data
        upright = to_rgb(image)
        if after in TURNS:
            upright = upright.transpose(TURNS[after])
    orientation = after if after in TURNS else before
    return Decoded(upright, geometry_of(upright, orientation), mode, transparent)


def _jpeg_bytes(path: Path) -> bytes:
    """Read a file if it begins as a JPEG file does; nothing of any other, nor of what is none."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return b""
        with path.open("rb") as file:
            start = file.read(3)
            return start + file.read() if start == jpeg.START else b""
    except (OSError, ValueError):
        return b""


def _read_jpeg(data: bytes, name: str) -> Decoded | None:
    """Decode a plain JPEG file; None when Pillow has to look at it."""
    header = jpeg.read_header(data) if data.startswith(jpeg.START) else None
    if header is None or header.width * header.height > MAX_PIXELS:
        return None
    pixels = jpeg.decode(data)
    if pixels is None:
        return None
    orientation = 1
    if header.exif:
        with _opened(data, name) as image:
            orientation = noted(image)
    if orientation == 1:
        geometry = Geometry.of((header.width, header.height))
        return Decoded(pixels, geometry, header.mode, transparent=False)
    upright = Image.fromarray(pixels).transpose(TURNS[orientation])
    return Decoded(upright, geometry_of(upright, orientation), header.mode, transparent=False)


def check_header(path: Path) -> None:
    """Read only the header of a picture.

    Raises:
        DataError: the file is no picture, is too large or cannot be opened.
    """
    with _opened(path, shown(path)):
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


@contextmanager
def _opened(source: Path | bytes, name: str) -> Iterator[Image.Image]:
    """Open a picture so that whatever goes wrong inside becomes a DataError."""
    try:
        _check_file(source, name)
        with _warnings_lock, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            file = source if isinstance(source, Path) else BytesIO(source)
            with Image.open(file, formats=FORMATS) as image:
                _check_size(name, image.size)
                yield image
    except DataError as error:
        if error.expected.startswith("a readable picture"):
            raise
        raise _unreadable(name, error.got, error.hint) from error
    except Exception as error:  # Pillow raises a dozen kinds on damaged files
        raise _unreadable(name, _reason(source, error)) from error


def _check_file(source: Path | bytes, name: str) -> None:
    if not source:
        raise _unreadable(name, "an empty file")
    if isinstance(source, bytes):
        return
    # Opening a named pipe would wait for ever, so the kind of file is asked first.
    found = source.stat()
    for is_kind, words in _KINDS:
        if is_kind(found.st_mode):
            raise _unreadable(name, words)
    if not stat.S_ISREG(found.st_mode):
        raise _unreadable(name, "a device, not a file")
    if found.st_size == 0:
        raise _unreadable(name, "an empty file")


def _check_size(name: str, size: tuple[int, int]) -> None:
    if size[0] * size[1] > MAX_PIXELS:
        words = f"{size[0]} x {size[1]} pixels, more than {MAX_PIXELS:,}"
        raise _unreadable(name, words, "a smaller copy of it")


def _reason(source: Path | bytes, error: Exception) -> str:
    if isinstance(error, UnidentifiedImageError):
        return "a file that is not a picture of a known format"
    if isinstance(error, Image.DecompressionBombWarning | Image.DecompressionBombError):
        return f"more than {MAX_PIXELS:,} pixels"
    if isinstance(error, FileNotFoundError):
        link = isinstance(source, Path) and source.is_symlink()
        return "a link to a file that does not exist" if link else "no such file"
    if isinstance(error, OSError) and error.strerror:
        return f"a file that cannot be opened ({error.strerror})"
    if isinstance(error, MemoryError):
        return "more pixels than the memory holds"
    words = " ".join(str(error).split()) or type(error).__name__
    return f"a damaged or cut picture ({words[:120]})"


def _unreadable(name: str, reason: str, hint: str = "replacing or removing it") -> DataError:
    return DataError(f"a readable picture at {name}", reason, hint)


def shown(path: Path | str) -> str:
    """Write a path so that it can be printed, even when its name is not valid UTF-8."""
    try:
        return str(path).encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    except UnicodeEncodeError:  # half of a character, as JSON can write it: no name of a file
        return str(path).encode("utf-8", "replace").decode()
