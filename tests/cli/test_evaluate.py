"""saccade eval: it measures what training measured, and matches classes by name."""

import dataclasses
import json

import pytest

from saccade.checkpoints.native import Card, save
from tests.samples import PICO, save_model, write_good


def test_eval_measures_what_training_measured(run, data, tmp_path):
    words = ["--epochs", 3, "--out", tmp_path, "--json", "--val-fraction", 0.3, "--seed", 3]
    told = json.loads(run("train", data, *words).out)
    metrics = told["metrics"]
    tested = json.loads(run("eval", tmp_path / "1", data, "--json").out)
    assert tested["part"] == "test"
    assert tested["accuracy"] == metrics["test_accuracy"]
    assert tested["loss"] == pytest.approx(metrics["test_loss"], rel=1e-5)
    # Without a word the split is that of the run, so that nothing learned is measured.
    val = json.loads(run("eval", tmp_path / "1", data, "--part", "val", "--json").out)
    assert (val["accuracy"], val["count"]) == (metrics["val_accuracy"], 12)
    assert val["loss"] == pytest.approx(metrics["val_loss"], rel=1e-5)
    other = ["--part", "val", "--seed", 4, "--val-fraction", 0.5]
    assert json.loads(run("eval", tmp_path / "1", data, *other, "--json").out)["count"] == 20
    table = run("eval", tmp_path / "1", data).out
    assert table.startswith("test: 8 pictures\n")
    assert f"accuracy {100 * tested['accuracy']:.2f} %, " in table
    assert run("predict", tmp_path / "1", data / "test").code == 0


def test_classes_are_matched_by_name(run, place, tmp_path):
    write_good(tmp_path / "b", 3)
    done = run("eval", place / "two.safetensors", tmp_path, "--val-fraction", 0)
    assert (done.code, done.err) == (0, "no pictures of 1 of the 2 classes: a\n")
    lines = done.out.splitlines()
    assert lines[0] == "train: 3 pictures"
    assert lines[3].split() == ["a", "-", "-", "-", "0"]
    write_good(tmp_path / "zebra", 1)
    words = run("eval", place / "two.safetensors", tmp_path).sentence
    assert "only the classes a, b" in words
    assert (
        "a test part"
        in run("eval", place / "two.safetensors", place / "classes", "--part", "test").sentence
    )


def test_the_order_of_the_classes_changes_nothing(run, place, tmp_path):
    """The same model with its outputs turned around measures the same."""
    model = save_model(tmp_path / "one.safetensors", ("a", "b"))
    for name, value in (("weight", model.head.weight), ("bias", model.head.bias)):
        setattr(model.head, name, type(value)(value.detach().flip(0)))
    config = dataclasses.asdict(model.config)
    card = Card(model=PICO, config=config, classes=("b", "a"), preprocessing={"crop_pct": 0.8})
    save(tmp_path / "two.safetensors", model, card)
    one, two = (
        json.loads(run("eval", tmp_path / f"{name}.safetensors", place / "classes", "--json").out)
        for name in ("one", "two")
    )
    assert (one["classes"], two["classes"]) == (["a", "b"], ["b", "a"])
    assert (one["accuracy"], one["per_class"]) == (two["accuracy"], two["per_class"][::-1])
    assert one["loss"] == pytest.approx(two["loss"], rel=1e-5)


def test_outputs_without_names(run, place, tmp_path):
    model = save_model(tmp_path / "named.safetensors", ("a", "b"))
    config = dataclasses.asdict(model.config)
    save(tmp_path / "bare.safetensors", model, Card(model=PICO, config=config))
    bare, data = tmp_path / "bare.safetensors", place / "classes"
    done = run("eval", bare, data)
    assert "the first output as a, the last as b" in done.err
    (tmp_path / "names.txt").write_text("b\na\n")
    told = run("eval", bare, data, "--classes", tmp_path / "names.txt", "--json")
    assert (json.loads(told.out)["classes"], told.err) == (["b", "a"], "")
    assert (
        "no such file" in run("eval", bare, data, "--classes", tmp_path / "none").sentence.lower()
    )
    write_good(tmp_path / "three" / "c", 1)
    assert "only the classes" in run("eval", place / "two.safetensors", tmp_path / "three").sentence


def test_another_size(run, place):
    words = ["eval", place / "two.safetensors", place / "classes", "--json"]
    found = [run(*words, "--size", size).code for size in ("16", "12x8", "8x12")]
    assert found == [0, 0, 0]
    assert "try 12x8 or 14x8, or img_fit=" in run(*words, "--size", "13x8").sentence
    assert run(*words, "--size", "13x8", "--img-fit", "pad").code == 0


def test_files_and_the_matrix(run, place, tmp_path):
    done = run(
        "eval", place / "two.safetensors", place / "classes", "--confusion", "--out", tmp_path
    )
    assert done.code == 0
    assert "true \\ answered" in done.out
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        *("confusion.csv", "confusion.png", "per_class.csv", "predictions.csv")
    ]
    told = json.loads(run("eval", place / "two.safetensors", place / "classes", "--json").out)
    assert told["macro_accuracy"] == pytest.approx(sum(told["per_class"]) / 2)
    assert len(told["table"]) == 2
