"""A model that gives a picture any number of labels judges each class by itself."""

import dataclasses
import math

import pytest
import torch

from saccade.checkpoints.card import Card
from saccade.checkpoints.native import save
from saccade.cli import predict as command
from saccade.predict import load
from tests.samples import PICO, drawn_model, write_good

CLASSES = ("cat", "dog", "bird")


@pytest.fixture
def weights(tmp_path):
    """Weights whose logits are 2, 0 and -2 for every picture."""
    model = drawn_model(num_classes=3)
    with torch.no_grad():
        model.head.weight.zero_()
        model.head.bias.copy_(torch.tensor([2.0, 0.0, -2.0]))

    def write(**training):
        card = Card(
            model=PICO, config=dataclasses.asdict(model.config), classes=CLASSES, training=training
        )
        save(tmp_path / "model.safetensors", model, card)
        return tmp_path / "model.safetensors"

    return write


def test_a_sigmoid_for_each_class_and_a_threshold_for_each(weights, tmp_path):
    (picture,) = write_good(tmp_path, 1)
    said = load(weights(thresholds=[0.9, 0.4, 0.1]))(picture)
    odds = [1 / (1 + math.exp(-logit)) for logit in (2, 0, -2)]  # 0.88, 0.5 and 0.12
    assert [label for label, _, _ in said.top] == list(CLASSES)
    assert [value for _, _, value in said.top] == pytest.approx(odds)
    assert said.present == ("dog", "bird")


def test_without_thresholds_probabilities_sum_to_one(weights, tmp_path):
    (picture,) = write_good(tmp_path, 1)
    said = load(weights())(picture)
    assert sum(value for _, _, value in said.top) == pytest.approx(1)
    assert said.present is None


def test_thresholds_of_other_classes_are_not_used(weights, tmp_path):
    (picture,) = write_good(tmp_path, 1)
    assert load(weights(thresholds=[0.5, 0.5]))(picture).present is None


def test_the_table_says_which_labels_are_present(weights, tmp_path, capsys):
    (picture,) = write_good(tmp_path, 1)
    assert command.predict(str(weights(thresholds=[0.9, 0.4, 0.1])), str(picture)) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert rows[0][-1] == "present"
    assert [row[-1] == "yes" for row in rows[2:]] == [False, True, True]
