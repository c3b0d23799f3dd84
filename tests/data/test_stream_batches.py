import itertools

import pytest
import torch

from saccade.data.augmentation import Augmentation
from saccade.data.batches import Feed, View
from saccade.data.stream_batches import StreamBatches
from saccade.data.streams import TarStream
from saccade.data.transforms import Preprocessing
from saccade.errors import ConfigError, DataError
from tests.data.tars import painted, shard, write_tar

SMALL = View(Preprocessing(img_size=(6, 6)), None)
LIVELY = View(SMALL.preprocessing, Augmentation(shift=0.3, flip=True))
UNEVEN = (5, 1, 4, 7, 2)


@pytest.fixture
def stream(tmp_path, monkeypatch):
    monkeypatch.setenv("SACCADE_CACHE", str(tmp_path / "cache"))
    first, tars = 0, []
    for number, count in enumerate(UNEVEN):
        tars.append(shard(tmp_path / f"{number}.tar", count, first=first))
        first += count
    return TarStream(tars)


def test_in_order_by_hand(stream):
    batches = StreamBatches(stream, SMALL, batch_size=8)
    read = list(batches.epoch())
    assert [batch.indices for batch in read] == [tuple(range(8)), tuple(range(8, 16)), (16, 17, 18)]
    assert [batch.position for batch in read] == [0, 1, 2]
    assert len(batches) == 3
    assert read[0].labels.tolist() == [0, 1] * 4
    assert read[2].names[0] == "3.tar/0016.png"


@pytest.mark.parametrize("processes", [1, 2, 4, 7])
@pytest.mark.parametrize("seed", [None, 3])
def test_all_processes_see_each_picture_once_in_as_many_steps(stream, processes, seed):
    seen, steps = [], set()
    for rank in range(processes):
        feed = Feed(rank=rank, processes=processes)
        batches = StreamBatches(stream, SMALL, batch_size=3, seed=seed, buffer=4, feed=feed)
        read = list(batches.epoch(1))
        steps |= {len(read), len(batches)}
        seen += [index for batch in read for index in batch.indices]
        sizes = [len(batch) for batch in read]
        assert sizes == sorted(sizes, reverse=True)  # only the tail is short or empty
    assert sorted(seen) == list(range(sum(UNEVEN)))
    assert len(steps) == 1


def same(left, right) -> bool:
    return torch.equal(left.images, right.images) and left.names == right.names


@pytest.mark.parametrize("workers", [0, 2])
def test_an_epoch_goes_on_where_it_stopped(stream, workers):
    options = {"batch_size": 4, "seed": 1, "buffer": 5}
    whole = list(StreamBatches(stream, LIVELY, **options).epoch(2))
    again = StreamBatches(stream, LIVELY, workers=workers, **options)
    for start in range(len(again) + 1):
        read = list(again.epoch(2, start=start))
        assert len(read) == len(whole) - start
        assert all(itertools.starmap(same, zip(read, whole[start:], strict=True)))
    other = [index for batch in again.epoch(3) for index in batch.indices]
    assert other != [index for batch in whole for index in batch.indices]


def test_the_changes_of_a_picture_are_its_own(stream):
    views = (LIVELY,)
    wide = StreamBatches(stream, LIVELY, batch_size=19, seed=1, feed=Feed(views=views))
    narrow = StreamBatches(stream, LIVELY, batch_size=1, seed=1, buffer=1, feed=Feed(views=views))
    (batch,) = wide.epoch()
    by_index = {one.indices[0]: one for one in narrow.epoch()}
    for row, index in enumerate(batch.indices):
        assert torch.equal(batch.images[row], by_index[index].images[0])
        assert torch.equal(batch.views[0][row], by_index[index].views[0][0])


def test_what_is_broken_is_left_out_and_named(tmp_path, monkeypatch):
    monkeypatch.setenv("SACCADE_CACHE", str(tmp_path / "cache"))
    members = {"0.png": painted(0), "0.cls": "0", "1.png": b"broken", "1.cls": "1"}
    tar = write_tar(tmp_path / "a.tar", members)
    lost = shard(tmp_path / "b.tar", 3, first=5)
    stream = TarStream([tar, lost])
    lost.unlink()
    batches = StreamBatches(stream, SMALL, batch_size=2)
    read = list(batches.epoch())
    assert [len(batch) for batch in read] == [1, 0, 0]
    assert read[1].images.shape == (0, 3, 6, 6)
    assert [bad.name for bad in batches.bad] == ["a.tar/1.png", "shard 1 of train"]
    with pytest.raises(DataError, match="only good pictures in train"):
        list(StreamBatches(stream, SMALL, batch_size=2, on_bad="fail").epoch())


def test_options_that_cannot_work_are_refused(stream):
    for changes in (
        {"batch_size": 0},
        {"buffer": 0},
        {"workers": -1},
        {"feed": Feed(repeats=2)},
        {"view": LIVELY},
    ):
        view = changes.pop("view", SMALL)
        with pytest.raises(ConfigError):
            StreamBatches(stream, view, **{"batch_size": 1, **changes})
    with pytest.raises(ConfigError, match="a start from 0 to 7"):
        StreamBatches(stream, SMALL, batch_size=3).epoch(start=8)
