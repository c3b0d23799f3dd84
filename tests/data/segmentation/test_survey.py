"""Looking at all label maps: counts, and errors that name the file."""

import zipfile

import numpy as np
import pytest
from PIL import Image

from saccade.data.segmentation.sets import open_label_maps
from saccade.data.segmentation.survey import survey
from saccade.errors import DataError
from tests.pixel_scenes import scene, write_scenes


def test_counts(tmp_path) -> None:
    ticks: list[int] = []
    train = open_label_maps(write_scenes(tmp_path, {"train": 3}), val_fraction=0.0)["train"]
    found = survey(train, tick=ticks.append)
    every = np.stack([scene(number)[1] for number in range(3)])
    assert found.pixels == tuple(int((every == index).sum()) for index in range(3))
    assert found.pictures == (3, 3, 3)
    assert (found.void, found.size, ticks) == (3 * 32, (32, 24), [1, 2, 3])


def test_the_hash_hears_a_pixel(tmp_path) -> None:
    root = write_scenes(tmp_path, {"train": 2})
    before = survey(open_label_maps(root, val_fraction=0.0)["train"]).hash
    ids = scene(0)[1]
    ids[5, 5] = (ids[5, 5] + 1) % 3
    Image.fromarray(ids).save(root / "trainannot/00.png")
    assert survey(open_label_maps(root, val_fraction=0.0)["train"]).hash != before


def test_what_cannot_be_decoded_is_left_out(tmp_path) -> None:
    root = write_scenes(tmp_path, {"train": 2})
    (root / "train/00.png").write_bytes(b"nothing")
    found = survey(open_label_maps(root, val_fraction=0.0)["train"])
    assert (len(found.kept), found.bad[0].name) == (1, "train/00.png")


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (np.zeros((24, 31), np.uint8), r"trainannot/01.png, got 31 x 24"),
        (np.full((24, 32), 77, np.uint8), r"trainannot/01.png, got ids 77"),
    ],
)
def test_wrong_maps_are_errors(labels: np.ndarray, words: str, tmp_path) -> None:
    root = write_scenes(tmp_path, {"train": 2})
    Image.fromarray(labels).save(root / "trainannot/01.png")
    with pytest.raises(DataError, match=words):
        survey(open_label_maps(root, val_fraction=0.0)["train"])


def test_only_void(tmp_path) -> None:
    root = write_scenes(tmp_path, {"train": 1})
    Image.fromarray(np.full((24, 32), 3, np.uint8)).save(root / "trainannot/00.png")
    with pytest.raises(DataError, match=r"label maps to use in train, got only void pixels"):
        survey(open_label_maps(root, val_fraction=0.0)["train"])


@pytest.mark.shared_data
def test_street_scenes(shared_data, tmp_path) -> None:
    with zipfile.ZipFile(shared_data / "camvid" / "camvid240_share.zip") as packed:
        packed.extractall(tmp_path)
    parts = open_label_maps(tmp_path)
    assert {name: len(part) for name, part in parts.items()} == {"train": 367, "val": 101}
    found = survey(parts["val"])
    assert found.size == (240, 180)
    assert found.bad == ()
    assert len(found.pixels) == 11  # what is void is no class
    assert sum(found.pixels) + found.void == 101 * 240 * 180
    pixels = np.stack([np.asarray(Image.open(path)) for path in parts["val"].labels])
    assert found.void == int((pixels == 11).sum())
    assert found.pixels == tuple(int((pixels == index).sum()) for index in range(11))
