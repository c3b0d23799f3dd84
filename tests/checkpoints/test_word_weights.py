import json

import pytest
import torch

from saccade.checkpoints.card import Card
from saccade.checkpoints.load import load_model
from saccade.checkpoints.native import save
from saccade.checkpoints.word_weights import load_words, word_card
from saccade.errors import CheckpointError
from tests.samples import save_model
from tests.training.words.writers import WORDS, transformer
from tests.word_models import ANSWERS, parts_of, save_words

TASKS = ("caption", "translate", "ask")


def logits(model, task: str) -> torch.Tensor:
    words = torch.tensor([[1, 4, 5], [1, 6, 0]])
    images = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        return model(words if task == "translate" else images, words).logits


@pytest.mark.parametrize("task", TASKS)
def test_one_file_holds_all_that_use_needs(task: str, tmp_path) -> None:
    path = save_words(tmp_path / "1" / "best.safetensors", task)
    found, parts = load_words(tmp_path / "1", task=task), parts_of(task)
    assert torch.equal(logits(found.model, task), logits(parts["model"], task))
    assert not found.model.training
    for side in ("source", "target"):
        own, wanted = getattr(found, side), parts.get(side)
        assert (own and own.words) == (wanted and wanted.words)
    assert found.answers == (ANSWERS if task == "ask" else ())
    assert found.preprocessing == parts.get("preprocessing")
    assert (found.task, found.origin) == (task, str(path))


def test_a_transformer_too(tmp_path) -> None:
    model = transformer()
    card = word_card(model, task="translate", source=WORDS, target=WORDS)
    save(tmp_path / "t.safetensors", model, card)
    found = load_words(tmp_path / "t.safetensors")
    assert torch.equal(logits(found.model, "translate"), logits(model, "translate"))


def test_a_model_for_another_task_or_of_no_words(tmp_path) -> None:
    path = save_words(tmp_path / "m.safetensors", "caption")
    words = (
        rf"a model to ask with in .*, got one to caption with; try saccade caption --model {path}"
    )
    with pytest.raises(CheckpointError, match=words):
        load_words(path, task="ask")
    save_model(tmp_path / "classes.safetensors")
    with pytest.raises(
        CheckpointError, match=r"a model of words in .*, got .*; try saccade predict"
    ):
        load_words(tmp_path / "classes.safetensors")
    with pytest.raises(CheckpointError):
        load_words(tmp_path / "none.safetensors")


def test_nothing_else_takes_it_for_a_classifier(tmp_path) -> None:
    path = save_words(tmp_path / "m.safetensors", "ask")
    words = rf"a classifier in {path}, got a model to ask with; try saccade ask --model {path}"
    with pytest.raises(CheckpointError, match=words):
        load_model(path)


def test_the_card_of_older_files_has_no_words() -> None:
    card = Card(model="vit", config={})
    told = json.loads(card.to_json())
    del told["words"]
    assert Card.from_json(json.dumps(told), origin="x").words == {}
