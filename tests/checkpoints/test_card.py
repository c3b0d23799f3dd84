import json

import pytest

from saccade.checkpoints.card import CARD_FORMAT, Card
from saccade.errors import CheckpointError

CARD = Card(model="vit_pico_patch2_8", config={"img_size": (8, 8)}, classes=("고", "b"), epoch=3)


def test_a_card_comes_back_as_it_was_written() -> None:
    assert Card.from_json(CARD.to_json(), origin="file") == CARD
    assert Card.from_json(CARD.to_json(indent=1), origin="file") == CARD
    assert "고" in CARD.to_json()  # text stays readable


def test_the_split_of_the_run() -> None:
    config = {"seed": 3, "val_fraction": 0.25}
    assert Card(model="m", config={}, training={"config": config}).split == (3, 0.25)
    for training in ({}, {"config": None}, {"config": {"epochs": 1}}):
        assert Card(model="m", config={}, training=training).split == (0, 0.1)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"format": CARD_FORMAT + 1}, "a card of format 1 or older in file, got format 2"),
        ({"format": True}, "got no number of its format"),
        ({"model": 3}, "got model as int instead of str"),
        ({"classes": ["a", 1]}, "got classes that are not all text"),
        ({"config": []}, "got config as list instead of dict"),
    ],
)
def test_a_card_that_lies(change: dict[str, object], sentence: str) -> None:
    values = {**json.loads(CARD.to_json()), **change}
    with pytest.raises(CheckpointError, match=sentence):
        Card.from_json(json.dumps(values), origin="file")


def test_no_card_at_all() -> None:
    for text, sentence in (
        ("{", "got no JSON"),
        ("[]", "got a JSON list"),
        ('{"format": 1}', "no"),
    ):
        with pytest.raises(CheckpointError, match=sentence):
            Card.from_json(text, origin="file")
