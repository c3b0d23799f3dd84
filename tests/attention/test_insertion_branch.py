"""Gates on the branch of residual blocks, and modules that can have no mechanism."""

import pytest
import torch
from torch import nn

from saccade.attention.insertion import CHILD, eject, insert
from saccade.errors import ConfigError
from saccade.models import build
from tests.attention.networks import Basic, Bottle, Small

SIZES = {"layers": (1, 2), "widths": (16, 16), "stem": "conv3", "num_classes": 5}


@pytest.mark.parametrize(("depth", "last"), [(18, "bn2"), (50, "bn3")])
def test_gates_in_a_resnet_make_it_an_se_resnet(depth: int, last: str) -> None:
    torch.manual_seed(0)
    model = build(f"resnet{depth}", **SIZES)
    wanted = build(f"seresnet{depth}", **SIZES, attention_stages=(1, 2))
    found = insert(model, "layer?.*", "squeeze_excitation")
    assert found == [f"layer1.0.{last}", f"layer2.0.{last}", f"layer2.1.{last}"]
    state = model.state_dict()
    for key, value in state.items():
        if not value.any() and key.endswith("weight"):
            value.fill_(0.5)  # the last norm, which starts at 0
    renamed = {key.replace(f".{last}.{CHILD}.", ".se."): value for key, value in state.items()}
    wanted.load_state_dict(renamed, strict=True)
    images = torch.randn(2, 3, 9, 12)
    with torch.no_grad():
        assert torch.equal(model.eval()(images), wanted.eval()(images))
    assert sorted(eject(model)) == sorted(found)


def test_where_a_branch_ends() -> None:
    inverted = nn.Module()
    inverted.conv = nn.Sequential(nn.Conv2d(8, 8, 3), nn.BatchNorm2d(8), nn.ReLU())
    inverted.gate = Small()  # layers inside of other parts do not count
    net = nn.ModuleDict({"a": Basic(8, 16, 2), "b": Bottle(8, 4), "c": inverted})
    assert insert(net, "*", "squeeze_excitation", place="branch", channels=16) == [
        "a.bn2",
        "b.norm3",
        "c.conv.1",
    ]


def test_modules_without_a_shortcut_have_gates_behind_them() -> None:
    net = nn.Sequential(nn.Conv2d(3, 8, 3), nn.Sequential(nn.Conv2d(8, 8, 3), nn.ReLU()))
    assert insert(net, "*", "squeeze_excitation") == ["0", "1.1"]


def refused(model: nn.Module, *args: str, **options: object) -> str:
    with pytest.raises(ConfigError) as caught:
        insert(model, *args, **options)
    return str(caught.value)


def test_what_has_no_branch_and_what_is_never_called() -> None:
    model = Small()
    assert refused(model, "layer2", "squeeze_excitation", place="branch") == (
        "expected a residual block with convolutions or norms, got layer2; try place='after'"
    )
    net = nn.ModuleDict({"blocks": nn.ModuleList([Basic(8, 8)])})
    assert refused(net, "blocks", "non_local") == (
        "expected a module that is called as a whole, got blocks, a ModuleList; try 'blocks.*'"
    )


def test_a_module_that_stands_in_two_places() -> None:
    act = nn.ReLU()
    net = nn.Sequential(nn.Sequential(nn.Conv2d(3, 8, 3), act), nn.Conv2d(8, 8, 3), act)
    assert refused(net, "0", "non_local") == (
        "expected a module that stands in one place, got 0.1 and 2; try a module around it"
    )


@pytest.mark.slow
@pytest.mark.parametrize("inside", [False, True])
def test_a_compiled_network_would_not_notice(inside: bool) -> None:
    model = Small()
    if inside:
        model.layer1.compile(backend="eager")
    else:
        model = torch.compile(model, backend="eager")
    assert refused(model, "layer2.*", "non_local") == (
        "expected a network that is not compiled, got a compiled one; try torch.compile after"
    )


def test_convolutions_on_a_shortcut_stay() -> None:
    block = Basic(8, 16, 2)
    block.downsample = nn.Sequential(nn.Conv2d(8, 16, 3, 2, 1), nn.BatchNorm2d(16))
    net = nn.ModuleDict({"a": block})
    assert insert(net, "a", "local_self") == ["a.conv1", "a.conv2"]
