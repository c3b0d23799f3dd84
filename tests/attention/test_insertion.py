"""A mechanism comes into a network without changing its weights, and leaves it again."""

import copy
import pickle

import pytest
import torch
from torch import nn

from saccade.attention.criss_cross import CrissCrossAttention
from saccade.attention.insertion import CHILD, eject, insert
from saccade.attention.non_local import NonLocal
from saccade.inspection import record
from saccade.models import build
from tests.attention.networks import Small

SIZES = {"layers": (1, 2), "widths": (8, 16), "stem": "conv3", "num_classes": 5}


def networks() -> dict[str, nn.Module]:
    """One of ours with each block, one with timm's names, one of torch's layers."""
    torch.manual_seed(0)
    sequence = nn.Sequential(nn.Conv2d(3, 8, 3), nn.Sequential(nn.BatchNorm2d(8), nn.ReLU()))
    return {
        "basic": build("resnet18", **SIZES),
        "bottleneck": build("resnet50", **SIZES),
        "foreign": Small(),
        "sequence": nn.Sequential(sequence, nn.Conv2d(8, 4, 1)),
    }


PLACES = {"basic": "layer2.*", "bottleneck": "layer?", "foreign": "layer?.1", "sequence": "0"}
WHERE = {
    "basic": ["layer2.0", "layer2.1"],
    "bottleneck": ["layer1.0", "layer2.1"],  # a sequence gives it to its last module
    "foreign": ["layer1.1", "layer2.1"],
    "sequence": ["0.1.1"],
}
each_network = pytest.mark.parametrize("kind", PLACES)
each_identity = pytest.mark.parametrize("name", ["non_local", "criss_cross"])


def run(model: nn.Module) -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        return model(torch.randn(2, 3, 9, 12, generator=generator))


@each_network
@each_identity
def test_names_weights_and_outputs_stay_as_they_were(kind: str, name: str) -> None:
    model = networks()[kind].eval()
    weights = {key: value.clone() for key, value in model.state_dict().items()}
    before = run(model)
    assert insert(model, PLACES[kind], name) == WHERE[kind]
    assert torch.equal(run(model), before)
    after = model.state_dict()
    assert [key for key in after if f"{CHILD}." not in key] == list(weights)
    assert all(torch.equal(after[key], value) for key, value in weights.items())
    assert {key.split(f".{CHILD}.")[0] for key in set(after) - set(weights)} == set(WHERE[kind])
    with record(model) as trace:
        run(model)
    assert [layer.name for layer in trace.layers] == [f"{key}.{CHILD}" for key in WHERE[kind]]


@each_network
def test_it_takes_part_and_can_be_taken_out(kind: str) -> None:
    model = networks()[kind].eval()
    names, before = list(model.state_dict()), run(model)
    insert(model, PLACES[kind], "squeeze_excitation", place="after", reduction=2)
    assert not torch.equal(run(model), before)
    assert sorted(eject(model)) == WHERE[kind]
    assert torch.equal(run(model), before)
    assert list(model.state_dict()) == names
    assert eject(model) == []


def test_a_warp_starts_as_identity_up_to_rounding() -> None:
    model = networks()["foreign"].eval()
    before = run(model)
    assert insert(model, "layer2.0", "spatial_transformer") == ["layer2.0"]
    assert model.layer2[0].inserted.channels == 8  # before the block, not after it
    torch.testing.assert_close(run(model), before, atol=1e-5, rtol=0)


@pytest.mark.parametrize("place", ["after", "before"])
@each_identity
def test_copies_modes_and_types_follow(place: str, name: str) -> None:
    model = networks()["foreign"].double()
    insert(model, "layer2.*", name, place=place)
    kinds = (NonLocal, CrissCrossAttention)
    inside = [module for module in model.modules() if isinstance(module, kinds)]
    assert len(inside) == 2
    assert all(module.training for module in inside)
    for module in inside:
        for parameter in module.parameters():
            assert parameter.dtype == torch.float64
            nn.init.normal_(parameter, std=0.1)
    model.eval()
    assert not any(module.training for module in inside)
    pixels = torch.randn(2, 3, 9, 12, dtype=torch.float64)
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert torch.equal(other(pixels), model(pixels))
        assert len(eject(other)) == 2
        assert not torch.equal(other(pixels), model(pixels))


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("basic", "non_local"),
        ("basic", "criss_cross"),
        ("foreign", "squeeze_excitation"),
        ("foreign", "spatial_transformer"),
    ],
)
@pytest.mark.slow
def test_it_compiles_whole_and_can_be_exported(kind: str, name: str) -> None:
    model = networks()[kind].eval()
    insert(model, "layer2.1", name)
    pixels = torch.zeros(2, 3, 9, 12).normal_()
    with torch.no_grad():
        expected = model(pixels)
        compiled = torch.compile(model, backend="eager", fullgraph=True)(pixels)
        exported = torch.export.export(model, (pixels,)).module()(pixels)
    torch.testing.assert_close(compiled, expected)
    torch.testing.assert_close(exported, expected)


def test_it_learns_in_place() -> None:
    model = networks()["foreign"].train()
    insert(model, "layer1.*", "criss_cross")
    model(torch.zeros(2, 3, 9, 12).normal_()).square().sum().backward()
    for block in model.layer1:
        assert block.inserted.gamma.grad.abs() > 0
