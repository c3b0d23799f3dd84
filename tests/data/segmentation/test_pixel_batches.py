"""Batches of pictures with label maps: repeatable, gone on with, broken pictures left out."""

import pytest
import torch

from saccade.data.segmentation.joint import JointChange
from saccade.data.segmentation.pixel_batches import PixelBatches
from saccade.data.segmentation.sets import PixelSet, open_label_maps
from saccade.data.transforms import Preprocessing
from saccade.errors import ConfigError
from tests.pixel_scenes import write_scenes

TO = Preprocessing(img_size=(16, 24), crop_mode="pad")


@pytest.fixture
def pictures(tmp_path) -> PixelSet:
    return open_label_maps(write_scenes(tmp_path, {"train": 5}), val_fraction=0.0)["train"]


def learning(pictures: PixelSet, **changes: int) -> PixelBatches:
    change = JointChange(zoom=0.5, flip=True)
    return PixelBatches(pictures, TO, batch_size=2, seed=1, change=change, **changes)


def test_an_epoch(pictures) -> None:
    batches = list(learning(pictures).epoch(0))
    assert [len(batch) for batch in batches] == [2, 2, 1]
    assert sorted(index for batch in batches for index in batch.indices) == list(range(5))
    assert batches[0].images.shape == (2, 3, 16, 24)
    assert batches[0].labels.shape == (2, 16, 24)
    assert (batches[0].count, batches[0].truths) == (2, ())


@pytest.mark.parametrize("workers", [0, 2])
def test_it_goes_on_where_it_stopped(pictures, workers: int) -> None:
    whole = list(learning(pictures).epoch(3))
    rest = list(learning(pictures, workers=workers).epoch(3, start=1))
    for one, other in zip(whole[1:], rest, strict=True):
        assert one.indices == other.indices
        assert torch.equal(one.images, other.images)
        assert torch.equal(one.labels, other.labels)
    another = next(learning(pictures).epoch(4))
    assert not torch.equal(another.images, whole[0].images)


def test_to_measure_maps_stay_as_they_are(pictures) -> None:
    (batch, *_) = PixelBatches(pictures, TO, batch_size=5).epoch(0)
    assert batch.labels is None
    assert [tuple(truth.shape) for truth in batch.truths] == [(24, 32)] * 5
    assert batch.indices == tuple(range(5))
    assert batch.geometries[0].upright == (32, 24)
    assert batch.names[0] == "train/00.png"


def test_a_broken_picture_is_left_out(pictures) -> None:
    pictures.paths[2].write_bytes(b"nothing")
    batches = PixelBatches(pictures, TO, batch_size=3)
    assert [len(batch) for batch in batches.epoch(0)] == [2, 2]
    assert [one.name for one in batches.bad] == ["train/02.png"]


def test_a_batch_of_broken_pictures_is_empty(pictures) -> None:
    for path in pictures.paths:
        path.write_bytes(b"nothing")
    (batch,) = PixelBatches(pictures, TO, batch_size=5).epoch(0)
    assert (len(batch), batch.images.shape) == (0, (0, 3, 16, 24))


def test_changes_need_a_seed(pictures) -> None:
    with pytest.raises(ConfigError, match=r"a seed and changes, or neither, got seed=1"):
        PixelBatches(pictures, TO, batch_size=2, seed=1)
