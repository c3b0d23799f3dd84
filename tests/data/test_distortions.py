"""Random distortions: their ranges, their chances, and as a source of pictures."""

import gzip
import struct

import numpy as np
import pytest
import torch
from PIL import Image

from saccade.data.augmentation import Augmentation
from saccade.data.batches import Batches
from saccade.data.distortions import (
    DISTORTIONS,
    DistortedImages,
    distorted_of,
    elastic,
    projected,
    rotated,
    rotated_translated_scaled,
)
from saccade.data.images import open_images
from saccade.data.picture_warps import placed, stretched
from saccade.data.sets import ArrayImages, Splits
from saccade.data.transforms import Preprocessing
from saccade.errors import ConfigError

each_kind = pytest.mark.parametrize("kind", list(DISTORTIONS))


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def digits(count: int = 4, side: int = 12) -> ArrayImages:
    """Pictures with a bright square away from the middle."""
    pixels = np.zeros((count, side, side), np.uint8)
    pixels[:, 3:7, 4:10] = 200
    return ArrayImages("train", ("a", "b"), [0, 1] * (count // 2), pixels=pixels)


def test_no_strength_changes_nothing(generator):
    pictures = torch.rand(3, 9, 8, generator=generator)
    made = [
        rotated(pictures, generator, degrees=0),
        projected(pictures, generator, scale=(1, 1), deviation=0),
        elastic(pictures, generator, scale=(1, 1), deviation=0),
        rotated_translated_scaled(pictures, generator, degrees=0, scale=(1, 1), size=(9, 8)),
    ]
    for one in made:
        torch.testing.assert_close(one, pictures, atol=1e-5, rtol=0)


@each_kind
def test_the_same_seed_gives_the_same_pictures(kind):
    pictures = torch.from_numpy(digits().pixels)
    first, again = (DISTORTIONS[kind](pictures, seeded()) for _ in range(2))
    assert torch.equal(first, again)
    assert not torch.equal(first, DISTORTIONS[kind](pictures, seeded(1)))
    assert not torch.equal(first[0], first[1])  # each has its own chance
    assert first.shape == ((4, 18, 18) if kind == "rts" else (4, 12, 12))
    assert first.dtype == torch.uint8


def centres(pictures: torch.Tensor) -> torch.Tensor:
    """Centres of light (n xy) in pixels from the middle."""
    height, width = pictures.shape[-2:]
    light = pictures.double()
    x = torch.arange(width) - (width - 1) / 2
    y = torch.arange(height) - (height - 1) / 2
    both = torch.stack([(light.sum(1) * x).sum(1), (light.sum(2) * y).sum(1)], dim=1)
    return both / light.sum((1, 2))[:, None]


def test_angles_are_even_and_within_the_range():
    picture = torch.zeros(400, 31, 31)
    picture[:, 13:18, 24:29] = 1.0  # to the right of the middle
    found = centres(rotated(picture, seeded(), degrees=60))
    degrees = torch.rad2deg(torch.atan2(found[:, 1], found[:, 0]))
    assert 55 < float(degrees.max()) <= 60.5
    assert -60.5 <= float(degrees.min()) < -55
    assert abs(float(degrees.mean())) < 6  # the standard error is 1.7
    assert abs(float(degrees.std()) - 120 / 12**0.5) < 3


def test_a_moved_frame_stays_inside():
    picture = torch.ones(300, 10, 10)
    made = rotated_translated_scaled(picture, seeded(), degrees=0, scale=(0.7, 1.2))
    assert made.shape == (300, 15, 15)
    light = made.sum((1, 2))
    assert 48 < float(light.min()) < 55  # 7 x 7
    assert 135 < float(light.max()) < 146  # 12 x 12: none of it is cut off
    found = centres(made)
    assert float(found.abs().max()) <= (15 - 7) / 2
    assert bool((found.abs().amax(0) > 2.5).all())
    assert bool((found.mean(0).abs() < 0.5).all())


def test_corners_move_by_the_deviation():
    """The draws themselves: of a whole lit picture the lit area is that of the quadrilateral."""
    picture = torch.ones(400, 20, 20)
    area = projected(picture, seeded(), scale=(0.75, 0.75), deviation=0.0).mean((1, 2))
    torch.testing.assert_close(area, torch.full((400,), 0.75**2), atol=0.02, rtol=0)
    spread = projected(picture, seeded(), scale=(0.75, 0.75), deviation=0.05).mean((1, 2))
    # Each corner moves the area by half of 0.75 on each axis, as a share: 0.375 · 0.05 · sqrt(8).
    assert float(spread.std()) == pytest.approx(0.375 * 0.05 * 8**0.5, rel=0.2)


def test_projected_is_the_stretch_of_its_draws():
    picture = torch.rand(1, 14, 14, generator=seeded(3))
    chance = seeded(7)
    scale = 0.75 + 0.25 * torch.rand(1, generator=chance)
    moves = torch.randn(1, 4, 2, generator=chance) * 5 / 28 * 14
    frame = torch.tensor([[-7.0, -7.0], [7.0, -7.0], [-7.0, 7.0], [7.0, 7.0]])
    made = projected(picture, seeded(7))
    torch.testing.assert_close(made, stretched(picture, scale * frame + moves))


def test_elastic_bends_what_is_straight():
    bars = torch.zeros(50, 28, 28)
    bars[:, :, 13:15] = 1.0
    made = elastic(bars, seeded(), scale=(1, 1))
    x = torch.arange(28.0)
    made = made[:, 6:22]  # rows that all show the bar
    tracks = (made * x).sum(2) / made.sum(2)
    assert 0.7 < float((tracks - 13.5).std()) < 2.0  # control points move by 1.5 pixels
    lines = tracks[:, [0]] + (tracks[:, [-1]] - tracks[:, [0]]) * torch.arange(16.0) / 15
    assert float((tracks - lines).abs().amax(1).mean()) > 0.5


@pytest.mark.parametrize(
    ("make", "options", "words"),
    [
        (rotated, {"degrees": -1.0}, "degrees of 0 or more"),
        (rotated_translated_scaled, {"scale": (1.2, 0.7)}, "a least above 0 to a most"),
        (projected, {"scale": (0.0, 1.0)}, "a least above 0 to a most"),
        (elastic, {"deviation": -0.1}, "a deviation of 0 or more"),
    ],
)
def test_what_cannot_work(make, options, words, generator):
    with pytest.raises(ConfigError, match=words):
        make(torch.zeros(1, 4, 4), generator, **options)


@each_kind
def test_a_set_is_fixed_to_measure_and_new_to_learn_from(kind):
    images = DistortedImages(digits(), kind)
    loaded = np.asarray(images.load(1).raw)
    assert np.array_equal(loaded, images.load(1).raw)
    first, again, other = (np.asarray(images.drawn(1, chance).raw) for chance in "aab")
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert not np.array_equal(first, loaded)
    picture = images.load(1)
    side = 18 if kind == "rts" else 12
    assert loaded.shape == (side, side, 3)
    assert picture.geometry.size == (side, side)
    assert (picture.label, picture.name) == (1, f"distorted-{kind}:train/1")


def test_a_part_of_a_set_is_distorted_as_before():
    images = DistortedImages(digits(), "e")
    part = images.subset("val", [2, 0])
    assert len(part) == 2
    assert (part.name, part.labels) == ("val", [0, 0])
    assert np.array_equal(part.load(0).raw, images.load(2).raw)
    assert np.array_equal(part.drawn(0, "x").raw, images.drawn(2, "x").raw)


def test_each_epoch_has_new_pictures():
    images = DistortedImages(digits(), "r")
    preprocessing = Preprocessing(img_size=(12, 12), in_chans=1)
    read = Batches(images, preprocessing, batch_size=4, seed=0, augmentation=Augmentation())
    first, again, second = (next(read.epoch(number)) for number in (0, 0, 1))
    order, other = (torch.tensor(batch.indices).argsort() for batch in (first, second))
    assert torch.equal(first.images, again.images)
    assert not torch.equal(first.images[order], second.images[other])
    measured = Batches(images, preprocessing, batch_size=4)
    one, two = (next(measured.epoch(number)).images for number in (0, 1))
    assert torch.equal(one, two)


def write_idx(folder, count: int) -> None:
    pixels = np.zeros((count, 12, 12), np.uint8)
    pixels[:, 3:9, 5:7] = 255
    labels = np.arange(count, dtype=np.uint8) % 2
    for ending, array in (("images-idx3", pixels), ("labels-idx1", labels)):
        header = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
        with gzip.open(folder / f"train-{ending}-ubyte.gz", "wb") as file:
            file.write(header + array.tobytes())


def test_a_folder_of_digits_is_opened_distorted(tmp_path):
    write_idx(tmp_path, 20)
    splits = open_images(f"distorted-r:{tmp_path}", val_fraction=0.2)
    plain = open_images(str(tmp_path), val_fraction=0.2)
    for part in ("train", "val"):
        images = splits.part(part)
        assert images.labels == plain.part(part).labels
        assert isinstance(images, DistortedImages)
        assert images.picture_name(0).startswith("distorted-r:")
    assert splits.classes == ("0", "1")


def test_scenes_can_be_distorted():
    images = open_images("distorted-e:translated-20:digits").part("test")
    assert images.load(0).raw.shape == (20, 20, 3)


def test_colour_pictures_keep_their_colours(tmp_path):
    for name, colour in (("a", (200, 0, 0)), ("b", (0, 200, 0))):
        for part in ("train", "val"):
            (tmp_path / part / name).mkdir(parents=True)
            Image.new("RGB", (16, 10), colour).save(tmp_path / part / name / "1.png")
    found = open_images(f"distorted-rts:{tmp_path}").part("val").load(0).raw
    assert found.shape == (15, 24, 3)
    assert found[..., 0].max() == 200
    assert found[..., 1:].max() == 0


@pytest.mark.parametrize("name", ["distorted-x", "distorted-", "distorted-R"])
def test_a_distortion_that_is_unknown(name):
    with pytest.raises(ConfigError, match=f"got '{name}'; try distorted-rts"):
        distorted_of(Splits(digits(), None, None, ("a", "b")), name)


@pytest.mark.shared_data
def test_real_digits_keep_their_light(shared_data):
    images = open_images(str(shared_data / "mnist"), val_fraction=0.01).part("val")
    assert isinstance(images, ArrayImages)
    pictures = torch.from_numpy(images.pixels[images.rows[:100]]).float()
    turned = rotated(pictures, seeded())
    light = turned.sum((1, 2)) / pictures.sum((1, 2))
    assert 0.97 < float(light.min()) < float(light.max()) < 1.03  # none leaves the picture
    back = placed(
        placed(pictures, degrees=torch.full((100,), 90.0)), degrees=-torch.full((100,), 90.0)
    )
    torch.testing.assert_close(back, pictures, atol=0.05, rtol=0)
