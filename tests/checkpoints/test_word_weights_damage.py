"""Files of models of words that are damaged: one sentence each, and nothing is run."""

import json
import pickle
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from saccade.checkpoints.native import read_card
from saccade.checkpoints.word_weights import load_words
from saccade.errors import CheckpointError
from tests.word_models import save_words

TASKS = ("caption", "translate", "ask")


def changed(tmp_path: Path, task: str, change) -> Path:
    """A file whose card is another."""
    path = save_words(tmp_path / "m.safetensors", task)
    card = json.loads(read_card(path).to_json())
    change(card)
    save_file(load_file(path), path, metadata={"saccade": json.dumps(card)})
    return path


def one_word_less(card: dict) -> None:
    side = "target" if card["words"]["target"] else "source"
    card["words"][side]["words"].pop()


@pytest.mark.parametrize("task", TASKS)
def test_a_vocabulary_of_another_size(task: str, tmp_path) -> None:
    with pytest.raises(CheckpointError, match=r"of this model in .*, of \d+ words .*, got one of"):
        load_words(changed(tmp_path, task, one_word_less))


DAMAGE = {
    "no vocabulary": lambda card: card["words"].update(target=None, source=None),
    "a vocabulary that is none": lambda card: card["words"].update(target=[1], source=[1]),
    "words twice": lambda card: [
        side.update(words=[*side["words"][:-1], side["words"][-2]])
        for side in (card["words"]["target"], card["words"]["source"])
        if side
    ],
    "an unknown splitter": lambda card: [
        side.update(splitter="nil")
        for side in (card["words"]["target"], card["words"]["source"])
        if side
    ],
    "another model": lambda card: card.update(model="vit"),
    "no config": lambda card: card.update(config={}),
    "a config of other fields": lambda card: card.update(config={"colour": 1}),
    "a task that is none": lambda card: card["words"].update(task="sing"),
    "no words": lambda card: card.update(words=[]),
    "no preprocessing": lambda card: card.update(preprocessing={}),
    "preprocessing that is none": lambda card: card.update(preprocessing={"img_size": "x"}),
}


@pytest.mark.parametrize("name", DAMAGE)
@pytest.mark.parametrize("task", TASKS)
def test_a_damaged_card_is_one_sentence(task: str, name: str, tmp_path) -> None:
    if task == "translate" and "preprocessing" in name:
        return
    path = changed(tmp_path, task, DAMAGE[name])
    with pytest.raises(CheckpointError, match=r"expected .*, got ") as caught:
        load_words(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "answers", [5, [["red"]], ["red", 2, "blue"], ["red", "red", "blue"], ["red"], None]
)
def test_damaged_answers(answers, tmp_path) -> None:
    path = changed(tmp_path, "ask", lambda card: card["words"].update(answers=answers))
    with pytest.raises(CheckpointError, match=r"expected .*, got "):
        load_words(path)


def test_damaged_weights(tmp_path) -> None:
    path = save_words(tmp_path / "m.safetensors", "translate")
    card, state = read_card(path), load_file(path)
    state.pop(next(iter(state)))
    save_file(state, path, metadata={"saccade": card.to_json()})
    with pytest.raises(CheckpointError):
        load_words(path)
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(CheckpointError):
        load_words(path)


class Trap:
    def __reduce__(self):
        return Path.touch, (Path("trapped"),)


def test_a_pickle_is_never_run(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    for write in (torch.save, lambda trap, path: Path(path).write_bytes(pickle.dumps(trap))):
        write({"words": Trap()}, tmp_path / "best.safetensors")
        with pytest.raises(CheckpointError):
            load_words(tmp_path / "best.safetensors")
    assert not (tmp_path / "trapped").exists()
