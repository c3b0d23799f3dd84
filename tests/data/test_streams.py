import pytest

from saccade.data.streams import TarStream, open_stream
from saccade.errors import DataError
from tests.data.tars import painted, shard, write_tar


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("SACCADE_CACHE", str(tmp_path / "cache"))


def test_shards_are_read_from_front_to_back(tmp_path):
    shard(tmp_path / "train-0.tar", 2)
    shard(tmp_path / "train-1.tar", 3, first=2)
    shard(tmp_path / "val-0.tar", 1)
    stream = open_stream(f"{tmp_path}/*.tar")
    assert (stream.counts, len(stream), stream.classes) == ((2, 3), 5, ("0", "1"))
    read = list(stream.read(1))
    assert [(sample.index, sample.label) for sample in read] == [(2, 0), (3, 1), (4, 0)]
    assert read[0].data == painted(2)
    assert len(open_stream(f"{tmp_path}/*.tar", part="val")) == 1
    with pytest.raises(DataError, match="tar files to test"):
        open_stream(f"{tmp_path}/*.tar", part="test")


def test_pictures_without_labels_are_left_out_or_welcome(tmp_path):
    tar = write_tar(tmp_path / "a.tar", {"0.png": painted(0), "1.png": painted(1), "1.cls": "1"})
    stream = TarStream([tar])
    assert [sample.name for sample in stream.read(0)] == ["a.tar/1.png"]
    assert [bad.name for bad in stream.problems] == ["a.tar/0.png"]
    bare = TarStream([tar], labelled=False)
    assert [sample.label for sample in bare.read(0)] == [-1, -1]
    with pytest.raises(DataError, match="labels of the 1 classes, got 1"):
        TarStream([tar], classes=("only",))


def test_no_picture_is_refused(tmp_path):
    with pytest.raises(DataError, match="pictures in the shards"):
        TarStream([write_tar(tmp_path / "a.tar", {"0.txt": "no"})])
