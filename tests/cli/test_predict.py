"""saccade predict: a table, JSON lines and CSV; files, folders and patterns."""

import csv
import io
import json

import pytest

from saccade.predict import load
from tests.cli.test_main import started
from tests.samples import paint


@pytest.fixture(scope="module")
def said(place):
    predictor = load(place / "model.safetensors")
    return list(predictor.predict(sorted((place / "clean").iterdir())))


def test_the_table_lists_each_picture_once(run, place, said):
    done = run("predict", place / "model.safetensors", place / "clean", "--top", 2)
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[0].split() == ["picture", "class", "probability"]
    assert len(lines) == 2 + 2 * 20
    assert lines[2].split() == [
        said[0].name,
        said[0].top[0][0],
        f"{said[0].top[0][2]:.4f}",
    ]
    assert lines[3].split() == [said[0].top[1][0], f"{said[0].top[1][2]:.4f}"]


def test_every_line_of_json_is_a_picture_with_its_logits(run, place, said):
    done = run("predict", place / "model.safetensors", place / "clean", "--json")
    assert (done.code, done.err) == (0, "")
    for line, one in zip(done.out.splitlines(), said, strict=True):
        got = json.loads(line)
        assert got["picture"] == one.name
        assert got["logits"] == one.logits.tolist()
        assert [(t["class"], t["index"], t["probability"]) for t in got["top"]] == list(one.top)


def test_csv_has_a_row_for_each_class(run, place, said):
    done = run("predict", place / "model.safetensors", place / "clean", "--csv", "--top", 1)
    rows = list(csv.DictReader(io.StringIO(done.out)))
    assert [row["picture"] for row in rows] == [one.name for one in said]
    assert [row["class"] for row in rows] == [one.top[0][0] for one in said]
    assert float(rows[0]["probability"]) == pytest.approx(said[0].top[0][2], abs=1e-6)
    assert {row["rank"] for row in rows} == {"1"}


def test_files_folders_and_patterns(run, place):
    def names(*sources):
        done = run("predict", place / "model.safetensors", *sources, "--json")
        return [json.loads(line)["picture"].rpartition("/")[2] for line in done.out.splitlines()]

    clean = place / "clean"
    assert names(clean / "good_03.png") == ["good_03.png"]
    assert names(clean / "good_1?.png") == [f"good_{n}.png" for n in range(10, 20)]
    assert names(clean, clean / "good_03.png") == [f"good_{n:02}.png" for n in range(20)]
    assert len(names(place / "clas*")) == 40


def test_an_ending_does_not_matter_for_a_file_that_is_named(run, place, tmp_path):
    paint().save(tmp_path / "photo", "PNG")
    assert run("predict", place / "model.safetensors", tmp_path / "photo").code == 0


def test_nothing_to_predict(run, place, tmp_path):
    model = place / "model.safetensors"
    assert "got no argument; try a file, a folder" in run("predict", model).sentence
    assert f"got none in {tmp_path};" in run("predict", model, tmp_path).sentence
    assert "no such file" in run("predict", model, tmp_path / "none.png").sentence
    assert "matches no file" in run("predict", model, tmp_path / "*.png").sentence
    (tmp_path / "cut.png").write_bytes(paint(64, 64).tobytes())
    assert "not a picture" in run("predict", model, tmp_path / "cut.png").sentence
    for option in ("--top", "--batch-size"):
        words = run("predict", model, place / "clean", option, 0).sentence
        assert words.startswith("expected top and batch_size of at least 1")


@pytest.mark.slow
def test_output_cut_by_head_is_silent(place):
    process = started("predict", place / "model.safetensors", place / "clean", "--json")
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == ""
    process.stderr.close()
    assert process.wait() == 0
