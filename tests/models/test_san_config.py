"""The choices of SAN: every relation, borders, and what cannot work."""

import pytest
import torch

from saccade.attention.vector import RELATIONS
from saccade.errors import ConfigError
from saccade.models.san import SAN
from saccade.models.san_config import DEFAULT_RELATIONS, SANConfig
from tests.models.test_san import TINY, noise, tiny


@pytest.mark.parametrize(
    ("kind", "relation"), [(kind, one) for kind, names in RELATIONS.items() for one in names]
)
def test_every_relation_can_be_chosen(kind: str, relation: str) -> None:
    model = tiny(kind, relation=relation, num_classes=5)
    with torch.no_grad():
        assert bool(model(noise(2, 3, 40, 32)).isfinite().all())
    assert {model.get_submodule(f"layer{i}.0.sam").relation for i in range(5)} == {relation}


def test_there_are_five_pairwise_and_three_patchwise_relations() -> None:
    assert {kind: len(names) for kind, names in RELATIONS.items()} == {
        "pairwise": 5,
        "patchwise": 3,
    }
    assert all(default in RELATIONS[kind] for kind, default in DEFAULT_RELATIONS.items())


def test_borders_are_heard() -> None:
    images, found = noise(1, 3, 64, 64), []
    state = tiny(num_classes=5).state_dict()
    for boundary in ("reflect", "zero", "mask"):
        model = tiny(num_classes=5, boundary=boundary)
        model.load_state_dict(state)
        with torch.no_grad():
            found.append(model(images))
    for one, other in ((0, 1), (1, 2), (0, 2)):
        assert not torch.allclose(found[one], found[other], atol=1e-5)


def test_positions_can_be_left_out() -> None:
    with_positions, without = tiny().state_dict(), tiny(positions=False).state_dict()
    gone = {name.split(".sam.")[1] for name in set(with_positions) - set(without)}
    assert gone == {"conv_p.weight", "conv_p.bias"}


def test_what_every_classifier_can_be_asked() -> None:
    model = tiny(img_size=(96, 64), in_chans=2)
    assert (model.layout.prefix, model.layout.grid, model.layout.patch) == ((), (3, 2), (32, 32))
    model.set_input_size(20)
    assert (model.config.image, model.layout.grid, model.layout.patch) == (
        (20, 20),
        (1, 1),
        (20, 20),
    )
    assert model.patch_kernel().shape == (32, 2, 1, 1)
    assert model.position_table() is None
    images = noise(1, 2, 20, 20)
    model.reset_classifier(0)
    with torch.no_grad():
        assert torch.equal(model(images), model.features(images))


def test_fresh_weights() -> None:
    model = tiny()
    before = {name: value.clone() for name, value in model.named_parameters()}
    for parameter in model.parameters():
        torch.nn.init.constant_(parameter, 7.0)
    model.reset_parameters()
    for name, parameter in model.named_parameters():
        assert not bool((parameter == 7.0).any()), name
        if ".bn" in name or name.startswith("bn"):
            assert torch.equal(parameter, before[name]), name


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"depths": (2, 1)},
            "expected depths and kernel_sizes of five stages, each at least 1, got (2, 1) and "
            "(3, 7, 7, 7, 7); try depths=(2, 1, 2, 4, 1), kernel_sizes=(3, 7, 7, 7, 7)",
        ),
        ({"kind": "both"}, "expected kind pairwise or patchwise, got 'both'; try kind='pairwise'"),
        (
            {"width": 48},
            "expected a width that 32 (four times share) divides, got 48; try width=32",
        ),
        ({"in_chans": 0}, "expected a positive in_chans, got 0; try in_chans=1"),
        ({"num_classes": -1}, "expected num_classes of at least 0, got -1; try num_classes=10"),
    ],
)
def test_errors(changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(ConfigError) as error:
        SANConfig(**changes)
    assert str(error.value) == sentence


def test_a_relation_of_the_other_kind() -> None:
    with pytest.raises(ConfigError, match="subtraction"):
        SAN(SANConfig(**TINY, kind="patchwise", relation="subtraction"))
