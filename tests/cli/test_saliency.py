"""saccade saliency: files, facts, bad pictures, languages."""

import json

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def spot(tmp_path):
    """A picture stored lying on its side: upright it is 60x40 with a light spot at (45, 10)."""
    pixels = np.full((40, 60, 3), 60, np.uint8)
    pixels[7:14, 42:49] = (250, 240, 230)
    notes = Image.Exif()
    notes[0x0112] = 6
    path = tmp_path / "spot.png"
    Image.fromarray(np.rot90(pixels).copy()).save(path, exif=notes)
    return path


def test_upright_files_and_facts(run, spot, tmp_path):
    out = tmp_path / "out"
    words = ["--method", "spectral_residual_opencv", "--scanpath", "3", "--json"]
    done = run("saliency", spot, *words, "-o", out)
    assert (done.code, done.err) == (0, "")
    (row,) = json.loads(done.out)["pictures"]
    assert (row["width"], row["height"]) == (60, 40)
    found = row["maps"]["spectral_residual_opencv"]
    assert abs(found["peak"][0] - 45) < 6
    assert abs(found["peak"][1] - 10) < 6
    assert len(found["scanpath"]) == 3
    assert found["scanpath"][0] == found["peak"]
    assert 0 < found["marked"] < 0.5
    for file in (found["overlay"], found["map"]):
        with Image.open(file) as picture:
            assert picture.size == (60, 40)
    with Image.open(found["map"]) as bare:
        x, y = (int(place) for place in found["peak"])
        assert np.asarray(bare)[y, x] > 200 > 50 > np.asarray(bare)[35, 10]


def test_all_methods_on_a_sheet(run, spot, tmp_path, monkeypatch):
    monkeypatch.setenv("LC_ALL", "C")
    out = tmp_path / "out"
    done = run("saliency", spot, "--method", "all", "--sheet", "svg", "-o", out)
    assert done.code == 0
    drawn = (out / "spot_sheet.svg").read_text()
    assert drawn.count("<image") == 7
    assert ">frequency-tuned<" in drawn
    assert "spot.png: itti: expected 256 pixels or more on the shorter side" in done.err
    assert "Where 1 pictures stand out" in done.out
    assert len(list(out.glob("spot_*_map.png"))) == 6


def test_bad_and_tiny_pictures_are_named(run, spot, tmp_path):
    Image.new("RGB", (9, 9)).save(tmp_path / "tiny.png")
    (tmp_path / "bad.jpg").write_text("no picture")
    done = run("saliency", tmp_path, "--json", "-o", tmp_path / "out")
    assert [row["stem"] for row in json.loads(done.out)["pictures"]] == ["spot"]
    assert "2 of 3 files could not be used" in done.err
    assert "tiny.png: itti: expected 32 pixels or more" in done.err


def test_pictures_of_one_name_keep_their_files(run, spot, tmp_path):
    (tmp_path / "other").mkdir()
    other = tmp_path / "other" / "spot.png"
    other.write_bytes(spot.read_bytes())
    out = tmp_path / "out"
    assert run("saliency", spot, other, "--method", "centre", "-o", out).code == 0
    assert sorted(path.name for path in out.glob("*_sheet.png")) == [
        "spot_2_sheet.png",
        "spot_sheet.png",
    ]


def test_large_pictures_are_shrunk_before(run, tmp_path):
    Image.new("RGB", (900, 300), (90, 90, 90)).save(tmp_path / "wide.png")
    words = ["--method", "centre", "--centre-spread", "0.2", "--side", "90", "--json"]
    done = run("saliency", tmp_path / "wide.png", *words, "-o", tmp_path / "out")
    peak = json.loads(done.out)["pictures"][0]["maps"]["centre"]["peak"]
    assert abs(peak[0] - 450) <= 10
    assert abs(peak[1] - 150) <= 10


def test_in_korean(run, spot, tmp_path, monkeypatch):
    monkeypatch.setenv("LC_ALL", "ko_KR.UTF-8")
    done = run("saliency", spot, "--method", "centre", "-o", tmp_path / "out")
    assert "사진 1장에서 눈에 띄는 곳" in done.out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--method", "iti"], "expected the name of a saliency method, got 'iti'; try itti"),
        (["--scanpath", "-1"], "expected --scanpath of 0 or more looks, got -1"),
        (["--side", "-1"], "expected --side of 0 or more pixels, got -1"),
        (["--centre-spread", "0"], "expected a spread above 0, got 0"),
    ],
    ids=str,
)
def test_errors(run, spot, tmp_path, words, sentence):
    done = run("saliency", spot, "-o", tmp_path / "out", *words)
    assert done.sentence.startswith(sentence)
    assert not (tmp_path / "out").exists()
