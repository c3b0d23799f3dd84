"""The rules of the papers, on the networks that they are for."""

import pytest
import torch
from torch import nn

from saccade.attention.augmented_conv import AugmentedConv
from saccade.attention.create import ROLES
from saccade.attention.local_self import LocalSelfAttention
from saccade.attention.non_local import NonLocal
from saccade.attention.squeeze_excitation import SqueezeExcitation
from saccade.errors import UnknownName
from saccade.models import build
from saccade.models.placements import PLACEMENTS


def meta(name: str, **changes: object) -> nn.Module:
    with torch.device("meta"):
        return build(name, **changes)


def homes(model: nn.Module, kind: type[nn.Module]) -> list[str]:
    return [name for name, part in model.named_modules() if isinstance(part, kind)]


def test_five_non_local_blocks() -> None:
    model = meta("resnet50", **PLACEMENTS["non_local_5"].options())
    wanted = ["layer2.1", "layer2.3", "layer3.1", "layer3.3", "layer3.5"]
    assert homes(model, NonLocal) == [f"{name}.attention" for name in wanted]
    plain = meta("resnet50")
    added = sum(p.numel() for p in model.parameters()) - sum(p.numel() for p in plain.parameters())
    assert added == 7_358_464 == 2 * 526_592 + 3 * 2_101_760


def test_non_local_blocks_of_the_other_rules() -> None:
    ten = homes(meta("nl_resnet50_10"), NonLocal)
    assert ten == [f"layer2.{b}.attention" for b in range(4)] + [
        f"layer3.{b}.attention" for b in range(6)
    ]
    deep = homes(meta("nl_resnet101"), NonLocal)
    blocks = ["layer2.1", "layer2.3", "layer3.6", "layer3.13", "layer3.20"]
    assert deep == [f"{name}.attention" for name in blocks]


def test_gates_sit_on_every_branch() -> None:
    model = meta("seresnet50")
    depths = enumerate((3, 4, 6, 3), start=1)
    wanted = [f"layer{stage}.{block}.se" for stage, depth in depths for block in range(depth)]
    assert homes(model, SqueezeExcitation) == wanted
    hidden = [model.get_submodule(f"layer{stage}.0.se").fc1.out_channels for stage in (1, 2, 3, 4)]
    assert hidden == [16, 32, 64, 128]


def test_augmented_convolutions_of_the_paper() -> None:
    # dk, dv and the map that attention sees at 224 pixels, pooled where the map is 28x28.
    model = meta("aa_resnet50")
    assert not homes(model.layer1, AugmentedConv)
    for stage, (values, side, pool) in {
        2: (8, 14, True),
        3: (24, 14, False),
        4: (48, 7, False),
    }.items():
        for block in model.get_submodule(f"layer{stage}"):
            layer = block.conv2
            assert layer.parts == (160, 160, values)
            assert (layer.key_rel_h.shape, layer.pool) == ((2 * side - 1, 20), pool)
    first = meta("aa_resnet34")
    assert homes(first.layer2[0], AugmentedConv) == ["conv1"]


def test_stand_alone_attention_in_some_stages() -> None:
    mixed = meta("sasa_resnet26", attention_stages=(3, 4))
    assert {name.split(".")[0] for name in homes(mixed, LocalSelfAttention)} == {"layer3", "layer4"}
    assert isinstance(mixed.layer1[0].conv2, nn.Conv2d)


@pytest.mark.parametrize("name", list(PLACEMENTS))
def test_rules_make_sense(name: str) -> None:
    placement = PLACEMENTS[name]
    assert ROLES[placement.attention] == placement.role
    assert "arXiv" in placement.source or "github.com" in placement.source
    assert placement.blocks is None or {s for s, _ in placement.blocks} == set(placement.stages)


def test_a_rule_that_does_not_exist() -> None:
    with pytest.raises(UnknownName, match="try non_local_5"):
        PLACEMENTS["non_local_6"]
