"""saccade segment and saccade eval of a network that labels pixels, as typed."""

import json

import numpy as np
import pytest
from PIL import Image

from saccade.cli.main import main
from saccade.training.run import train
from tests.pixel_scenes import small, write_scenes


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return write_scenes(tmp_path_factory.mktemp("scenes"), {"train": 4, "val": 2})


@pytest.fixture(scope="module")
def run(place, tmp_path_factory) -> str:
    out = str(tmp_path_factory.mktemp("runs"))
    return str(train(str(place), small(epochs=1, out=out)).folder)


def test_files_of_each_picture(run, place, tmp_path, capsys) -> None:
    pictures = [str(place / "val/00.png"), str(place / "train/00.png"), str(place / "classes.txt")]
    assert main(["segment", run, *pictures, "--out", str(tmp_path), "--point", "3,4"]) == 0
    told = capsys.readouterr()
    assert "share of pixels" in told.out
    assert "1 of 3 files could not be used" in told.err
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {
        f"00{number}{kind}.png" for number in ("", "-2") for kind in ("", "-overlay", "-attention")
    }
    labels = Image.open(tmp_path / "00.png")
    assert (labels.mode, labels.size) == ("P", (32, 24))
    assert int(np.asarray(labels).max()) <= 2


def test_json(run, place, tmp_path, capsys) -> None:
    command = ["segment", run, str(place / "val"), "--out", str(tmp_path), "--json"]
    assert main(command) == 0
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert (first["width"], first["height"]) == (32, 24)
    assert sum(second["shares"].values()) == pytest.approx(1.0, abs=1e-5)
    assert first["overlay"].endswith("00-overlay.png")


def test_wrong_options(run, place, capsys) -> None:
    picture = str(place / "val/00.png")
    assert main(["segment", run, picture, "--point", "here"]) == 1
    assert "expected --point as X,Y in pixels, got 'here'" in capsys.readouterr().err
    assert main(["segment", run, picture, "--opacity", "2"]) == 1


def test_eval_tells_the_union_of_each_class(run, place, tmp_path, capsys) -> None:
    assert main(["eval", run, str(place), "--out", str(tmp_path)]) == 0
    told = capsys.readouterr().out
    assert "val: 2 pictures, 4.2% of their pixels are void" in told
    assert "mean IoU" in told
    files = {path.name for path in tmp_path.iterdir()}
    assert files == {"per_class.csv", "confusion.csv", "confusion.png"}


def test_eval_as_json(run, place, capsys) -> None:
    assert main(["eval", run, str(place), "--part", "train", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["part"], told["count"], len(told["iou"])) == ("train", 4, 3)


def test_a_dry_run(place, capsys) -> None:
    assert main(["train", str(place), "--task", "segment", "--dry-run"]) == 0
    assert "ccnet_small" in capsys.readouterr().out


def test_classifying_with_it_is_refused(run, place, capsys) -> None:
    assert main(["predict", run, str(place / "val/00.png")]) == 1
    assert "which labels pixels; try saccade segment" in capsys.readouterr().err
