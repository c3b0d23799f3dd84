"""What is said of data: how bad, how many, what to do, in both languages."""

import pytest
from PIL import Image

from saccade.data.doctor import diagnose, examine
from saccade.data.doctor.phrases import DATA


def codes(root):
    return {remark.code: remark for remark in diagnose(examine(str(root)))}


def test_good_data_is_fine(tree):
    found = codes(tree({"a": 12, "b": 12}, size=(40, 40)))
    assert set(found) == {"readable", "no_twins", "no_near", "balanced", "pixels"}
    assert {remark.severity for remark in found.values()} == {"fine"}


def test_rare_missing_and_untrained_classes(tree):
    found = codes(tree({"train/a": 30, "train/b": 2, "train/c": 0, "val/a": 1}))
    assert "15 times" in found["imbalance"].english
    assert "--class-weights auto" in found["imbalance"].english
    assert found["imbalance"].severity == "caution"
    assert found["few"].names == ("b (2)",)
    assert found["missing"].names == ("b (val)",)


def test_sizes_and_pixels_that_stand_out(tree):
    root = tree({"a": 3, "b": 3}, size=(40, 40))
    Image.new("RGB", (40, 40)).save(root / "a" / "black.png")
    Image.new("RGB", (200, 40), (200, 0, 0)).save(root / "a" / "long.png")
    Image.new("RGB", (30, 20), (0, 200, 0)).save(root / "b" / "small.png")
    found = codes(root)
    assert found["black"].severity == "problem"
    assert found["black"].names == ("a/black.png",)
    assert found["constant"].names == ("a/long.png", "b/small.png")
    assert found["long"].names == ("a/long.png",)
    assert found["small"].names == ("b/small.png",)
    assert found["long"].shown[0][0].split == "train"


def test_problems_come_first(tree):
    root = tree({"train/a": 2, "train/b": 2, "val/a": 1})
    (root / "val" / "a" / "leak.png").write_bytes((root / "train" / "b" / "0.png").read_bytes())
    said = diagnose(examine(str(root)))
    levels = [remark.severity for remark in said]
    assert levels == sorted(levels, key=("problem", "caution", "fine").index)
    leak = next(remark for remark in said if remark.code == "leak")
    assert leak.names == ("val/a/leak.png = train/b/0.png (another class)",)
    assert [spot.name for spot in leak.shown[0]] == ["train/b/0.png", "val/a/leak.png"]


def test_pictures_without_labels(tmp_path, picture):
    picture(40, 40).save(tmp_path / "one.png")
    picture(40, 40, seed=1).save(tmp_path / "two.png")
    found = codes(tmp_path)
    assert found["unlabelled"].severity == "caution"
    assert "balanced" not in found


@pytest.mark.parametrize("code", DATA)
def test_both_languages_name_the_same_numbers(code):
    _, english, korean = DATA[code]
    marks = [
        sorted({part.split("}")[0].split(":")[0] for part in text.split("{")[1:]})
        for text in (english, korean)
    ]
    assert marks[0] == marks[1]
