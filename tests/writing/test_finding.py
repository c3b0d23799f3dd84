"""Which weights are meant: the newest run of a task, by its card alone."""

import os

import pytest

from saccade.errors import CheckpointError
from saccade.writing.finding import card_of, names_weights, newest_run, word_card_of
from tests.samples import save_model
from tests.word_models import save_words


def test_the_newest_run_of_the_task_is_found(tmp_path):
    runs = tmp_path / "runs"
    ages = {"train/1": ("caption", 10), "train/2": ("caption", 30), "train/10": ("caption", 20)}
    ages |= {"train/3": ("translate", 40)}
    for name, (task, time) in ages.items():
        path = save_words(runs / name / "best.safetensors", task)
        os.utime(path, (time, time))
    (runs / "train" / "4").mkdir()
    save_model(runs / "train" / "4" / "best.safetensors")
    (runs / "train" / "5").mkdir()
    (runs / "train" / "5" / "best.safetensors").write_bytes(b"no weights")
    assert newest_run("caption", runs) == runs / "train" / "2"
    assert newest_run("translate", runs) == runs / "train" / "3"
    with pytest.raises(CheckpointError, match=r"saccade train questions\.jsonl --task ask"):
        newest_run("ask", runs)
    with pytest.raises(CheckpointError, match=r"captions\.tsv --task caption, or --model FILE"):
        newest_run("caption", tmp_path / "none")


def test_what_names_weights(tmp_path):
    path = save_words(tmp_path / "run" / "best.safetensors", "ask")
    (tmp_path / "pictures").mkdir()
    assert names_weights(str(path))
    assert names_weights(str(path.parent))
    assert names_weights("not/there.safetensors")
    for other in (str(tmp_path / "pictures"), "a red circle", "", "x" * 5000, "a\0b"):
        assert not names_weights(other)


def test_the_card_of_a_model_of_words_alone(tmp_path):
    path = save_words(tmp_path / "run" / "best.safetensors", "ask")
    assert word_card_of(path.parent).words["task"] == "ask"
    save_model(tmp_path / "model.safetensors")
    assert card_of(tmp_path / "model.safetensors").model.startswith("vit_")
    (tmp_path / "text.safetensors").write_text("no weights")
    for other in ("model.safetensors", "text.safetensors", "none", "x" * 5000):
        assert word_card_of(tmp_path / other) is None
