"""What can make an EVA, and what cannot."""

import dataclasses

import pytest

from saccade.errors import ConfigError
from saccade.models.eva_config import EvaConfig


def test_sides_become_pairs() -> None:
    config = EvaConfig(img_size=32, patch_size=8, ref_feat_shape=4)
    assert (config.img_size, config.patch_size, config.reference) == ((32, 32), (8, 8), (4, 4))
    assert EvaConfig().reference is None
    again = EvaConfig(**dataclasses.asdict(config))
    assert again == config


def test_hidden_units() -> None:
    config = EvaConfig(embed_dim=16, num_heads=2, mlp_ratio=8 / 3, swiglu_mlp=True)
    assert config.gates == 42
    assert dataclasses.replace(config, swiglu_align_to=8).gates == 48
    assert dataclasses.replace(config, swiglu_align_to=42).gates == 42


def test_names_of_tokens() -> None:
    assert EvaConfig(num_reg_tokens=2).layout.prefix == ("cls", "reg1", "reg2")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"num_reg_tokens": -1}, "num_reg_tokens of at least 0"),
        ({"swiglu_align_to": -8}, "swiglu_align_to of at least 0"),
        ({"scale_mlp": True}, "swiglu_mlp=True"),
        ({"swiglu_align_to": 8}, "swiglu_mlp=True"),
        ({"use_rot_pos_emb": True, "rope_type": "mixed"}, "rope_type cat or dinov3"),
        ({"use_rot_pos_emb": True, "rope_temperature": 0.0}, "a positive rope_temperature"),
        ({"use_rot_pos_emb": True, "embed_dim": 72}, "divisible by 4 times 12 heads"),
        ({"ref_feat_shape": (1, 2, 3)}, "a side or"),
    ],
)
def test_what_cannot_be(changes: dict[str, object], expected: str) -> None:
    with pytest.raises(ConfigError, match=expected):
        EvaConfig(**changes)
