"""What a run of labels for pixels leaves open."""

import pytest

from saccade.errors import ConfigError
from saccade.training.config import TrainConfig
from saccade.training.segmentation.recipe import choose_pixels

CAMVID = (240, 180)


def chosen(**given: object) -> TrainConfig:
    config = TrainConfig.from_dict({"task": "segment", **given})
    return choose_pixels(config, 367, CAMVID, on_gpu=False)[0]


def test_fresh_weights() -> None:
    found = chosen()
    assert (found.model, found.img_size, found.sched) == ("ccnet_small", (180, 240), "poly")
    assert (found.segment.aux, found.segment.recurrence, found.epochs) == (0.4, 2, 82)


def test_weights_of_a_classifier() -> None:
    found = chosen(checkpoint="weights.safetensors")
    assert found.model == "ccnet_grid"
    assert found.img_size == (272, 368)
    assert found.layer_decay == 0.75


def test_large_pictures_are_seen_smaller() -> None:
    config = TrainConfig(task="segment")
    assert choose_pixels(config, 50, (4000, 3000), on_gpu=False)[0].img_size == (480, 640)


def test_what_was_asked_for_stays() -> None:
    assert chosen(lr=0.5, segment={"ohem": 0.7}).segment.ohem == 0.7


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"crop": 0.5}, "options of the task segment, got crop=0.5"),
        ({"model": "resnet18"}, "for the task segment, got resnet18; try model=ccnet_grid"),
        ({"objective": "mae"}, "the task segment without an objective"),
        ({"strategy": "fsdp"}, "strategy=ddp for the task segment"),
    ],
)
def test_errors(given: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        chosen(**given)
