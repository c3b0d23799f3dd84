from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms

from saccade.data.decode import open_picture, read_picture, to_rgb
from saccade.errors import DataError


def first(image: Image.Image) -> tuple[int, ...]:
    rgb = to_rgb(image)
    assert rgb.mode == "RGB"
    return rgb.getpixel((0, 0))


def test_sixteen_bits_are_scaled_not_clipped(tmp_path):
    values = np.array([[0, 128, 129, 257, 32768, 65407, 65535]], np.uint16)
    expected = [0, 0, 1, 1, 128, 255, 255]
    Image.fromarray(values).save(tmp_path / "x.png")
    Image.fromarray(values).save(tmp_path / "x.tif")
    Image.fromarray(values.astype(np.int32)).save(tmp_path / "y.tif")
    (tmp_path / "x.pgm").write_bytes(b"P5 7 1 65535\n" + values.astype(">u2").tobytes())
    for name in ("x.png", "x.tif", "y.tif", "x.pgm"):
        image = open_picture(tmp_path / name)[0]
        assert [image.getpixel((x, 0))[1] for x in range(7)] == expected, name
    big = Image.frombytes("I;16B", (7, 1), values.astype(">u2").tobytes())
    assert np.asarray(to_rgb(big))[0, :, 0].tolist() == expected


def test_floats_are_scaled_in_their_range_only(tmp_path):
    Image.fromarray(np.array([[0, 0.5, 1]], np.float32)).save(tmp_path / "x.tif")
    assert np.asarray(open_picture(tmp_path / "x.tif")[0])[0, :, 0].tolist() == [0, 128, 255]
    for wrong in (-0.1, 1.5, np.nan, np.inf):
        Image.fromarray(np.array([[0, wrong]], np.float32)).save(tmp_path / "x.tif")
        with pytest.raises(DataError, match="no agreed range"):
            open_picture(tmp_path / "x.tif")


@given(st.integers(0, 65535))
def test_each_deep_value_is_rounded_to_the_nearest(value):
    image = Image.frombytes("I;16", (1, 1), np.uint16(value).tobytes())
    assert first(image) == (round(value * 255 / 65535),) * 3


def test_opaque_modes():
    assert first(Image.new("1", (2, 2), 1)) == (255,) * 3
    assert first(Image.new("L", (2, 2), 77)) == (77,) * 3
    assert first(Image.new("CMYK", (2, 2), (0, 255, 255, 0))) == (255, 0, 0)
    assert first(Image.new("YCbCr", (2, 2), (128, 128, 128))) == (128,) * 3
    assert first(Image.new("HSV", (2, 2), (0, 0, 200))) == (200,) * 3
    palette = Image.new("P", (2, 2), 1)
    palette.putpalette([0, 0, 0, 10, 20, 30])
    assert first(palette) == (10, 20, 30)
    lab = ImageCms.profileToProfile(
        Image.new("RGB", (2, 2), (200, 100, 50)),
        ImageCms.createProfile("sRGB"),
        ImageCms.createProfile("LAB"),
        outputMode="LAB",
    )
    assert first(lab) == pytest.approx((200, 100, 50), abs=4)


def test_transparent_pixels_lie_over_white():
    assert first(Image.new("RGBA", (2, 2), (0, 0, 0, 0))) == (255,) * 3
    assert first(Image.new("RGBA", (2, 2), (0, 100, 255, 255))) == (0, 100, 255)
    assert first(Image.new("LA", (2, 2), (0, 51))) == (204,) * 3
    assert first(Image.new("RGBa", (2, 2), (0, 0, 0, 0))) == (255,) * 3
    assert first(Image.new("La", (2, 2), (0, 0))) == (255,) * 3
    layered = Image.new("PA", (2, 2), (1, 0))
    layered.putpalette([0, 0, 0, 10, 20, 30])
    assert first(layered) == (255,) * 3


@pytest.mark.parametrize("mode", ["P", "L", "RGB"])
def test_a_transparent_colour_of_a_png_lies_over_white(tmp_path: Path, mode):
    image = Image.new("RGB", (2, 1), (9, 9, 9)).convert(mode)
    seen = {"P": 1, "L": 200, "RGB": (200, 200, 200)}[mode]
    if mode == "P":
        image = Image.new("P", (2, 1), 0)
        image.putpalette([9, 9, 9, 200, 200, 200])
    image.putpixel((1, 0), seen)
    image.save(tmp_path / "x.png", transparency={"P": 0, "L": 9, "RGB": (9, 9, 9)}[mode])
    decoded = read_picture(tmp_path / "x.png")
    assert (decoded.mode, decoded.transparent) == (mode, True)
    assert [decoded.image.getpixel((x, 0)) for x in (0, 1)] == [(255,) * 3, (200,) * 3]


def test_an_animation_gives_its_first_picture(tmp_path: Path):
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / "x.gif", save_all=True, append_images=frames[1:])
    frames[0].save(tmp_path / "x.png", save_all=True, append_images=frames[1:])
    for name in ("x.gif", "x.png"):
        assert open_picture(tmp_path / name)[0].getpixel((0, 0)) == (255, 0, 0)
