"""saccade eval: it measures what training measured, and matches classes by name."""

import json

import pytest

from tests.samples import write_good


def test_eval_measures_what_training_measured(run, data, tmp_path):
    words = ["--epochs", 3, "--out", tmp_path, "--json", "--val-fraction", 0.3]
    told = json.loads(run("train", data, *words).out)
    metrics = told["metrics"]
    tested = json.loads(run("eval", tmp_path / "1", data, "--json").out)
    assert tested["part"] == "test"
    assert tested["accuracy"] == metrics["test_accuracy"]
    assert tested["loss"] == pytest.approx(metrics["test_loss"], rel=1e-5)
    chosen = run("eval", tmp_path / "1", data, "--part", "val", "--val-fraction", 0.3, "--json")
    val = json.loads(chosen.out)
    assert (val["accuracy"], val["count"]) == (metrics["val_accuracy"], 12)
    assert val["loss"] == pytest.approx(metrics["val_loss"], rel=1e-5)
    table = run("eval", tmp_path / "1", data).out
    assert table.startswith("test: 8 pictures\n")
    assert f"accuracy {100 * tested['accuracy']:.2f} %, " in table
    assert run("predict", tmp_path / "1", data / "test").code == 0


def test_classes_are_matched_by_name(run, place, tmp_path):
    write_good(tmp_path / "b", 3)
    done = run("eval", place / "two.safetensors", tmp_path, "--val-fraction", 0)
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[0] == "train: 3 pictures"
    assert lines[3].split() == ["a", "-"]
    write_good(tmp_path / "zebra", 1)
    words = run("eval", place / "two.safetensors", tmp_path).sentence
    assert "only the classes a, b" in words
    assert (
        "a test part"
        in run("eval", place / "two.safetensors", place / "classes", "--part", "test").sentence
    )
