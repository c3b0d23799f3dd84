"""The options of a vision transformer."""

import dataclasses
import json

import pytest

from saccade.errors import ConfigError
from saccade.layers import TokenLayout
from saccade.models.vit_config import ViTConfig
from tests.models.test_vit import tiny


def test_sides_become_pairs() -> None:
    config = ViTConfig(img_size=224, patch_size=(16, 32))
    assert (config.img_size, config.patch_size) == ((224, 224), (16, 32))
    assert config.layout == TokenLayout(("cls",), (14, 7), (16, 32))


def test_the_class_token_follows_the_pool() -> None:
    assert ViTConfig().class_token is True
    assert ViTConfig(global_pool="avg").class_token is False
    assert ViTConfig(global_pool="avg").layout.prefix == ()
    assert ViTConfig(global_pool="avg", class_token=True).layout.prefix == ("cls",)
    assert ViTConfig(reg_tokens=2).layout.prefix == ("cls", "reg1", "reg2")
    assert ViTConfig(global_pool="map", reg_tokens=1).layout.prefix == ("reg1",)


def test_json_brings_everything_back() -> None:
    config = ViTConfig(img_size=(32, 48), drop_path_rate=0.1, pos_embed="learn2d")
    assert ViTConfig(**json.loads(json.dumps(dataclasses.asdict(config)))) == config


def test_a_config_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        ViTConfig().depth = 3


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"img_size": 5}, "divisible by the patch side 2, got 5x5; try 4 or 6"),
        ({"img_size": (7, 8)}, "divisible by the patch side 2, got 7x8; try 6x8 or 8x8"),
        ({"reg_tokens": -1}, "reg_tokens of at least 0, got -1; try reg_tokens=4"),
        ({"mlp": "swiglu"}, "mlp out of mlp, swiglu_packed, got 'swiglu'; try mlp"),
        (
            {"mlp": "swiglu_packed", "mlp_ratio": 0.875},
            "an even number of gates and values, got 7; try mlp_ratio=4",
        ),
        ({"num_heads": 3}, "divides the width 8, got 3; try"),
        ({"depth": 0}, "a positive depth, got 0; try depth=1"),
        ({"num_classes": -1}, "num_classes of at least 0, got -1"),
        ({"drop_path_rate": 1.0}, r"drop_path_rate in \[0, 1\), got 1.0; try drop_path_rate=0.1"),
        ({"pos_embed": "rope"}, "pos_embed out of learn, learn2d, .*, got 'rope'; try learn"),
        ({"class_token": False}, 'a class token for global_pool="token", got class_token=False'),
        (
            {"embed_dim": 6, "pos_embed": "sincos2d"},
            "divisible by 4, for sincos2d positions, got 6",
        ),
    ],
)
def test_options_that_cannot_work(changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        tiny(**changes)
