"""Which steps of a network learn, and that the rest stays at rest."""

import pytest
import torch
from torch import nn

from saccade.errors import ConfigError
from saccade.models import build
from saccade.models.words.freezing import UNUSED, freeze, rest, steps_by_order, steps_of

NARROW = {"img_size": 32, "widths": (4, 4, 4, 4), "stem_chs": 4, "num_classes": 3}
VIT = {"img_size": 32, "embed_dim": 8, "depth": 3, "num_heads": 2, "num_classes": 3}


def resnet() -> nn.Module:
    return build("resnet18", **NARROW).eval()


def test_a_residual_network_is_cut_by_stage() -> None:
    steps = steps_of(resnet(), torch.zeros(1, 3, 32, 32))
    assert steps["conv1.weight"] == steps["bn1.bias"] == 0
    assert all(steps[name] == int(name[5]) for name in steps if name.startswith("layer"))
    assert steps["fc.weight"] == UNUSED


def test_a_transformer_is_cut_by_block() -> None:
    network = build("vit_tiny_patch16_224", **VIT).eval()
    steps = steps_of(network, torch.zeros(1, 3, 32, 32))
    assert steps["pos_embed"] == steps["cls_token"] == steps["patch_embed.proj.weight"] == 0
    assert steps["blocks.1.attn.qkv.weight"] == 1
    assert steps["norm.weight"] == 2
    assert steps["head.weight"] == UNUSED
    early = steps_of(network, torch.zeros(1, 3, 32, 32), last=1)
    assert early["norm.weight"] == 1
    assert early["blocks.2.attn.qkv.weight"] == UNUSED


def test_looking_changes_nothing() -> None:
    network = resnet()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    steps_of(network, torch.ones(1, 3, 32, 32))
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    assert not any(module._forward_pre_hooks for module in network.modules())


def test_steps_by_the_order_of_the_parameters() -> None:
    network = nn.Sequential(nn.Linear(1, 1), nn.Linear(1, 1), nn.Linear(1, 1))
    steps = steps_by_order(network, ["0", "1"])
    assert [steps[f"{n}.weight"] for n in range(3)] == [0, 1, 1]


@pytest.mark.parametrize(("tuned", "first"), [(0, 9), (1, 4), (3, 2), (-1, 0), (5, 0)])
def test_the_last_steps_learn(tuned, first) -> None:
    network = resnet()
    steps = steps_of(network, torch.zeros(1, 3, 32, 32))
    freeze(network, steps, tuned)
    for name, parameter in network.named_parameters():
        assert parameter.requires_grad == (steps[name] >= first), name


def test_frozen_norms_keep_their_statistics() -> None:
    network = resnet()
    freeze(network, steps_of(network, torch.zeros(1, 3, 32, 32)), 1)
    network.train()
    rest(network)
    norms = {name: m for name, m in network.named_modules() if isinstance(m, nn.BatchNorm2d)}
    before = {name: norm.running_mean.clone() for name, norm in norms.items()}
    network(torch.randn(4, 3, 32, 32))
    for name, norm in norms.items():
        learns = name.startswith("layer4")
        assert norm.training == learns
        assert torch.equal(norm.running_mean, before[name]) != learns


def test_all_norms_can_be_frozen() -> None:
    network = resnet()
    freeze(network, steps_of(network, torch.zeros(1, 3, 32, 32)), -1, norms=True)
    network.train()
    rest(network, norms=True)
    norms = [m for m in network.modules() if isinstance(m, nn.BatchNorm2d)]
    assert not any(norm.training or norm.weight.requires_grad for norm in norms)
    assert network.conv1.weight.requires_grad


def test_too_many_steps_are_told() -> None:
    network = resnet()
    with pytest.raises(ConfigError, match="0 to 5 steps"):
        freeze(network, steps_of(network, torch.zeros(1, 3, 32, 32)), 6)
