"""Whether the orientation that a camera noted is applied travels with a checkpoint."""

import random

import numpy as np
import pytest
import torch
from PIL import ExifTags, Image

from saccade.data.augmentation import Augmentation
from saccade.data.decode import open_picture
from saccade.data.geometry import Geometry
from saccade.data.orientation import as_stored
from saccade.data.transforms import Preprocessing
from saccade.errors import ConfigError

ORIENTATIONS = range(1, 9)


def write(path, orientation: int, size=(24, 16)) -> Image.Image:
    """Write a picture whose corner tells how it lies, with an orientation; give its pixels."""
    pixels = np.zeros((size[1], size[0], 3), np.uint8)
    pixels[: size[1] // 2, : size[0] // 2] = (250, 120, 30)
    pixels[-4:] = (10, 200, 90)
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    picture = Image.fromarray(pixels)
    picture.save(path, exif=exif, quality=95)
    return picture


@pytest.mark.parametrize("orientation", ORIENTATIONS)
@pytest.mark.parametrize("ending", ["jpg", "png", "tif"])
def test_a_picture_is_turned_back_as_it_lies_in_its_file(tmp_path, orientation, ending) -> None:
    path = tmp_path / f"x.{ending}"
    written = write(path, orientation)
    stored, geometry = as_stored(*open_picture(path))
    assert geometry == Geometry.of((24, 16))
    away = np.abs(np.asarray(stored, np.int16) - np.asarray(written, np.int16))
    assert away.mean() < (12 if ending == "jpg" else 0.001)


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_both_policies(tmp_path, orientation) -> None:
    write(tmp_path / "x.jpg", orientation)
    write(tmp_path / "plain.jpg", 1)
    opened = open_picture(tmp_path / "x.jpg")
    pixels = {"img_size": (8, 12), "crop_mode": "squash"}
    ignoring = Preprocessing(**pixels, exif="ignore")
    found, geometry = ignoring.apply(*opened)
    plain, flat = Preprocessing(**pixels).apply(*open_picture(tmp_path / "plain.jpg"))
    assert np.array_equal(found, plain)
    assert geometry == flat
    turned, upright = Preprocessing(**pixels).apply(*opened)
    assert (upright.orientation, geometry.orientation) == (orientation, 1)
    assert np.array_equal(turned, plain) == (orientation == 1)


def test_it_is_saved_and_checked() -> None:
    assert Preprocessing.from_dict({}).exif == "apply"
    saved = Preprocessing(exif="ignore").to_dict()
    assert saved["exif"] == "ignore"
    assert Preprocessing.from_dict(saved).exif == "ignore"
    with pytest.raises(ConfigError, match="expected exif apply or ignore, got maybe"):
        Preprocessing(exif="maybe")  # type: ignore[arg-type]


def test_training_pictures_follow_it(tmp_path) -> None:
    write(tmp_path / "x.jpg", 6)
    write(tmp_path / "plain.jpg", 1)
    changes = Augmentation(crop_scale=(0.3, 1.0), flip=True)
    cut = Preprocessing(img_size=(8, 12), exif="ignore")
    found, plain = (
        changes.apply(*open_picture(tmp_path / name), cut, random.Random(3))
        for name in ("x.jpg", "plain.jpg")
    )
    assert np.array_equal(found[0], plain[0])
    assert torch.from_numpy(found[0].copy()).shape == (3, 8, 12)
