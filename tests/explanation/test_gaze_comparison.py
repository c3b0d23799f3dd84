"""Sources of maps over the same pictures."""

import pytest
import torch

from saccade.data.fixations import read_fixations
from saccade.errors import ConfigError, DataError
from saccade.explanation.gaze_comparison import GazeRow, compare_gaze, gaze_pictures
from tests.samples import write_bad, write_good


@pytest.fixture
def looks(tmp_path):
    """Fixations near the left edge of good_00 and good_01, and of two files that are none."""
    lines = [
        f"{name},{viewer},{1 + viewer},{3 + viewer}"
        for name in ("good_00.png", "good_01", "cut.jpg")
        for viewer in range(3)
    ]
    (tmp_path / "looks.csv").write_text("\n".join(["image,subject,x,y", *lines, "good_02,0,99,3"]))
    write_bad(tmp_path / "pictures")
    write_good(tmp_path / "pictures", 4)
    return read_fixations(tmp_path / "looks.csv"), sorted((tmp_path / "pictures").glob("*.*"))


def left(_path, picture):
    return torch.linspace(1, 0, picture.width).expand(picture.height, -1)


def test_rows_of_floor_maps_and_ceiling(looks) -> None:
    people, paths = looks
    pictures = gaze_pictures(paths, people)
    assert list(pictures.paths) == ["good_00.png", "good_01"]
    reasons = {file.name.rpartition("/")[2]: file.reason for file in pictures.bad}
    assert reasons["good_02.png"] == "all 1 fixations lie outside"
    assert reasons["good_03.png"] == "no fixations"
    assert "damaged or cut" in reasons["cut.jpg"]
    steps = []
    rows, bad = compare_gaze(
        pictures,
        {"left": left, "right": lambda path, picture: -left(path, picture)},
        progress=lambda *step: steps.append(step),
    )
    assert (bad, steps[1]) == ([], ("good_01", 2, 2))
    found = {(row.name, row.kind): row for row in rows}
    assert [kind for _, kind in found] == [
        *(["method", "centred"] * 2),
        *(["floor"] * 2),
        *(["ceiling"] * 2),
    ]
    west, east = found["left", "method"], found["right", "method"]
    assert west.intervals["nss"].mean == pytest.approx(-east.intervals["nss"].mean)
    assert west.intervals["auc_judd"].mean > 0.6 > 0.5 > east.intervals["auc_judd"].mean
    viewed = pictures.study.picture("good_01")
    size = (viewed.size[1], viewed.size[0])
    picture = type("Sized", (), {"width": size[0], "height": size[1]})
    assert west.scores["good_01"] == viewed.score(left(None, picture))
    assert west.above(east).mean == pytest.approx(2 * west.intervals["nss"].mean)
    told = west.to_dict()
    assert told["measures"]["nss"]["count"] == 2


def test_pictures_are_ranked_by_their_scores() -> None:
    scores = {"a": {"nss": 0.1}, "b": {"nss": None}, "c": {"nss": 2.0}}
    row = GazeRow("x", "method", scores)
    assert row.ranked == [("c", 2.0), ("a", 0.1)]
    assert row.above(GazeRow("y", "floor", {"a": {"nss": 1.1}})).mean == pytest.approx(-1.0)
    assert row.above(GazeRow("y", "floor", {"b": {"nss": 1.1}})) is None


def test_a_picture_without_a_map_is_left_out_for_all(looks) -> None:
    def only_one(path, picture):
        if path.stem != "good_00":
            raise DataError(f"a map of {path.name}", "none")
        return left(path, picture)

    pictures = gaze_pictures(looks[1], looks[0])
    rows, bad = compare_gaze(pictures, {"left": left, "one": only_one})
    assert {tuple(row.scores) for row in rows} == {("good_00.png",)}
    assert [file.reason for file in bad] == ["none for a map of good_01.png"]


def test_nothing_to_compare(looks, tmp_path) -> None:
    people, paths = looks
    with pytest.raises(DataError, match=r"pictures with fixations, such as good_00\.png, good_01"):
        gaze_pictures(write_good(tmp_path / "others", 2, start=7), people)
    twice = write_good(tmp_path / "again", 1)
    bad = gaze_pictures([*paths, *twice], people).bad
    assert [file.reason for file in bad if "again" in file.name] == [
        f"the name of {tmp_path / 'pictures' / 'good_00.png'} too"
    ]

    def none(path, _picture):
        raise DataError(f"a map of {path.name}", "none")

    pictures = gaze_pictures(paths, people)
    with pytest.raises(DataError, match="a picture that each source has a map of"):
        compare_gaze(pictures, {"none": none})
    with pytest.raises(ConfigError, match="names that no baseline has, got centre"):
        compare_gaze(pictures, {"centre": left})
