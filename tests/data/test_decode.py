import os
import socket
import struct
import threading
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageOps

from saccade.data import decode
from saccade.data.decode import check_header, open_picture
from saccade.errors import DataError


def reason(path: Path) -> str:
    with pytest.raises(DataError) as caught:
        open_picture(path)
    assert str(caught.value).startswith(f"expected a readable picture at {path}, got ")
    return caught.value.got


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif", "webp"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_is_applied_as_pillow_does_and_inverted(tmp_path, suffix, orientation):
    pixels = np.zeros((24, 40, 3), np.uint8)
    pixels[0:8, 8:16] = 255  # one block at (12, 4) in the file
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    Image.fromarray(pixels).save(tmp_path / f"x.{suffix}", exif=exif)
    image, geometry = open_picture(tmp_path / f"x.{suffix}")
    with Image.open(tmp_path / f"x.{suffix}") as stored:
        assert np.array_equal(image, ImageOps.exif_transpose(stored).convert("RGB"))
    assert (geometry.stored, geometry.orientation) == ((40, 24), orientation)
    assert geometry.size == image.size
    x, y = geometry.to_model(12, 4)
    assert image.getpixel((int(x), int(y)))[0] > 200
    assert np.asarray(image).sum() < 1.5 * 64 * 3 * 255


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def test_a_bomb_is_refused_by_its_header(tmp_path):
    header = struct.pack(">IIBBBBB", 20_000, 20_000, 8, 2, 0, 0, 0)
    for side, words in ((20_000, "pixels"), (10_000, "10000 x 10000|more than 89,478,485")):
        header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
        body = chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")
        (tmp_path / "x.png").write_bytes(b"\x89PNG\r\n\x1a\n" + body)
        with pytest.raises(DataError, match=words):
            check_header(tmp_path / "x.png")
        assert "89,478,485" in reason(tmp_path / "x.png")


def test_bad_files_are_told_apart(tmp_path, picture):
    x = tmp_path / "x.jpg"
    picture(64, 64).save(x)
    x.write_bytes(x.read_bytes()[:1500])
    assert reason(x).startswith("a damaged or cut picture (image file is truncated")
    check_header(x)  # the header alone is good
    x.write_bytes(b"")
    assert reason(x) == "an empty file"
    x.write_text("not a picture at all")
    assert reason(x) == "a file that is not a picture of a known format"
    x.write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n")
    assert "known format" in reason(x)  # and no PostScript ran
    assert reason(tmp_path / "none.jpg") == "no such file"
    (tmp_path / "gone.jpg").symlink_to(tmp_path / "none.jpg")
    assert reason(tmp_path / "gone.jpg") == "a link to a file that does not exist"
    (tmp_path / "loop.jpg").symlink_to(tmp_path / "loop.jpg")
    assert "symbolic links" in reason(tmp_path / "loop.jpg")
    (tmp_path / "folder.jpg").mkdir()
    assert reason(tmp_path / "folder.jpg") == "a folder, not a file"
    assert "null" in reason(Path("a\0b.jpg"))


def test_pipes_and_sockets_do_not_wait(tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "pipe.jpg")
    assert reason(tmp_path / "pipe.jpg") == "a named pipe, not a file"
    monkeypatch.chdir(tmp_path)  # the name of a socket must be short
    with socket.socket(socket.AF_UNIX) as end:
        end.bind("socket.jpg")
        assert reason(Path("socket.jpg")) == "a socket, not a file"
    assert reason(Path("/dev/null")) == "a device, not a file"


def test_a_file_without_permission(tmp_path, picture, monkeypatch):
    picture(4, 4).save(tmp_path / "x.png")

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(decode.Image, "open", refuse)
    assert reason(tmp_path / "x.png") == "a file that cannot be opened (Permission denied)"


def test_warnings_of_pillow_stay_inside_and_filters_are_put_back(tmp_path, picture):
    picture(8, 8).save(tmp_path / "x.jpg", exif=b"Exif\0\0II*\0\x08\0\0\0\xff\0")  # damaged EXIF
    before = list(warnings.filters)
    image, geometry = open_picture(tmp_path / "x.jpg")
    assert (image.size, geometry.orientation) == ((8, 8), 1)
    assert warnings.filters == before


def test_threads_read_the_same(tmp_path, picture):
    picture(32, 32).save(tmp_path / "x.png")
    read = []
    threads = [
        threading.Thread(target=lambda: read.append(open_picture(tmp_path / "x.png")[0].tobytes()))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(read) == 8
    assert len(set(read)) == 1
