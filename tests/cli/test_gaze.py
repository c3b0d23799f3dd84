"""saccade gaze: maps against where people look, from the command line."""

import json

import numpy as np
import pytest
from PIL import Image

from tests.samples import paint


@pytest.fixture
def looked(tmp_path):
    """Three pictures of 24x16 and fixations of three viewers, looks.csv."""
    folder, lines = tmp_path / "pictures", ["image,subject,x,y"]
    folder.mkdir()
    for number in range(3):
        paint(24, 16, seed=number).save(folder / f"p{number}.png")
        places = [(5 + number, 4), (6, 5 + number), (18, 11)]
        lines += [f"p{number}.png,{who},{x},{y}" for who, (x, y) in enumerate(places)]
    (tmp_path / "looks.csv").write_text("\n".join(lines))
    return folder


def asked(folder, *words):
    return ["gaze", folder, "--fixations", folder.parent / "looks.csv", "--sigma", 2, *words]


def test_the_classic_methods_beside_floor_and_ceiling(run, looked, monkeypatch) -> None:
    monkeypatch.setenv("LC_ALL", "C")
    done = run(*asked(looked, "--method", "spectral_residual", "--method", "fine_grained"))
    assert (done.code, done.err) == (0, "")
    assert "Do they look where people look? 3 pictures, 9 fixations, 3 viewers" in done.out
    lines = [line.split("  ")[0] for line in done.out.splitlines()]
    assert lines[3:5] == ["the middle", "looks at other pictures"]
    assert {"spectral_residual", "fine_grained"} < set(lines)
    assert lines.count("the others of each viewer") == 2
    assert max(len(line) for line in done.out.splitlines()) <= 100


def test_a_model_two_views_a_captioner_and_a_folder(run, place, words, looked, tmp_path) -> None:
    maps = tmp_path / "mine"
    maps.mkdir()
    for number in range(2):
        np.save(maps / f"p{number}.npy", np.eye(4))
    views = ["--view", "rollout", "--view", "raw_attention:0"]
    models = ["--model", place / "model.safetensors", "--model", words / "runs" / "train" / "1"]
    done = run(*asked(looked, *models, *views, "--maps", maps, "--json"))
    assert done.code == 0
    found = json.loads(done.out)
    assert (found["count"], found["fixations"], found["viewers"], found["outside"]) == (2, 6, 3, 0)
    kinds = {row["name"] for row in found["rows"] if row["kind"] == "method"}
    assert kinds == {"model: rollout", "model: raw_attention:0", "1: words", "mine"}
    assert "1 of 3 files could not be used" in done.err
    assert "p2.png: none for a map of p2.png in" in done.err


def test_files_and_the_sheet(run, looked, tmp_path) -> None:
    words = ["--method", "spectral_residual", "--limit", 2]
    sheet = tmp_path / "new" / "sheet.png"
    done = run(*asked(looked, *words, "-o", tmp_path / "table.csv", "--sheet", sheet))
    assert done.code == 0
    lines = (tmp_path / "table.csv").read_text().splitlines()
    assert lines[0] == "map,kind,measure,mean,low,high,pictures"
    assert any(line.startswith("spectral_residual,centred,nss,") for line in lines)
    with Image.open(sheet) as picture:
        assert picture.width == 3 * 206 + 6
    assert run(*asked(looked, *words, "-o", tmp_path / "all.json", "--json")).code == 0
    assert json.loads((tmp_path / "all.json").read_text())["count"] == 2


def test_fixations_outside_are_counted(run, looked, monkeypatch) -> None:
    monkeypatch.setenv("LC_ALL", "ko_KR.UTF-8")
    looks = looked.parent / "looks.csv"
    looks.write_text(looks.read_text() + "\np0.png,0,24,3\np9.png,0,1,1")
    done = run(*asked(looked, "--method", "spectral_residual"))
    assert "사람이 보는 곳을 보는가? 사진 3장" in done.out
    assert "응시점 1개가 사진 밖에 있어 뺐습니다" in done.err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--view", "rollout"], "expected a model to look into, got only --view rollout"),
        (["--method", "none"], "expected something to compare, got --method none alone"),
        (["--method", "iti"], "expected the name of a saliency method, got 'iti'; try itti"),
        (["--maps", "no-folder"], "expected a folder of maps at no-folder, got none"),
        (["-o", "table.txt"], "expected a file that ends in .csv or .json, got table.txt"),
        (["--limit", "0"], "expected 1 picture or more, got --limit 0; try --limit 6"),
        (["--side", "1"], "expected a sigma above 0 and a side of 2 pixels or more"),
    ],
)
def test_wrong_words(run, looked, words, sentence) -> None:
    assert run(*asked(looked, *words)).sentence.startswith(sentence)


def test_other_pictures_than_those_with_fixations(run, looked, place) -> None:
    words = ["gaze", place / "clean", "--fixations", looked.parent / "looks.csv"]
    sentence = run(*words).sentence
    assert sentence.startswith("expected pictures with fixations, such as p0.png, p1.png")
    assert "good_00.png: no fixations" in sentence
    assert run("gaze", looked).code == 2  # nothing says where people looked
