"""Pictures inside the page: every pixel, and nothing private.

A JPEG is embedded as it is, less its metadata: where and when a photograph was taken must not
travel with a report. Everything else is embedded as PNG, which loses no pixel.
"""

import base64
import io
from pathlib import Path

from PIL import Image

from saccade.data.geometry import Geometry

_SOI, _SOS = 0xD8, 0xDA
# What colours need: JFIF, the colour profile, Adobe's mark of how CMYK and YCC are stored.
_KEPT_APPS = {0xE0, 0xE2, 0xEE}


def data_uri(path: Path, picture: Image.Image, geometry: Geometry) -> str:
    """Embed a picture as a data: address that a browser shows as the model was given it.

    Args:
        path: where the picture came from; it need not exist.
        picture: the upright RGB picture.
        geometry: of the picture.
    """
    if geometry.orientation == 1 and path.is_file():
        plain = without_metadata(path.read_bytes())
        if plain is not None and _shows_as(plain, picture):
            return f"data:image/jpeg;base64,{base64.b64encode(plain).decode()}"
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def without_metadata(data: bytes) -> bytes | None:
    """Take EXIF, XMP, comments and maker's notes out of a JPEG file; None when it is no JPEG."""
    if data[:2] != bytes((0xFF, _SOI)):
        return None
    kept, place = bytearray(data[:2]), 2
    while place + 4 <= len(data) and data[place] == 0xFF:
        marker = data[place + 1]
        end = place + 2 + int.from_bytes(data[place + 2 : place + 4])
        if marker == _SOS:
            return bytes(kept + data[place:])
        private = (0xE0 <= marker <= 0xEF and marker not in _KEPT_APPS) or marker == 0xFE
        if not private:
            kept += data[place:end]
        place = end
    return None


def _shows_as(data: bytes, picture: Image.Image) -> bool:
    with Image.open(io.BytesIO(data)) as image:
        return image.mode in ("RGB", "L") and image.size == picture.size
