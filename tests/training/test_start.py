"""Networks without patches are trained, and trained weights are gone on with."""

import json

import pytest
import torch

import saccade
from saccade.checkpoints.native import read
from saccade.errors import ConfigError
from saccade.training.config import TrainConfig
from saccade.training.run import train
from tests.samples import dark_and_light

SMALL = {"layers": (1, 1), "widths": (8, 16), "attention": "squeeze_excitation"}
OPTIONS = {**SMALL, "attention_stages": "[2]", "attention_options": {"reduction": 4}}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Forty dark and light pictures of 8x8 pixels to train on, eight to test."""
    root = tmp_path_factory.mktemp("data")
    dark_and_light(root)
    return root


@pytest.fixture(scope="module")
def weights(data, tmp_path_factory):
    """Weights of a small residual network with a gate, after an epoch."""
    folder = tmp_path_factory.mktemp("runs")
    config = TrainConfig(
        model="resnet14_small_32", epochs=1, model_kwargs=OPTIONS, out=str(folder), workers=0
    )
    train(str(data), config)
    return folder / "1" / "best.safetensors"


def test_options_of_the_model_are_in_its_card(weights) -> None:
    card = read(weights).card
    assert card.model == "resnet14_small_32"
    assert card.config["attention_options"] == {"reduction": 4}
    assert (card.config["attention_stages"], card.config["layers"]) == ((2,), (1, 1))
    told = json.loads((weights.parent / "config.json").read_text())["config"]
    assert told["model_kwargs"]["attention_stages"] == [2]
    model = saccade.create_model(card.model, checkpoint_path=weights)
    assert model.layer2[0].se.fc1.weight.shape == (4, 16, 1, 1)
    assert model.layer1[0].se is None
    with torch.no_grad():
        assert model.eval()(torch.zeros(1, model.config.in_chans, 8, 8)).shape == (1, 2)


def test_weights_of_a_network_without_patches_are_a_start(data, weights, tmp_path) -> None:
    config = TrainConfig(checkpoint=str(weights), epochs=1, out=str(tmp_path), workers=0)
    train(str(data), config)
    assert read(tmp_path / "1" / "last.safetensors").card.model == "resnet14_small_32"
    wrong = TrainConfig(checkpoint=str(weights), drop_path_rate=0.1, out=str(tmp_path))
    with pytest.raises(ConfigError) as caught:
        train(str(data), wrong)
    assert str(caught.value) == (
        "expected an option of resnet14_small_32, got 'drop_path_rate'; try drop_rate"
    )
