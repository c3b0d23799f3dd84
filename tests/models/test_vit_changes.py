"""The vision transformer: its start, other image sizes, other classes."""

import copy
import math
import re

import pytest
import torch

from saccade.errors import ConfigError, ShapeError
from saccade.layers import resize_positions
from saccade.models.vit import ViT
from saccade.models.vit_config import ViTConfig
from tests.models.test_vit import images, tiny


@pytest.fixture(autouse=True)
def same_start():
    """Initialisation draws from torch's global generator; leave it as it was."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        yield


def wide(**changes: object) -> dict[str, torch.Tensor]:
    config = ViTConfig(img_size=32, patch_size=8, embed_dim=96, depth=2, num_heads=4, **changes)
    return ViT(config).state_dict()


def test_the_start_by_default() -> None:
    weights = wide(head_bias=0.5)
    for name in ("blocks.0.attn.qkv", "blocks.1.attn.proj", "blocks.0.mlp.fc1", "head"):
        assert float(weights[f"{name}.weight"].std()) == pytest.approx(0.02, rel=0.03)
    for name in ("attn.qkv", "attn.proj", "mlp.fc1", "mlp.fc2"):
        assert not weights[f"blocks.1.{name}.bias"].any()
    assert float(weights["pos_embed"].std()) == pytest.approx(0.02, rel=0.1)
    assert 0 < float(weights["cls_token"].abs().max()) < 1e-5
    assert (weights["head.bias"] == 0.5).all()
    assert (weights["norm.weight"] == 1).all()
    assert not weights["norm.bias"].any()


def test_the_start_of_the_authors() -> None:
    weights = wide(weight_init="jax")
    bounds = {"attn.qkv": (96, 96), "attn.proj": (96, 96), "mlp.fc1": (96, 384)}
    for name, (inputs, outputs) in bounds.items():
        weight, bound = weights[f"blocks.0.{name}.weight"], math.sqrt(6 / (inputs + outputs))
        assert 0.98 * bound < float(weight.abs().max()) <= bound
    assert float(weights["patch_embed.proj.weight"].std()) == pytest.approx(192**-0.5, rel=0.03)
    assert float(weights["blocks.0.mlp.fc1.bias"].std()) == pytest.approx(1e-6, rel=0.2)
    assert float(weights["pos_embed"].std()) == pytest.approx(0.02, rel=0.1)
    for name in ("patch_embed.proj.bias", "blocks.0.attn.qkv.bias", "cls_token", "head.weight"):
        assert not weights[name].any(), name


@pytest.mark.parametrize("kind", ["learn", "learn2d", "sincos2d", "none"])
@pytest.mark.parametrize("size", [(8, 4), (2, 10), 12])
def test_other_image_sizes(drawn, normal, kind: str, size: int | tuple[int, int]) -> None:
    model = drawn(tiny(pos_embed=kind)).double()
    before = copy.deepcopy(model)
    model.set_input_size(size)
    logits = model(images(normal, model, torch.float64))
    assert logits.shape == (3, 3)
    assert logits.dtype == torch.float64
    assert model.layout.img_size == model.config.image
    model.set_input_size((4, 6))
    if kind in ("sincos2d", "none"):
        pixels = images(normal, model, torch.float64)
        torch.testing.assert_close(model(pixels), before(pixels), atol=1e-6, rtol=1e-6)


@pytest.mark.parametrize("rule", ["timm", "google", "hf", "dino"])
def test_positions_are_resized_by_the_rule(drawn, rule: str) -> None:
    model = drawn(tiny())
    expected = resize_positions(model.pos_embed.detach(), (2, 3), (4, 2), rule=rule)
    model.set_input_size((8, 4), rule=rule)
    torch.testing.assert_close(model.pos_embed.detach(), expected)
    torch.testing.assert_close(model.position_table(), model.pos_embed[0, 1:])


def test_the_same_size_keeps_the_numbers(drawn, normal) -> None:
    model = drawn(tiny())
    pixels = images(normal, model)
    before = model(pixels)
    model.set_input_size((4, 6))
    assert torch.equal(model(pixels), before)
    assert isinstance(model.pos_embed, torch.nn.Parameter)


def test_position_tables_have_no_prefix(drawn) -> None:
    assert tiny(pos_embed="none").position_table() is None
    for kind in ("learn", "learn2d", "sincos2d"):
        assert drawn(tiny(pos_embed=kind)).position_table().shape == (6, 8)


def test_other_classes(drawn, normal) -> None:
    model = drawn(tiny()).double()
    pixels = images(normal, model, torch.float64)
    features = model.features(pixels)
    model.reset_classifier(7)
    assert model(pixels).shape == (3, 7)
    assert model.config.num_classes == 7
    model.reset_classifier(0)
    torch.testing.assert_close(model(pixels), features, atol=0, rtol=0)


def test_the_names_of_the_weights_are_those_of_timm() -> None:
    block = [
        f"{part}.{kind}"
        for part in ("norm1", "attn.qkv", "attn.proj", "norm2", "mlp.fc1", "mlp.fc2")
        for kind in ("weight", "bias")
    ]
    expected = {"cls_token", "pos_embed", "patch_embed.proj.weight", "patch_embed.proj.bias"}
    expected |= {f"blocks.{index}.{name}" for index in range(2) for name in block}
    expected |= {"norm.weight", "norm.bias", "head.weight", "head.bias"}
    assert set(tiny().state_dict()) == expected
    assert set(tiny(global_pool="avg").state_dict()) == expected - {"cls_token"}


@pytest.mark.parametrize(
    ("shape", "got"), [((2, 3, 6, 4), "(2, 3, 6, 4)"), ((2, 1, 4, 6), "(2, 1, 4, 6)")]
)
def test_images_of_another_size(shape: tuple[int, ...], got: str) -> None:
    sentence = f"expected the images as (b c h w), c=3, h=4, w=6, got {got}; try "
    with pytest.raises(ShapeError, match=re.escape(sentence)):
        tiny()(torch.zeros(shape))
    with pytest.raises(ShapeError, match=r"as \(b c h w\) with 4 axes, .* got \(3, 4, 6\)"):
        tiny()(torch.zeros(3, 4, 6))


def test_a_size_that_cannot_be_cut_names_its_neighbours_and_changes_nothing() -> None:
    model = tiny()
    for size, near in ((7, "7x7; try 6 or 8"), ((4, 5), "4x5; try 4x4 or 4x6")):
        with pytest.raises(ConfigError, match=f"divisible by the patch side 2, got {near}"):
            model.set_input_size(size)
    assert model.config.image == (4, 6)


def test_images_in_bytes() -> None:
    with pytest.raises(
        ShapeError, match=r"as floating point numbers, got torch.uint8; try x.float"
    ):
        tiny()(torch.zeros(1, 3, 4, 6, dtype=torch.uint8))
