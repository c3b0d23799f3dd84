"""What BEiT and EVA share: the checks of a config, fresh weights, heads."""

import math

import pytest
import torch
from torch import nn

from saccade.errors import ConfigError, ShapeError
from saccade.models.beit import Beit, BeitConfig
from saccade.models.eva import Eva
from saccade.models.eva_config import EvaConfig
from saccade.models.patch_sequence import PatchSequenceConfig

WIDE = {"embed_dim": 256, "depth": 2, "num_heads": 4, "patch_size": 8, "img_size": 16}


def drawn(**changes: object) -> Eva:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return Eva(EvaConfig(**{**WIDE, "num_reg_tokens": 3, "init_values": 0.1, **changes}))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"global_pool": "map"}, "global_pool avg or token"),
        ({"num_classes": -1}, "num_classes of at least 0"),
        ({"depth": 0}, "a positive depth"),
        ({"drop_path_rate": 1.0}, r"drop_path_rate in \[0, 1\)"),
        ({"img_size": (224, 230)}, "224x224 or 224x240"),
    ],
)
def test_what_cannot_be(changes: dict[str, object], expected: str) -> None:
    with pytest.raises(ConfigError, match=expected):
        PatchSequenceConfig(**changes)


def test_where_the_norm_stands() -> None:
    assert PatchSequenceConfig().fc_norm is True
    assert PatchSequenceConfig(global_pool="token").fc_norm is False
    model = drawn(fc_norm=False)
    assert isinstance(model.norm, nn.LayerNorm)
    assert isinstance(model.fc_norm, nn.Identity)


def test_stochastic_depth_grows() -> None:
    config = PatchSequenceConfig(depth=3, drop_path_rate=0.2)
    assert [config.drop_path(index) for index in range(3)] == pytest.approx([0, 0.1, 0.2])
    assert PatchSequenceConfig(depth=1, drop_path_rate=0.2).drop_path(0) == 0


@torch.no_grad()
def test_fresh_weights() -> None:
    model = drawn()
    for number, block in enumerate(model.blocks, start=1):
        for layer, share in ((block.attn.qkv, 1), (block.attn.proj, math.sqrt(2 * number))):
            assert float(layer.weight.std()) == pytest.approx(0.02 / share, rel=0.05)
        assert not bool(block.attn.q_bias.any() | block.mlp.fc1.bias.any())
        assert torch.equal(block.gamma_2, torch.full((256,), 0.1))
    assert float(model.head.weight.std()) == pytest.approx(2e-5, rel=0.05)
    assert float(model.reg_token.std()) == pytest.approx(0.02, rel=0.2)
    model.reset_classifier(3)
    assert model.head.weight.shape == (3, 256)
    assert float(model.head.weight.abs().max()) < 2e-4


def test_biases_of_scores_start_at_nothing() -> None:
    model = Beit(BeitConfig(**WIDE, use_shared_rel_pos_bias=True))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.fill_(1.0)
    model.reset_parameters()
    tables = [value for name, value in model.named_parameters() if name.endswith("table")]
    assert len(tables) == 3
    assert not any(bool(table.any()) for table in tables)


def test_images_of_another_size() -> None:
    with pytest.raises(ShapeError, match="h=16, w=16"):
        drawn()(torch.zeros(1, 3, 24, 16))
    with pytest.raises(ShapeError, match="floating point"):
        drawn()(torch.zeros(1, 3, 16, 16, dtype=torch.uint8))
