"""saccade train --task caption, translate and ask: the recipe, the result, broken pictures."""

import json

import pytest

from saccade.training.journal import read_journal
from tests.training.words.small import write_data, write_pairs

FLAGS = ["--epochs", 1, "--batch-size", 6, "--threads", 1, "--words.hidden", 8]
PAIRS = ["--task", "translate", "--words.sides", "fw,bw", "--words.least", 1]


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pairs") / "pairs"
    write_pairs(folder)
    return folder


@pytest.fixture(scope="module")
def scenes(tmp_path_factory):
    return write_data(tmp_path_factory.mktemp("scenes"), count=16) / "scenes"


def test_a_dry_run_tells_the_recipe_and_trains_nothing(run, pairs, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = run("train", pairs, *PAIRS, "--dry-run")
    assert done.code == 0
    assert "words.attention" in done.out
    assert "additive" in done.out
    told = json.loads(run("train", pairs, *PAIRS, "--dry-run", "--json").out)
    choices = {one["name"]: one for one in told["choices"]}
    assert choices["words.sides"]["reason"] == "given"
    assert choices["words.hidden"]["value"] == 256
    assert told["cautions"] == []
    assert not list(tmp_path.iterdir())


def test_what_a_translator_reached_is_told(run, pairs, tmp_path):
    done = run("train", pairs, *PAIRS, *FLAGS, "--out", tmp_path)
    assert done.code == 0
    lines = {line.split(":")[0] for line in done.out.splitlines()}
    assert {f"{part} {name}" for part in ("val", "test") for name in ("BLEU-4", "exact")} <= lines
    assert f"run: {tmp_path / '1'} " in done.out
    assert "images/s" not in done.err
    told = json.loads(run("train", "--resume", tmp_path / "1", "--json").out)
    assert (told["finished"], told["pictures"]) == (True, 12)
    assert told["test"]["count"] == 2
    events = [one["event"] for one in read_journal(tmp_path / "1" / "metrics.jsonl")]
    assert events[-1] == "end"


@pytest.mark.slow
def test_captions_and_answers_are_told(run, scenes, tmp_path):
    (scenes / "images" / "000000.png").write_bytes(b"no picture")
    done = run("train", scenes, "--task", "caption", *FLAGS, "--out", tmp_path)
    assert done.code == 0
    lines = {line.split(":")[0] for line in done.out.splitlines()}
    names = ("BLEU-4", "CIDEr-D", "ROUGE-L", "exact")
    assert {f"{part} {name}" for part in ("val", "test") for name in names} <= lines
    assert "1 of 16 files could not be used" in done.err
    done = run("train", scenes, "--task", "ask", *FLAGS, "--out", tmp_path)
    assert {"val accuracy", "test accuracy"} <= {
        line.split(":")[0] for line in done.out.splitlines()
    }
    words = run("train", scenes, "--task", "ask", "--on-bad", "fail", "--out", tmp_path).sentence
    assert "only good questions in" in words


def test_what_cannot_be_trained_is_told(run, pairs, tmp_path):
    assert (
        "data, got none; try a file such as"
        in run("train", "--task", "caption", "--dry-run").sentence
    )
    assert "data to caption with, got none" in run("train", "--task", "caption").sentence
    words = run("train", pairs, *PAIRS, "--words.attention", "hard", "--out", tmp_path).sentence
    assert "hard attention for captions, got the task translate" in words
    words = run("train", pairs, *PAIRS, "--words.layers", 0, "--out", tmp_path).sentence
    assert "layers of 1 or more, got 0" in words
    words = run("train", pairs, *PAIRS, "--folds", 3, "--out", tmp_path).sentence
    assert "--folds with pictures to classify, got the task translate" in words
    assert "no such file" in run("train", tmp_path / "no", *PAIRS).sentence
    assert not list(tmp_path.iterdir())
