"""Copies with drawn weights: the model is left alone, and maps that ignore it are caught."""

import pytest
import torch
from torch import nn

from saccade.errors import ConfigError
from saccade.inspection.evidence.random_weights import (
    cascade,
    cascade_control,
    parts,
    random_weights_control,
    redrawn,
)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Conv2d(1, 4, 1)
        self.blocks = nn.ModuleList([nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 4)])
        self.head = nn.Linear(4, 2)

    def forward(self, images):
        x = self.embed(images).flatten(2).transpose(1, 2)
        for block in self.blocks:
            x = block(x)
        return self.head(x.mean(1))


@pytest.fixture
def model(drawn):
    return drawn(Model(), std=1.0)


def gradients(model, images):
    """A map that follows the weights."""
    images = images.detach().requires_grad_()
    (found,) = torch.autograd.grad(model(images)[:, 0].sum(), images)
    return found[:, 0] * images[:, 0]


def edges(model, images):
    """A map that ignores them."""
    return images[:, 0]


def test_the_model_itself_stays(model, generator):
    before = {name: value.clone() for name, value in model.state_dict().items()}
    with redrawn(model, generator=generator) as twin:
        for name, value in twin.state_dict().items():
            assert (value != before[name]).all()
    for name, value in model.state_dict().items():
        torch.testing.assert_close(value, before[name], rtol=0, atol=0)


def test_a_draw_has_the_spread_of_the_tensor_and_repeats(generator):
    wide = nn.Linear(100, 100)
    nn.init.normal_(wide.weight, 3.0, 0.5, generator=generator)
    twins = []
    for _ in range(2):
        with redrawn(wide, generator=torch.Generator().manual_seed(1)) as twin:
            twins.append(twin.weight.detach())
    torch.testing.assert_close(twins[0], twins[1])
    assert float(twins[0].mean()) == pytest.approx(3, abs=0.05)
    assert float(twins[0].std()) == pytest.approx(0.5, abs=0.05)


def test_one_part(model, generator):
    with redrawn(model, part="blocks.2", generator=generator) as twin:
        same = {
            name: torch.equal(value, model.state_dict()[name])
            for name, value in twin.state_dict().items()
        }
    assert [name for name, kept in same.items() if not kept] == ["blocks.2.weight", "blocks.2.bias"]


def test_a_cascade_goes_from_the_last_part_to_the_first(model, generator):
    assert parts(model) == ["head", "blocks.2", "blocks.0", "embed"]
    changed = []
    for name, twin in cascade(model, generator=generator):
        own = model.state_dict()
        weights = {key: value for key, value in twin.state_dict().items() if "weight" in key}
        changed.append(
            (name, sum(not torch.equal(value, own[key]) for key, value in weights.items()))
        )
    assert changed == [("head", 1), ("blocks.2", 2), ("blocks.0", 3), ("embed", 4)]


def test_a_map_that_ignores_the_weights_is_caught(model, normal, generator):
    images = normal(3, 1, 6, 6)
    blind = random_weights_control(model, images, edges, generator=generator)
    assert blind.shape == (3, 3)
    torch.testing.assert_close(blind, torch.ones_like(blind))
    honest = random_weights_control(model, images, gradients, draws=12, generator=generator)
    assert float(honest.mean()) < 0.8
    falling = cascade_control(model, images, gradients, generator=generator)
    assert list(falling) == parts(model)
    assert falling["embed"].shape == (3,)


@pytest.mark.slow
def test_of_a_compiled_model_the_twin_is_copied(model, generator):
    compiled = torch.compile(model, backend="eager")
    assert parts(compiled) == parts(model)
    with redrawn(compiled, generator=generator) as twin:
        assert isinstance(twin, Model)
        assert not twin.training


@pytest.mark.parametrize("part", ["neck", "blocks.1"])
def test_a_part_without_weights(model, part):
    sentence = f"the name of a part with weights, got '{part}'; try head"
    with pytest.raises(ConfigError, match=sentence), redrawn(model, part=part):
        pass


def test_no_draws(model):
    with pytest.raises(ConfigError, match="draws of 1 or more, got 0"):
        random_weights_control(model, torch.ones(1, 1, 2, 2), edges, draws=0)
