"""DeiT with a distillation token, and the sizes of all DeiTs."""

import copy

import pytest
import torch

from saccade.errors import ConfigError
from saccade.inspection.cost import multiply_adds
from saccade.models import build
from saccade.models.deit import DistilledDeiT, DistilledDeiTConfig
from saccade.models.entries.deit import ENTRIES
from saccade.models.vit import ViT
from tests.models.test_catalog import closed_form, meta
from tests.models.test_vit import TINY, images


def tiny(**changes: object) -> DistilledDeiT:
    return DistilledDeiT(DistilledDeiTConfig(**{**TINY, **changes}))


@torch.no_grad()
def test_the_two_heads_are_averaged(drawn, normal) -> None:
    model = drawn(tiny())
    pixels = images(normal, model)
    tokens = model.tokens(pixels)
    first, second = model.head(tokens[:, 0]), model.head_dist(tokens[:, 1])
    torch.testing.assert_close(model(pixels), (first + second) / 2)
    torch.testing.assert_close(model.features(pixels), tokens[:, :2].mean(1))
    assert model.layout.prefix == ("cls", "dist")
    assert tokens.shape == (3, 8, 8)
    assert model.position_table().shape == (6, 8)


def test_the_pair_is_given_in_training_when_asked_for(drawn, normal) -> None:
    model = drawn(tiny()).train()
    pixels = images(normal, model)
    mean = model(pixels)
    model.set_distilled_training()
    first, second = model(pixels)
    torch.testing.assert_close(mean, (first + second) / 2)
    torch.testing.assert_close(model.eval()(pixels), mean)
    model.train().set_distilled_training(False)
    torch.testing.assert_close(model(pixels), mean)


def test_every_parameter_gets_a_gradient(drawn, normal) -> None:
    model = drawn(tiny()).train()
    model(images(normal, model)).square().sum().backward()
    assert all(bool(p.grad.abs().max() > 0) for p in model.parameters())


@torch.no_grad()
def test_tokens_that_start_alike_stay_alike(drawn, normal) -> None:
    model = drawn(tiny())
    state = model.state_dict()
    state["dist_token"], state["head_dist.weight"] = state["cls_token"], state["head.weight"]
    state["head_dist.bias"] = state["head.bias"]
    state["pos_embed"][:, 1] = state["pos_embed"][:, 0]
    model.load_state_dict(state)
    tokens = model.tokens(images(normal, model))
    torch.testing.assert_close(tokens[:, 0], tokens[:, 1])


def test_changes(drawn) -> None:
    model = copy.deepcopy(drawn(tiny(zero_head=True)))
    rows = model.pos_embed[:, :2].detach().clone()
    model.set_input_size((8, 4))
    assert torch.equal(model.pos_embed[:, :2], rows)
    assert model.pos_embed.shape[1] == 2 + 8
    model.reset_classifier(7)
    assert model.head.weight.shape == model.head_dist.weight.shape == (7, 8)
    assert not model.head_dist.weight.any()
    model.reset_parameters()
    assert float(model.dist_token.detach().std()) > 1e-3


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"global_pool": "avg", "class_token": True}, "global_pool='token' beside a distillation"),
        ({"reg_tokens": 4}, "reg_tokens=0 beside a distillation token, got 4; try reg_tokens=0"),
        ({"representation_size": 8}, "representation_size=None beside .*, got 8; try"),
    ],
)
def test_options_that_cannot_work(changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        tiny(**changes)


@pytest.mark.parametrize("name", [n for n in ENTRIES if "distilled" not in n])
def test_without_the_token_it_is_a_vision_transformer(name: str) -> None:
    model = meta(name)
    assert type(model) is ViT
    assert ENTRIES[name].parameters == closed_form(model.config)
    assert ("deit3" in name) == model.config.no_embed_class


@pytest.mark.parametrize(
    ("name", "billions"),
    [
        ("deit_tiny_patch16_224", 1.2537),
        ("deit_small_patch16_224", 4.5989),
        ("deit_base_patch16_224", 17.5638),
        ("deit_base_patch16_384", 55.4844),
        ("deit_tiny_distilled_patch16_224", 1.2610),
        ("deit_small_distilled_patch16_224", 4.6241),
        ("deit_base_distilled_patch16_224", 17.6568),
        ("deit_base_distilled_patch16_384", 55.5913),
        ("deit3_small_patch16_224", 4.5989),
    ],
)
def test_multiply_adds(name: str, billions: float) -> None:
    model = meta(name).eval()
    pixels = torch.zeros(1, 3, *model.config.image, device="meta")
    assert round(multiply_adds(model, pixels) / 1e9, 4) == billions


def test_names_of_the_weights() -> None:
    model = build("deit_tiny_distilled_patch16_224", depth=1, embed_dim=12)
    special = {"cls_token", "dist_token", "pos_embed"}
    heads = {"head.weight", "head.bias", "head_dist.weight", "head_dist.bias"}
    assert special | heads < set(model.state_dict())
