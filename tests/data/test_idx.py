import gzip
import os
import struct

import numpy as np
import pytest

from saccade.data.idx import has_idx, open_idx, read_idx
from saccade.errors import DataError


def encoded(array: np.ndarray) -> bytes:
    header = b"\0\0\x08" + bytes([array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return header + array.astype(np.uint8).tobytes()


def write(root, prefix, count, *, classes=3, packed=True, seed=0):
    pixels = np.random.default_rng(seed).integers(0, 256, (count, 4, 5), np.uint8)
    labels = np.arange(count) % classes
    pack, ending = (gzip.compress, ".gz") if packed else (bytes, "")
    (root / f"{prefix}-images-idx3-ubyte{ending}").write_bytes(pack(encoded(pixels)))
    (root / f"{prefix}-labels-idx1-ubyte{ending}").write_bytes(pack(encoded(labels)))
    return pixels


def opened(root, **options):
    return open_idx(root, **{"seed": 0, "val_fraction": 0.1, **options})


@pytest.mark.parametrize("packed", [True, False])
def test_pictures_and_labels(tmp_path, packed):
    pixels = write(tmp_path, "train10k", 30, packed=packed)
    write(tmp_path, "t10k", 6, packed=packed, seed=1)
    assert has_idx(tmp_path)
    splits = opened(tmp_path)
    assert splits.classes == ("0", "1", "2")
    assert [len(part) for part in splits.parts().values()] == [27, 3, 6]
    picture = splits.train.load(5)
    row = splits.train.rows[5]
    assert (picture.name, picture.label) == (f"train10k/{row}", row % 3)
    assert picture.image.size == (5, 4)
    for channel in range(3):
        assert np.array_equal(np.asarray(picture.image)[..., channel], pixels[row])
    assert sorted(splits.val.labels) == [0, 1, 2]


def test_other_spellings(tmp_path):
    write(tmp_path, "emnist-train", 6)
    for kind in ("images-idx3", "labels-idx1"):
        old = tmp_path / f"emnist-train-{kind}-ubyte.gz"
        old.rename(tmp_path / f"emnist-train-{kind.replace('-', '.')}-ubyte.gz")
    write(tmp_path, "dev", 3)
    (tmp_path / "._train-images-idx3-ubyte.gz").write_bytes(b"x")
    splits = opened(tmp_path)
    assert (len(splits.train), len(splits.val), splits.test) == (6, 3, None)


def test_a_plain_file_and_its_packed_twin_are_one(tmp_path):
    write(tmp_path, "train", 6)
    write(tmp_path, "train", 8, packed=False)
    assert len(opened(tmp_path, val_fraction=0.0).train) == 8


def test_damaged_files_are_refused_in_one_sentence(tmp_path):
    path = tmp_path / "x"
    good = encoded(np.zeros((2, 3, 4)))
    cases = {
        b"": "empty file",
        b"\0\0\x09\x03" + good[4:]: "00 00 09 03",
        b"\0\0\x08\x02" + good[4:]: "00 00 08 02",
        good[:9]: "header that is cut short",
        good[:-5]: "19 of 24 values",
        good + b"x": "more than the 24 values",
        b"\0\0\x08\x03" + struct.pack(">3I", 2**32 - 1, 9999, 9999): "header with the sizes",
        b"\0\0\x08\x03" + struct.pack(">3I", 0, 3, 4): "header with the sizes",
        gzip.compress(good)[:-12]: "end-of-stream",
        gzip.compress(good)[:-8] + b"\0" * 8: "CRC",
        gzip.compress(good)[:12] + b"\xff" * 20: "got",
    }
    for data, words in cases.items():
        path.write_bytes(data)
        with pytest.raises(DataError, match=words) as caught:
            read_idx(path)
        assert str(caught.value).startswith("expected a whole IDX file of bytes at")
    os.mkfifo(tmp_path / "pipe")
    for name in ("none", "pipe"):
        with pytest.raises(DataError, match="no such file"):
            read_idx(tmp_path / name)


def test_partners_must_fit(tmp_path):
    write(tmp_path, "train", 6)
    labels = tmp_path / "train-labels-idx1-ubyte.gz"
    labels.write_bytes(encoded(np.zeros(5)))
    with pytest.raises(DataError, match="6 pictures for 5 labels"):
        opened(tmp_path)
    labels.write_bytes(encoded(np.zeros(6)))
    with pytest.raises(DataError, match="two or more classes"):
        opened(tmp_path)
    labels.unlink()
    with pytest.raises(DataError, match="no train-labels-idx1-ubyte"):
        opened(tmp_path)


def test_names_must_tell_one_part_each(tmp_path):
    write(tmp_path, "first", 3)
    with pytest.raises(DataError, match="named train, val, test or t10k, got first-images"):
        opened(tmp_path)
    for path in list(tmp_path.iterdir()):
        path.unlink()
    write(tmp_path, "t10k", 3)
    with pytest.raises(DataError, match="only test"):
        opened(tmp_path)
    write(tmp_path, "train", 3)
    write(tmp_path, "train10k", 3)
    with pytest.raises(DataError, match=r"train-images.* and train10k-images"):
        opened(tmp_path)


def test_a_trained_model_sets_the_classes(tmp_path):
    write(tmp_path, "t10k", 4, classes=2)
    splits = opened(tmp_path, classes=("2", "1", "0"))
    assert splits.test.labels == [2, 1, 2, 1]
    with pytest.raises(DataError, match="got 1"):
        opened(tmp_path, classes=("0", "2"))
