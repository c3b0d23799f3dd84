"""Residual networks with every mechanism in every place."""

import pytest
import torch

import saccade
from saccade.attention import MECHANISMS
from saccade.attention.augmented_conv import AugmentedConv
from saccade.attention.create import ROLES
from saccade.errors import ConfigError
from saccade.inspection import record
from tests.contract.small import small
from tests.models.test_resnet import noise, tiny


@pytest.mark.parametrize("name", ROLES)
@pytest.mark.parametrize("block", ["basic", "bottleneck"])
def test_any_mechanism_in_any_stage(block: str, name: str) -> None:
    model = tiny(attention=name, block=block, attention_stages=(1, 2), img_size=(32, 48))
    pixels = noise(2, 3, 32, 48)
    with torch.no_grad():
        plain = model(pixels)
        with record(model) as trace:
            watched = model(pixels)
    torch.testing.assert_close(watched, plain, atol=1e-5, rtol=0)
    assert len(trace.layers) >= 2


@pytest.mark.parametrize("role", ["conv", "branch", "after", "before"])
def test_every_place(role: str) -> None:
    model = tiny(attention="local_self", attention_role=role, block="basic")
    with torch.no_grad():
        assert model(noise(2, 3, 32, 32)).shape == (2, 5)
    kind = MECHANISMS["local_self"]
    assert sum(isinstance(part, kind) for part in model.modules()) == 1


@pytest.mark.parametrize("name", ["non_local", "criss_cross", "spatial_transformer"])
def test_what_starts_as_identity_changes_nothing(name: str) -> None:
    plain, attentive = tiny(), tiny(attention=name)
    attentive.load_state_dict(plain.state_dict(), strict=False)
    with torch.no_grad():
        difference = attentive(noise(2, 3, 32, 32)) - plain(noise(2, 3, 32, 32))
    assert float(difference.abs().max()) <= (1e-5 if name == "spatial_transformer" else 0)


def test_augmented_convolutions_follow_the_image_size() -> None:
    model = small("aa_resnet50", layers=(1, 2, 1, 1))
    model.set_input_size((224, 256))
    fresh = small("aa_resnet50", layers=(1, 2, 1, 1), img_size=(224, 256))
    layers = [
        [part for part in net.modules() if isinstance(part, AugmentedConv)]
        for net in (model, fresh)
    ]
    for one, two in zip(*layers, strict=True):
        assert (one.pool, one.key_rel_h.shape) == (two.pool, two.key_rel_h.shape)
    assert [layer.pool for layer in layers[0]] == [True, True, False, False]


def test_a_mechanism_that_cannot_change_the_channels() -> None:
    with pytest.raises(ConfigError, match="which is all that windowed can give"):
        tiny(attention="windowed", block="basic", attention_conv=1, widths=(16, 32))


def test_by_name_with_a_mechanism() -> None:
    model = saccade.create_model(
        "resnet18",
        num_classes=4,
        layers=(1, 1),
        widths=(8, 16),
        attention="criss_cross",
        attention_stages=(2,),
    )
    assert model.layer2[0].attention is not None
    assert model(noise(2, 3, 32, 32)).shape == (2, 4)
