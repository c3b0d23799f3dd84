import numpy as np
import pytest
from PIL import ExifTags, Image

from saccade.data.doctor import Spot, Twin, examine
from saccade.data.sets import BadFile
from saccade.errors import DataError


def test_a_set_with_everything_wrong(tree, picture):
    root = tree({"train/a": 3, "train/b": 2, "test/a": 1})
    train = root / "train"
    same = (train / "a" / "0.png").read_bytes()
    (train / "a" / "9.png").write_bytes(same)
    (train / "b" / "9.png").write_bytes(same)
    Image.open(train / "a" / "1.png").save(root / "test" / "a" / "copy.bmp")
    (train / "b" / "0.png").write_bytes(same[:60])
    (train / "b" / "1.png").write_bytes(b"")
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    picture(30, 20).save(train / "b" / "turned.jpg", exif=exif)
    Image.new("CMYK", (3, 3)).save(train / "b" / "cmyk.jpg")
    Image.new("RGBA", (300, 300)).save(train / "b" / "alpha.png")
    Image.fromarray(np.zeros((5, 5), np.uint16)).save(train / "b" / "deep.png")
    Image.new("P", (6, 6)).save(train / "b" / "palette.png")
    found = examine(str(root))
    assert found.classes == ("a", "b")
    assert found.counts == {"train": {"a": 4, "b": 6}, "test": {"a": 2, "b": 0}}
    assert found.totals == {"train": 10, "test": 2}
    assert [bad.name for bad in found.bad] == ["train/b/1.png", "train/b/0.png"]
    assert found.size_range == ((3, 3), (9, 7), (300, 300))
    assert found.sizes[20, 30] == 1
    kinds = {kind: (finding.count, finding.names) for kind, finding in found.kinds.items()}
    assert kinds == {
        "grey": (1, ["train/b/deep.png"]),
        "16-bit": (1, ["train/b/deep.png"]),
        "alpha": (1, ["train/b/alpha.png"]),
        "palette": (1, ["train/b/palette.png"]),
        "CMYK": (1, ["train/b/cmyk.jpg"]),
        "rotated by EXIF": (1, ["train/b/turned.jpg"]),
    }
    first = Spot("train", 0, "train/a/0.png")
    assert found.twins[0] == Twin(Spot("train", 3, "train/a/9.png"), first, conflict=False)
    told = [(twin.later.name, twin.across, twin.conflict) for twin in found.twins]
    assert told == [
        ("train/a/9.png", False, False),
        ("train/b/9.png", False, True),
        ("test/a/copy.bmp", True, False),
    ]
    plain = found.to_dict()
    counts = ("duplicate_count", "leak_count", "conflict_count")
    assert [plain[name] for name in counts] == [2, 1, 1]
    assert [spot.name for spot in found.pixels.black] == ["train/b/deep.png", "train/b/palette.png"]


def test_the_digits_are_healthy():
    seen = []
    found = examine("digits", tick=lambda done, whole: seen.append((done, whole)))
    assert sum(found.counts["train"].values()) == 1437
    assert found.sizes == {(8, 8): 1797}
    assert found.bad == ()
    assert found.kinds["grey"].count == 1797
    assert len(found.kinds["grey"].names) == 24
    assert found.twins == found.near == ()
    assert found.not_compared == 1797
    assert seen[-1] == (1797, 1797)


def test_copies_across_splits_and_classes(tmp_path, photo, compressed):
    for part, name, number in [("train", "a", 0), ("train", "b", 1), ("val", "a", 2)]:
        (tmp_path / part / name).mkdir(parents=True)
        photo(number).save(tmp_path / part / name / "0.png")
    (tmp_path / "val" / "b").mkdir()
    compressed(photo(0)).resize((60, 50)).save(tmp_path / "val" / "b" / "copy.jpg")
    [near] = examine(str(tmp_path)).near
    assert (near.later.name, near.first.name) == ("val/b/copy.jpg", "train/a/0.png")
    assert near.across
    assert near.conflict
    assert 0.95 < near.likeness < 1


def test_a_table_counts_each_of_several_labels(tmp_path, photo):
    lines = ["image,labels"]
    for number, labels in enumerate(("cat;dog", "dog", "cat;fish")):
        photo(number).save(tmp_path / f"{number}.png")
        lines.append(f"{number}.png,{labels}")
    (tmp_path / "labels.csv").write_text("\n".join(lines))
    found = examine(str(tmp_path))
    assert found.counts == {"train": {"cat": 2, "dog": 2, "fish": 1}}
    assert found.totals == {"train": 3}


def test_a_set_whose_pictures_are_all_cut(tree):
    root = tree({"a": 1, "b": 1})
    for name in "ab":
        path = root / name / "0.png"
        path.write_bytes(path.read_bytes()[:60])
    found = examine(str(root))
    assert found.size_range == ()
    assert found.counts == {"train": {"a": 0, "b": 0}}
    assert found.bad[0] == BadFile("a/0.png", found.bad[0].reason)
    assert "cut" in found.bad[0].reason


def test_no_source(tmp_path):
    with pytest.raises(DataError, match="no such folder"):
        examine(str(tmp_path / "none"))
