"""Which model a command of words takes, and what people wrote."""

import os

import pytest

from saccade.cli.word_sources import find_model, read_references
from saccade.errors import CheckpointError, DataError
from tests.samples import write_good
from tests.word_models import save_words


def test_the_first_argument_is_the_model_where_it_names_weights(words):
    run = str(words / "runs" / "train" / "2")
    for first in (run, f"{run}/best.safetensors"):
        weights, rest = find_model("translate", (first, "a", "b"), None)
        assert (weights.origin, rest) == (f"{run}/best.safetensors", ("a", "b"))
    weights, rest = find_model("translate", ("a", "b"), run)
    assert (weights.task, rest) == ("translate", ("a", "b"))


def test_model_leaves_all_arguments_as_they_are(words):
    run = str(words / "runs" / "train" / "2")
    assert find_model("translate", (run,), run)[1] == (run,)


def test_the_newest_run_is_named(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for number, time in ((1, 20), (2, 10)):
        path = save_words(tmp_path / f"runs/train/{number}/best.safetensors", "translate")
        os.utime(path, (time, time))
    weights, rest = find_model("translate", ("a", "b"), None)
    assert (weights.origin, rest) == ("runs/train/1/best.safetensors", ("a", "b"))
    assert "runs/train/1" in capsys.readouterr().err


def test_what_is_not_there_is_told(words):
    with pytest.raises(CheckpointError, match="no such file"):
        find_model("ask", ("none.safetensors",), None)
    with pytest.raises(CheckpointError, match="one to caption with"):
        find_model("ask", (), str(words / "runs" / "train" / "1"))


def test_references_by_the_path_of_their_picture(tmp_path):
    (path,) = write_good(tmp_path, 1)
    file = tmp_path / "captions.tsv"
    file.write_text(f"{path.name}\tone\n{path.name}\ttwo\nnone.png\tx\n", "utf-8")
    found, bad = read_references(file)
    assert found == {path.resolve(): ("one", "two")}
    assert len(bad) == 1
    assert read_references(None) == ({}, ())
    with pytest.raises(DataError):
        read_references(tmp_path / "none.tsv")
