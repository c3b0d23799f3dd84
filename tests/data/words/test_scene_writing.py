"""Sets of scenes in folders: whole, the same each time, read by others' readers too."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from saccade.data.boxes import boxes_of, read_boxes
from saccade.data.words import scene_writing
from saccade.data.words.scene_sets import ScenePlan
from saccade.data.words.scene_writing import read_scenes, write_scenes
from saccade.errors import DataError, OutputError

PLAN = ScenePlan(count=3, seed=1, languages=("en", "ko"), questions=2)


def bytes_of(folder: Path) -> dict[str, bytes]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_written_twice_it_is_the_same_and_comes_back(tmp_path: Path) -> None:
    made = write_scenes(tmp_path / "one", PLAN)
    assert write_scenes(tmp_path / "two", PLAN) == made
    assert bytes_of(tmp_path / "one") == bytes_of(tmp_path / "two")
    assert sorted(bytes_of(tmp_path / "one")) == [
        *("boxes.json", "captions.ko.tsv", "captions.tsv"),
        *made.names,
        *("questions.jsonl", "questions.ko.jsonl", "scenes.json"),
    ]
    assert read_scenes(tmp_path / "one") == made
    lines = (tmp_path / "one" / "captions.tsv").read_text().splitlines()
    assert lines[2] == f"{made.names[2]}\t{made.captions['en'][2].text}"


def test_pictures_and_boxes_are_those_of_the_scenes(tmp_path: Path) -> None:
    made = write_scenes(tmp_path / "set", PLAN)
    boxes = read_boxes(tmp_path / "set" / "boxes.json")
    for name, scene in zip(made.names, made.scenes, strict=True):
        with Image.open(tmp_path / "set" / name) as picture:
            assert np.array_equal(np.asarray(picture), np.asarray(scene.painted()))
        found = boxes_of(boxes, name)
        assert found is not None
        assert found == pytest.approx(np.array([thing.box for thing in scene.things]), abs=1e-3)


def test_a_set_that_is_there_is_left_and_other_files_are_kept(tmp_path: Path) -> None:
    write_scenes(tmp_path / "set", PLAN)
    before = (tmp_path / "set" / "boxes.json").stat().st_mtime_ns
    write_scenes(tmp_path / "set", PLAN)
    assert (tmp_path / "set" / "boxes.json").stat().st_mtime_ns == before
    with pytest.raises(OutputError, match="a new or an empty folder for scenes"):
        write_scenes(tmp_path / "set", ScenePlan(count=2))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    with pytest.raises(OutputError, match="with other files"):
        write_scenes(tmp_path / "mine", PLAN)
    assert bytes_of(tmp_path / "mine") == {"notes.txt": b"mine"}
    (tmp_path / "empty").mkdir()
    assert len(write_scenes(tmp_path / "empty", PLAN).scenes) == 3


def test_a_set_that_fails_on_its_way_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, text: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(scene_writing, "_write", full)
    with pytest.raises(OutputError, match=r"to write scenes to .*No space left"):
        write_scenes(tmp_path / "set", PLAN)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_holds_no_whole_set_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="a set of scenes in"):
        read_scenes(tmp_path)
    write_scenes(tmp_path / "set", PLAN)
    for name, text in (("boxes.json", "{}"), ("scenes.json", "[1]"), ("boxes.json", "{")):
        (tmp_path / "set" / name).write_text(text)
        with pytest.raises(DataError, match="a whole set of scenes in"):
            read_scenes(tmp_path / "set")
