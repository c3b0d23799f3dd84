import io
import zipfile

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageOps

from saccade.data import decode, jpeg
from saccade.data.decode import decode_picture, open_picture, read_picture
from saccade.errors import DataError


def jpeg_file(image: Image.Image, **options) -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG", **options)
    return file.getvalue()


@pytest.fixture
def without(monkeypatch):
    """Decode as where simplejpeg is not installed."""

    def decoded(data: bytes, name: str = "x"):
        with monkeypatch.context() as patch:
            patch.setattr(jpeg, "available", lambda: False)
            return decode_picture(data, name)

    return decoded


def told(decoder, data: bytes):
    """The pixels of a file, or why it is refused."""
    try:
        return decoder(data, "x").image.tobytes()
    except DataError as error:
        return str(error)


def quick(data: bytes) -> bool:
    return decode._read_jpeg(data, "x") is not None


@pytest.fixture(autouse=True)
def _installed(request):
    if "header" not in request.node.name:
        pytest.importorskip("simplejpeg")


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("subsampling", [0, 1, 2])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_pixels_are_those_of_pillow(picture, without, mode, subsampling, progressive):
    for width, height in ((1, 1), (17, 9), (64, 48), (33, 31)):
        image = picture(width, height).convert(mode)
        data = jpeg_file(image, quality=85, subsampling=subsampling, progressive=progressive)
        assert quick(data)
        got, want = decode_picture(data, "x"), without(data)
        assert isinstance(got.raw, np.ndarray)
        assert np.array_equal(got.image, want.image)
        assert (got.mode, got.transparent, got.geometry) == (mode, False, want.geometry)


def test_orientations_are_applied(picture, without):
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[ExifTags.Base.Orientation] = orientation
        data = jpeg_file(picture(24, 16), exif=exif)
        assert quick(data)
        got, want = decode_picture(data, "x"), without(data)
        assert np.array_equal(got.image, want.image)
        assert got.geometry == want.geometry
        with Image.open(io.BytesIO(data)) as stored:
            assert np.array_equal(got.image, ImageOps.exif_transpose(stored))


def test_what_is_odd_is_left_to_pillow(picture, without):
    plain = jpeg_file(picture(32, 32))
    frame = plain.index(b"\xff\xc0")
    odd = {
        "CMYK": jpeg_file(picture(32, 32).convert("CMYK")),
        "keeps RGB": jpeg_file(picture(32, 32), keep_rgb=True),
        "cut": plain[: len(plain) // 2],
        "two bytes short": plain[:-2],
        "a pad byte": plain[:2] + b"\xff" + plain[2:],
        "several pictures": plain[:2] + b"\xff\xe2\x00\x08MPF\0II" + plain[2:],
        "damaged": plain[:400] + bytes(40) + plain[440:],
        "no width": plain[: frame + 7] + b"\0\0" + plain[frame + 9 :],
        "sampled oddly": plain[: frame + 11] + b"\x41" + plain[frame + 12 :],
        "header only": plain[: frame + 4],
    }
    for what, data in odd.items():
        assert not quick(data), what
        assert told(decode_picture, data) == told(without, data), what


def test_header_by_hand(picture):
    data = jpeg_file(picture(20, 10), exif=b"Exif\0\0II*\0\x08\0\0\0\0\0")
    assert jpeg.read_header(data) == jpeg.Header(20, 10, "RGB", exif=True)
    assert jpeg.read_header(jpeg_file(picture(3, 4).convert("L"))) == jpeg.Header(3, 4, "L", False)
    assert jpeg.read_header(b"\xff\xd8\xff") is None
    assert jpeg.read_header(b"") is None


def test_a_bomb_is_refused_before_it_is_decoded(tmp_path, picture, monkeypatch):
    (tmp_path / "x.jpg").write_bytes(jpeg_file(picture(64, 64)))
    monkeypatch.setattr(decode, "MAX_PIXELS", 64 * 63)
    monkeypatch.setattr(jpeg, "decode", lambda _: pytest.fail("it was decoded"))
    with pytest.raises(DataError, match="64 x 64 pixels, more than 4,032"):
        read_picture(tmp_path / "x.jpg")


def test_a_file_and_its_bytes_are_read_the_same(tmp_path, picture):
    (tmp_path / "x.jpg").write_bytes(jpeg_file(picture(30, 20)))
    got = decode_picture((tmp_path / "x.jpg").read_bytes(), "x")
    assert np.array_equal(open_picture(tmp_path / "x.jpg")[0], got.image)


@pytest.mark.slow
def test_damaged_files_are_read_or_refused_as_by_pillow(picture, without):
    chances = np.random.default_rng(0)
    whole = jpeg_file(picture(40, 30), quality=60)
    for _ in range(1500):
        data = bytearray(whole)
        for place in chances.integers(2, len(data), chances.integers(1, 4)):
            data[place] = chances.integers(256)
        data = bytes(data[: chances.integers(len(data) // 2, 2 * len(data))])
        assert told(decode_picture, data) == told(without, data)


@pytest.mark.shared_data
@pytest.mark.parametrize(
    "archive",
    ["flowers/flowers224_share.zip", "imagenet_samples/imagenet_samples_share.zip"],
)
def test_photographs_are_decoded_to_the_same_pixels(shared_data, without, archive):
    taken = 0
    with zipfile.ZipFile(shared_data / archive) as files:
        for name in files.namelist():
            if name.lower().endswith((".jpg", ".jpeg")):
                data = files.read(name)
                assert np.array_equal(decode_picture(data, name).image, without(data).image), name
                taken += quick(data)
    assert taken > 0
