"""The network that reads pictures for words."""

import pytest

from saccade.training.config import TrainConfig
from saccade.training.words.eyes import SMALL, eye_choices, small_options
from saccade.training.words.opening import WordFacts

ASKED = TrainConfig(task="caption")


def chosen(config: TrainConfig, side: int) -> dict[str, object]:
    facts = WordFacts(turns=100, hangul=(0.0, 0.0), side=side)
    return {choice.name: choice.value for choice in eye_choices(config, facts)}


@pytest.mark.parametrize(("side", "wanted"), [(64, 64), (50, 56), (3, 8), (65, 128), (500, 128)])
def test_small_pictures_keep_their_size_in_whole_cells(side: int, wanted: int) -> None:
    found = chosen(ASKED, side)
    assert (found["model"], found["img_size"], found["words.tuned"]) == ("resnet18", wanted, -1)


def test_weights_stay_as_they_are() -> None:
    assert chosen(ASKED.changed({"checkpoint": "vit.safetensors"}), 64) == {"words.tuned": 0}


def test_a_named_network_reads_pictures_at_their_own_size() -> None:
    assert chosen(ASKED.changed({"model": "resnet18"}), 100)["img_size"] == 100
    assert chosen(ASKED.changed({"model": "resnet18"}), 4000)["img_size"] == 224
    assert chosen(ASKED.changed({"model": "vit_tiny_patch16_224"}), 100)["img_size"] == 128


def test_only_the_small_network_that_nobody_named_otherwise_has_two_stages() -> None:
    small = ASKED.changed({"model": "resnet18", "img_size": SMALL})
    assert small_options(small)["layers"] == (1, 1)
    assert small_options(small.changed({"img_size": SMALL + 1})) == {}
    assert small_options(small.changed({"model_kwargs": {"block": "basic"}})) == {}
    assert small_options(small.changed({"model": "resnet34"})) == {}
