import io
import pickle
import sys
from pathlib import Path

import numpy as np
import pytest

from saccade.data.batches import Feed, View
from saccade.data.hub_columns import parse_source
from saccade.data.images import open_images, open_unlabelled
from saccade.data.stream_batches import StreamBatches
from saccade.data.streams import open_stream
from saccade.data.transforms import Preprocessing
from saccade.errors import ConfigError, DataError, MissingExtra
from tests.data.tars import painted

COUNT = 12


@pytest.fixture(scope="module")
def datasets(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HOME", str(tmp_path_factory.mktemp("hub")))
        patch.setenv("HF_HUB_OFFLINE", "1")
        library = pytest.importorskip("datasets")
        library.disable_progress_bars()
        yield library


def table(library, count: int = COUNT, broken: tuple[int, ...] = ()):
    kinds = {
        "about": library.Value("string"),
        "img": library.Image(),
        "kind": library.ClassLabel(names=["cat", "dog"]),
        "label": library.Value("int64"),
    }
    files = [b"broken" if n in broken else painted(n) for n in range(count)]
    columns = {
        "about": ["x"] * count,
        "img": [{"bytes": data, "path": None} for data in files],
        "kind": [n % 2 for n in range(count)],
        "label": [n % 3 for n in range(count)],
    }
    return library.Dataset.from_dict(columns, features=library.Features(kinds))


def test_sources_are_taken_apart():
    told = parse_source("hf:some/where?image=img&label=fine_label&split=train")
    assert told.where == "some/where"
    assert told.options == {"image": "img", "label": "fine_label", "split": "train"}
    for wrong in ("hf:", "hf:x?colour=red"):
        with pytest.raises(ConfigError, match="hf:WHERE"):
            parse_source(wrong)


def test_the_package_is_asked_for(monkeypatch):
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(MissingExtra, match=r"pip install 'saccade\[data\]'"):
        open_images("hf:some/where")


@pytest.mark.parity
def test_saved_folders_are_read_at_random(datasets, tmp_path, picture):
    whole = table(datasets, broken=(5,))
    parts = {"train": whole, "test": whole.select(range(4))}
    datasets.DatasetDict(parts).save_to_disk(str(tmp_path / "saved"))
    splits = open_images(f"hf:{tmp_path}/saved", val_fraction=0.25)
    assert {name: len(part) for name, part in splits.parts().items()} == {
        "train": 9,
        "val": 3,
        "test": 4,
    }
    assert splits.classes == ("cat", "dog")
    images = pickle.loads(pickle.dumps(splits.test))
    read = images.load(3)
    assert np.array_equal(read.image, picture(6, 6, seed=3))
    assert (read.label, read.name) == (1, "test/3")
    other = open_images(f"hf:{tmp_path}/saved?label=label&split=test", val_fraction=0.0)
    assert (other.classes, other.train.labels) == (("0", "1", "2"), [0, 1, 2, 0])
    assert other.test is None
    bare = open_unlabelled(f"hf:{tmp_path}/saved")
    assert (bare.classes, set(bare.train.labels)) == ((), {-1})
    with pytest.raises(DataError, match="at train/5, got a file that is not a picture"):
        bare.train.load(5)


@pytest.mark.parity
def test_what_is_not_there_is_told(datasets, tmp_path):
    table(datasets).save_to_disk(str(tmp_path / "saved"))
    where = f"hf:{tmp_path}/saved"
    for source, words in (
        (f"{where}?image=pixels", "a column pixels"),
        (f"{where}?label=colour", "a column colour"),
        (f"{where}?split=dev", "a split dev"),
        (f"{where}?label=about", None),
        (f"hf:{tmp_path}/nowhere", "a data set at"),
    ):
        if words is None:
            assert open_images(source, val_fraction=0.0).classes == ("x",)
            continue
        with pytest.raises(DataError, match=words):
            open_images(source)
    with pytest.raises(DataError, match="labels of the 1 classes, got 1"):
        open_images(where, classes=("cat",))


@pytest.mark.parity
@pytest.mark.parametrize("processes", [1, 2, 4])
def test_parquet_files_are_shards(datasets, tmp_path, processes):
    for number, (first, last) in enumerate(((0, 5), (5, 6), (6, 12))):
        file = tmp_path / "files" / f"{number}.parquet"
        file.parent.mkdir(exist_ok=True)
        table(datasets).select(range(first, last)).to_parquet(str(file))
    assert len(open_images(f"hf:{tmp_path}/files", val_fraction=0.0).train) == COUNT
    stream = open_stream(f"hf:{tmp_path}/files")
    assert (stream.counts, stream.classes) == ((5, 1, 6), ("cat", "dog"))
    view, seen = View(Preprocessing(img_size=(6, 6)), None), []
    for rank in range(processes):
        feed = Feed(rank=rank, processes=processes)
        batches = StreamBatches(stream, view, batch_size=2, seed=0, buffer=3, feed=feed)
        for batch in batches.epoch():
            assert batch.labels.tolist() == [index % 2 for index in batch.indices]
            seen += batch.indices
    assert sorted(seen) == list(range(COUNT))


@pytest.mark.parity
def test_folders_of_pictures_are_streamed_by_name(datasets, tmp_path):
    for number in range(4):
        file = Path(tmp_path / "train" / "ab"[number % 2] / f"{number}.png")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(io.BytesIO(painted(number)).getvalue())
    stream = open_stream(f"hf:{tmp_path}?count=4", classes=("a", "b"))
    assert [sample.label for sample in stream.read(0)] == [0, 0, 1, 1]
    with pytest.raises(DataError, match=r"count=NUMBER"):
        open_stream(f"hf:{tmp_path}", classes=("a", "b"))
