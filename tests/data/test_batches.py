import pickle
from functools import partial

import numpy as np
import pytest
import torch

from saccade.data import batches
from saccade.data.augmentation import Augmentation
from saccade.data.batches import Batches
from saccade.data.folders import open_class_folders
from saccade.data.sets import ArrayImages
from saccade.data.transforms import Preprocessing
from saccade.errors import ConfigError, DataError

SMALL = Preprocessing(img_size=(6, 6), in_chans=1)
LIVELY = Augmentation(shift=0.2, rotate=10, flip=True)


def array_set(count: int) -> ArrayImages:
    pixels = np.random.default_rng(0).integers(0, 256, (count, 6, 6), np.uint8)
    return ArrayImages("train", ("a", "b"), [i % 2 for i in range(count)], pixels=pixels)


def folder_set(tree, cut: tuple[int, ...] = ()):
    root = tree({"a": 5, "b": 5})
    images = open_class_folders(root, seed=0, val_fraction=0.0).train
    for index in cut:  # after scanning: the header stays good
        images.path(index).write_bytes(images.path(index).read_bytes()[:60])
    return images


def same(left, right) -> bool:
    return (
        torch.equal(left.images, right.images)
        and torch.equal(left.labels, right.labels)
        and (left.indices, left.names, left.geometries, left.bad, left.position)
        == (right.indices, right.names, right.geometries, right.bad, right.position)
    )


def all_same(left, right) -> bool:
    left, right = list(left), list(right)
    return len(left) == len(right) and all(map(same, left, right))


def test_in_order_by_hand():
    images = array_set(7)
    read = list(Batches(images, SMALL, batch_size=3).epoch())
    assert [batch.indices for batch in read] == [(0, 1, 2), (3, 4, 5), (6,)]
    assert [batch.position for batch in read] == [0, 1, 2]
    for batch in read:
        assert batch.images.dtype == torch.uint8
        for row, index in enumerate(batch.indices):
            assert np.array_equal(batch.images[row, 0], images.pixels[index])
            assert batch.labels[row] == index % 2
            assert batch.names[row] == f"train/{index}"


def test_each_epoch_holds_every_picture_once_in_another_order():
    loader = Batches(array_set(20), SMALL, batch_size=6, seed=5)
    orders = [[i for batch in loader.epoch(n) for i in batch.indices] for n in range(4)]
    assert all(sorted(order) == list(range(20)) for order in orders)
    assert len(set(map(tuple, orders))) == 4
    other = next(Batches(array_set(20), SMALL, batch_size=6, seed=6).epoch(0))
    assert list(other.indices) != orders[0][:6]


@pytest.mark.parametrize("workers", [0, 2])
def test_an_epoch_goes_on_where_it_stopped(tree, workers):
    images = folder_set(tree, cut=(2, 7))
    whole = list(Batches(images, SMALL, batch_size=3, seed=1, augmentation=LIVELY).epoch(4))
    again = Batches(images, SMALL, batch_size=3, seed=1, augmentation=LIVELY, workers=workers)
    for start in range(len(again) + 1):
        assert all_same(again.epoch(4, start=start), whole[start:])
    half = again.epoch(4)
    assert same(next(half), whole[0])
    half.close()
    assert all_same(again.epoch(4), whole)


def test_the_augmentation_depends_on_the_epoch_and_the_picture_only():
    images = array_set(12)
    by_batch = []
    for size, number in ((3, 0), (5, 0), (3, 1)):
        loader = Batches(images, SMALL, batch_size=size, seed=3, augmentation=LIVELY)
        read = list(loader.epoch(number))
        rows = [(b.indices[i], b.images[i].tolist()) for b in read for i in range(len(b))]
        by_batch.append(dict(rows))
    assert by_batch[0] == by_batch[1]
    assert by_batch[0] != by_batch[2]


def test_broken_pictures_are_left_out_and_named_once(tree):
    images = folder_set(tree, cut=(0, 1, 6))
    loader = Batches(images, SMALL, batch_size=2)
    for _ in range(2):
        read = list(loader.epoch())
        assert [len(batch) for batch in read] == [0, 2, 2, 1, 2]
        assert read[0].images.shape == (0, 1, 6, 6)
        assert read[0].labels.dtype == torch.int64
        assert [bad.name for bad in read[0].bad] == ["a/0.png", "a/1.png"]
    assert [bad.name for bad in loader.bad] == ["a/0.png", "a/1.png", "b/1.png"]
    assert all("cut" in bad.reason for bad in loader.bad)


@pytest.mark.parametrize("workers", [0, 1])
def test_a_broken_picture_fails_when_asked(tree, workers):
    images = folder_set(tree, cut=(9,))
    read = Batches(images, SMALL, batch_size=4, on_bad="fail", workers=workers).epoch()
    assert [len(next(read)), len(next(read))] == [4, 4]
    with pytest.raises(DataError, match=r"got b/4\.png: a damaged or cut picture"):
        next(read)


def test_workers_leave_the_global_chances_alone():
    before = torch.get_rng_state()
    list(Batches(array_set(4), SMALL, batch_size=2, seed=0, workers=1).epoch())
    assert torch.equal(torch.get_rng_state(), before)


def test_an_epoch_can_be_sent_to_a_process():
    loader = Batches(array_set(5), SMALL, batch_size=2, seed=0, augmentation=LIVELY)
    sent = pickle.loads(pickle.dumps(batches._Epoch(loader, 3)))
    assert all_same([sent[i] for i in range(3)], loader.epoch(3))


@pytest.mark.slow
def test_spawned_workers_give_the_same(monkeypatch):
    loader = Batches(array_set(9), SMALL, batch_size=2, seed=0, augmentation=LIVELY)
    expected = list(loader.epoch(1))
    spawning = partial(batches.DataLoader, multiprocessing_context="spawn")
    monkeypatch.setattr(batches, "DataLoader", spawning)
    loader.workers = 2
    assert all_same(loader.epoch(1), expected)


def test_a_set_smaller_than_the_batch():
    loader = Batches(array_set(3), SMALL, batch_size=64, seed=0)
    assert len(loader) == 1
    assert sorted(next(loader.epoch()).indices) == [0, 1, 2]
    assert list(Batches(array_set(0), SMALL, batch_size=2, workers=2).epoch()) == []


def test_options_that_cannot_work_are_refused():
    for options in ({"batch_size": 0}, {"workers": -1}, {"augmentation": LIVELY}):
        with pytest.raises(ConfigError):
            Batches(array_set(2), SMALL, **{"batch_size": 1, **options})
    with pytest.raises(ConfigError, match="a start from 0 to 2"):
        Batches(array_set(2), SMALL, batch_size=1).epoch(start=3)
