"""saccade explain: overlays, maps and their provenance."""

import json

import numpy as np
import pytest
from PIL import Image

from saccade.explanation import explain
from saccade.predict import load


def test_three_files_a_picture(run, place, tmp_path):
    out = tmp_path / "new" / "found"
    one = place / "clean" / "good_00.png"
    done = run("explain", place / "model.safetensors", one, "-o", out, "--target", "dog")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"{out / 'good_00.png'}  dog ")
    assert sorted(path.name for path in out.iterdir()) == [
        f"good_00.{end}" for end in ("json", "npy", "png")
    ]
    with Image.open(out / "good_00.png") as overlay, Image.open(one) as picture:
        assert overlay.size == picture.size
    predictor = load(place / "model.safetensors")
    expected = explain(predictor, [one], target=1, honest=False)
    np.testing.assert_allclose(np.load(out / "good_00.npy"), expected.map[0].numpy(), atol=1e-6)
    about = json.loads((out / "good_00.json").read_text())
    assert (about["class"], about["target"]) == ("dog", 1)
    assert about["provenance"]["method"] == "generic_attention"
    assert about["geometry"] == expected.geometries[0].to_dict()


def test_broken_pictures_are_named_and_json_is_one_object(run, place, tmp_path, broken):
    words = ["explain", place / "model.safetensors", place / "mixed", "-o", tmp_path, "--json"]
    done = run(*words, "--method", "rollout", "--quick")
    assert done.code == 0
    assert len(json.loads(done.out)["pictures"]) == 20
    assert json.loads(done.out)["belief"] is None
    assert f"{len(broken)} of {20 + len(broken)} files could not be used" in done.err


def test_pictures_of_one_name_do_not_overwrite_each_other(run, place, tmp_path):
    pictures = [place / "clean" / "good_00.png", place / "classes" / "a" / "good_00.png"]
    words = ["explain", place / "model.safetensors", *pictures, "-o", tmp_path, "--quick"]
    assert run(*words, "--method", "gradcam", "--layer", "blocks.0").code == 0
    assert len(list(tmp_path.glob("*.npy"))) == 2


def test_every_map_is_tested(run, place, tmp_path, monkeypatch):
    monkeypatch.setenv("LC_ALL", "C")
    pictures = [place / "clean" / f"good_0{number}.png" for number in range(2)]
    (tmp_path / "boxes.csv").write_text("good_00.png,0,0,10,9\n")
    (tmp_path / "looks.csv").write_text("image,x,y\ngood_00,4,5\ngood_00,6,3\n")
    words = ["explain", place / "model.safetensors", *pictures, "-o", tmp_path]
    words += ["--boxes", tmp_path / "boxes.csv", "--fixations", tmp_path / "looks.csv"]
    done = run(*words)
    assert (done.code, done.err) == (0, "")
    about = json.loads((tmp_path / "good_00.json").read_text())
    belief = about["belief"]
    assert f"{belief['deletion']['value']:.3f} (random " in done.out
    assert belief["words"] in done.out
    assert belief["followed"] == about["class"]
    assert "mean of 2" in done.out
    assert "pointing game: 1 of 1 pictures hit" in done.out  # the box is the whole picture
    assert about["gaze"]["fixations"] == 2
    assert json.loads((tmp_path / "good_01.json").read_text())["gaze"] is None


def test_verdicts_in_korean(run, place, tmp_path, monkeypatch):
    monkeypatch.setenv("LC_ALL", "ko_KR.UTF-8")
    one = place / "clean" / "good_00.png"
    done = run("explain", place / "model.safetensors", one, "-o", tmp_path)
    assert "이 맵을 믿어도 될까요?" in done.out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--method", "roll"], "expected the name of a method, got 'roll'; try rollout"),
        (["--target", "dgo"], "expected the name of a class, got 'dgo'; try dog"),
        (["--target", "7"], "expected a class from 0 to 2, got 7; try target=None"),
        (["--method", "rollout", "--layer", "1"], "expected the name of an option, got 'layer'"),
    ],
    ids=str,
)
def test_errors(run, place, tmp_path, words, sentence):
    done = run("explain", place / "model.safetensors", place / "clean", "-o", tmp_path, *words)
    assert done.sentence.startswith(sentence)
