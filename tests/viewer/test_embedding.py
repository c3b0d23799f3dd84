import base64
import io
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image

from saccade.data.decode import open_picture
from saccade.viewer.embedding import data_uri, without_metadata


def photograph(path: Path, orientation: int = 1, mode: str = "RGB") -> Path:
    """A JPEG that says where it was taken."""
    pixels = np.linspace(0, 255, 24 * 16 * 3).reshape(16, 24, 3).astype(np.uint8)
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    exif[ExifTags.Base.Make] = "SECRETCAMERA"
    image = Image.fromarray(pixels).convert(mode)
    image.save(path, exif=exif, comment=b"SECRETPLACE", quality=95)
    return path


def embedded(path: Path) -> tuple[str, bytes]:
    head, data = data_uri(path, *open_picture(path)).split(",", 1)
    return head, base64.b64decode(data)


def test_a_jpeg_keeps_its_pixels_and_loses_its_metadata(tmp_path: Path) -> None:
    path = photograph(tmp_path / "a.jpg")
    head, data = embedded(path)
    assert head == "data:image/jpeg;base64"
    assert b"SECRET" in path.read_bytes()
    assert b"SECRET" not in data
    with Image.open(path) as before, Image.open(io.BytesIO(data)) as after:
        assert np.array_equal(np.asarray(before), np.asarray(after))


def test_what_a_browser_would_show_otherwise_becomes_png(tmp_path: Path) -> None:
    for path in (
        photograph(tmp_path / "turned.jpg", orientation=6),
        photograph(tmp_path / "print.jpg", mode="CMYK"),
    ):
        head, data = embedded(path)
        assert head == "data:image/png;base64"
        assert b"SECRET" not in data
        with Image.open(io.BytesIO(data)) as after:
            assert np.array_equal(np.asarray(after), np.asarray(open_picture(path)[0]))


def test_other_bytes_are_no_jpeg() -> None:
    assert without_metadata(b"") is None
    assert without_metadata(b"\x89PNG") is None
    assert without_metadata(b"\xff\xd8\xff\xe1\x00") is None
