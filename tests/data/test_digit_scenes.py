from collections import Counter

import numpy as np
import pytest
import torch

from saccade.data.augmentation import Augmentation
from saccade.data.batches import Batches
from saccade.data.digit_scenes import DigitScenes, cluttered, scenes_of, translated
from saccade.data.images import open_images
from saccade.data.sets import ArrayImages, Splits
from saccade.data.transforms import Preprocessing
from saccade.errors import ConfigError, DataError, ShapeError


def _digits(count: int, side: int = 5) -> torch.Tensor:
    """Pictures of which every pixel is lit and tells its place."""
    return (torch.arange(count * side * side).reshape(count, side, side) % 200 + 1).byte()


def _find(scene: torch.Tensor, digit: torch.Tensor) -> list[tuple[int, int]]:
    height, width = digit.shape
    return [
        (row, column)
        for row in range(scene.shape[0] - height + 1)
        for column in range(scene.shape[1] - width + 1)
        if scene[row : row + height, column : column + width].equal(digit)
    ]


@pytest.mark.parametrize("size", [9, (7, 12)])
def test_a_digit_lies_whole_in_one_place_and_all_else_is_black(size, generator):
    digits = _digits(20)
    scenes = translated(digits, size, generator)
    assert scenes.shape[1:] == ((size, size) if isinstance(size, int) else size)
    assert scenes.dtype == torch.uint8
    for digit, scene in zip(digits, scenes, strict=True):
        assert len(_find(scene, digit)) == 1
        assert scene.sum() == digit.sum()


def test_every_place_is_equally_likely(generator):
    digits = _digits(1).expand(5400, 5, 5)
    scenes = translated(digits, (6, 7), generator)
    places = Counter(_find(scene, digits[0])[0] for scene in scenes)
    assert set(places) == {(row, column) for row in range(2) for column in range(3)}
    assert all(abs(count - 900) < 5 * 900**0.5 for count in places.values())


def test_a_digit_as_large_as_the_picture_fills_it(generator):
    digits = _digits(3)
    assert translated(digits, 5, generator).equal(digits)
    assert cluttered(digits, 5, 0, generator).equal(digits)


def test_pieces_are_cut_from_other_digits(generator):
    """Digit k is lit with 10 k: what is added is a square of another digit's light."""
    digits = torch.stack([torch.full((5, 5), 10 * (k + 1), dtype=torch.uint8) for k in range(4)])
    scenes = cluttered(digits, 40, 1, generator, piece=3)
    for k, scene in enumerate(scenes):
        own = 10 * (k + 1)
        rest = int(scene.sum()) - 25 * own
        assert rest in {9 * 10 * (j + 1) for j in range(4) if j != k}


def test_the_pixels_of_a_piece_keep_their_order(generator):
    donor = _digits(1)
    black = torch.zeros(50, 5, 5, dtype=torch.uint8)
    scenes = cluttered(black, 11, 1, generator, piece=3, donors=donor)
    pieces = [donor[0, i : i + 3, j : j + 3] for i in range(3) for j in range(3)]
    found = Counter(k for s in scenes for k, piece in enumerate(pieces) if _find(s, piece))
    assert sum(found.values()) == 50
    assert len(found) == 9  # every cut is drawn


@pytest.mark.parametrize(("kind", "white"), [(torch.uint8, 255), (torch.float32, 1.0)])
def test_light_adds_up_to_white_at_most(kind, white, generator):
    digits = torch.full((6, 8, 8), white, dtype=kind)
    scenes = cluttered(digits, 12, 5, generator)
    assert scenes.dtype == kind
    assert set(scenes.unique().tolist()) == {0, white}
    half = (digits / 4).to(kind)
    assert cluttered(half, 8, 1, generator, piece=8).eq(half * 2).all()


def test_a_seed_gives_the_same_scenes_again():
    digits = _digits(4, 8)
    same = [cluttered(digits, 30, 4, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2)]
    assert same[0].equal(same[1])
    assert not same[0].equal(same[2])


def test_one_digit_alone_is_its_own_donor(generator):
    assert cluttered(_digits(1, 8), 30, 4, generator).shape == (1, 30, 30)
    assert translated(_digits(0, 8), 30, generator).shape == (0, 30, 30)


def test_what_cannot_be_placed_is_refused(generator):
    with pytest.raises(ShapeError, match=r"hold a digit of 5x5 pixels, got 4x9"):
        translated(_digits(2), (4, 9), generator)
    with pytest.raises(ShapeError, match=r"grey digits \(n h w\)"):
        translated(_digits(2)[:, None], 9, generator)
    with pytest.raises(ShapeError, match="of int64"):
        translated(_digits(2).long(), 9, generator)
    with pytest.raises(ConfigError, match="side from 1 to 5, got 4 of 8"):
        cluttered(_digits(2), 20, 4, generator)
    with pytest.raises(ConfigError, match="0 or more pieces"):
        cluttered(_digits(2, 8), 20, -1, generator)


def _set(side: int = 8, count: int = 12) -> ArrayImages:
    pixels = _digits(count, side).numpy()
    return ArrayImages("train", ("a", "b"), [0, 1] * (count // 2), pixels=pixels, source="toy")


def test_a_set_gives_one_scene_to_measure_by_and_new_ones_to_learn_from():
    scenes = DigitScenes(_set(), size=20, pieces=2)
    first, again = scenes.load(3), scenes.load(3)
    assert np.array_equal(first.raw, again.raw)
    assert first.raw.shape == (20, 20, 3)
    assert first.geometry.size == (20, 20)
    assert (first.label, first.name) == (1, "cluttered-20-2:toy/3")
    assert np.array_equal(scenes.drawn(3, "0/1/3").raw, scenes.drawn(3, "0/1/3").raw)
    assert not np.array_equal(scenes.drawn(3, "0/1/3").raw, scenes.drawn(3, "0/2/3").raw)


def test_a_scene_belongs_to_its_digit_in_every_subset():
    scenes = DigitScenes(_set(), size=20, pieces=0)
    part = scenes.subset("val", [5, 2])
    assert isinstance(part, DigitScenes)
    assert part.labels == [1, 0]
    assert np.array_equal(part.load(0).raw, scenes.load(5).raw)
    assert part.picture_name(1) == "translated-20:toy/2"


def test_batches_to_learn_from_change_every_epoch_and_others_never():
    scenes = DigitScenes(_set(), size=20, pieces=1)
    pixels = Preprocessing(img_size=(20, 20), in_chans=1)
    still = Batches(scenes, pixels, batch_size=12)
    assert next(still.epoch(0)).images.equal(next(still.epoch(1)).images)
    moving = Batches(scenes, pixels, batch_size=12, seed=0, augmentation=Augmentation())
    epochs = [next(moving.epoch(number)) for number in (0, 0, 1)]
    assert epochs[0].images.equal(epochs[1].images)
    sums = [sorted(epoch.images.long().sum((1, 2, 3)).tolist()) for epoch in epochs]
    assert sums[0] != sums[2]  # other pieces


@pytest.mark.parametrize(
    ("source", "side", "pieces"),
    [
        ("translated-20:digits", 20, 0),
        ("cluttered-30:digits", 30, 4),
        ("cluttered-9-1:digits", 9, 1),
    ],
)
def test_scenes_are_opened_by_name(source, side, pieces):
    splits, plain = open_images(source), open_images("digits")
    assert isinstance(splits.train, DigitScenes)
    assert (splits.train.size, splits.train.pieces) == (side, pieces)
    for part in ("train", "val", "test"):
        assert splits.part(part).labels == plain.part(part).labels
    assert splits.test.load(0).image.size == (side, side)


@pytest.mark.parametrize("name", ["translated-60-4", "cluttered-", "translated-99999", "moving-60"])
def test_scenes_that_do_not_exist_are_refused(name):
    with pytest.raises(ConfigError, match=r"translated-SIDE or cluttered-SIDE\[-PIECES\]"):
        scenes_of(Splits(_set(), None, None, ("a", "b")), name)


def test_pictures_that_are_no_digits_are_refused(tree):
    with pytest.raises(DataError, match=r"digits that fit scenes of 7x7 pixels, got 8x8 pixels"):
        open_images("translated-7:digits")
    with pytest.raises(DataError, match="pieces of 8 pixels"):
        scenes_of(Splits(_set(5), None, None, ("a", "b")), "cluttered-60")
    with pytest.raises(DataError, match="grey digits to make scenes of"):
        open_images(f"translated-60:{tree({'cat': 3, 'dog': 3})}")
