"""Hybrid vision transformers: the two conventions, other sizes, attention."""

from typing import Any

import pytest
import torch
from torch import Tensor

from saccade.errors import ConfigError
from saccade.inspection import record
from saccade.layers import resize_positions
from saccade.models.hybrid import Hybrid, HybridConfig
from saccade.models.hybrid_stem import make_backbone
from saccade.models.vit import ViT
from saccade.models.vit_config import ViTConfig

TINY: dict[str, Any] = {
    "img_size": (16, 24),
    "stem": (1, 1),
    "stem_width": 32,
    "embed_dim": 16,
    "depth": 2,
    "num_heads": 2,
    "num_classes": 5,
}


def tiny(**changes: object) -> Hybrid:
    return Hybrid(HybridConfig(**{**TINY, **changes}))


def noise(*shape: int, dtype: torch.dtype = torch.float32) -> Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randn(*shape, generator=generator, dtype=torch.float64).to(dtype)


@torch.no_grad()
def test_it_is_a_transformer_of_the_stems_map(drawn) -> None:
    model = drawn(tiny()).double()
    images = noise(2, 3, 16, 24, dtype=torch.float64)
    features = model.patch_embed.backbone(images)
    assert features.shape == (2, 256, 2, 3)
    changes = {key: value for key, value in TINY.items() if not key.startswith("stem")}
    map_size = {"img_size": (2, 3), "patch_size": 1, "in_chans": 256}
    plain = ViT(ViTConfig(**{**changes, **map_size})).double().eval()
    state = model.state_dict()
    plain.load_state_dict({key: x for key, x in state.items() if ".backbone." not in key})
    torch.testing.assert_close(model(images), plain(features), atol=1e-12, rtol=0)


@torch.no_grad()
def test_the_two_conventions_differ_a_little() -> None:
    generator = torch.Generator().manual_seed(0)
    maps = {}
    for rule in ("timm", "google"):
        stem = make_backbone(3, 64, (2, 2, 2, 2), rule)
        generator.manual_seed(0)
        for name, parameter in stem.named_parameters():
            if parameter.dim() == 4:
                parameter.normal_(std=0.2, generator=generator)
            elif name.endswith("weight"):
                parameter.uniform_(0.5, 1.5, generator=generator)
            else:
                parameter.normal_(std=0.2, generator=generator)
        maps[rule] = stem(noise(1, 3, 96, 128))
    assert 3e-4 < float((maps["timm"] - maps["google"]).abs().max()) < 8e-4
    assert 5 < float(maps["timm"].abs().max()) < 12


@torch.no_grad()
@pytest.mark.parametrize("changes", [{}, {"stem": (), "patch_size": 2}], ids=str)
def test_attention_is_seen_on_the_grid(drawn, changes: dict[str, object]) -> None:
    model, images = drawn(tiny(**changes)), noise(2, 3, 16, 24)
    plain = model(images)
    with record(model) as trace:
        torch.testing.assert_close(model(images), plain, atol=1e-5, rtol=0)
    assert trace.layout == model.layout
    assert (trace.layout.prefix, trace.layout.grid, trace.layout.patch) == (
        ("cls",),
        (2, 3),
        (8, 8),
    )
    assert [layer.weights.shape for layer in trace.layers] == [(2, 2, 7, 7)] * 2


@torch.no_grad()
def test_another_size(drawn) -> None:
    model = drawn(tiny(depth=1))
    table = model.pos_embed.detach().clone()
    model.set_input_size((40, 16), rule="google")
    wanted = resize_positions(table, (2, 3), (5, 2), rule="google")
    torch.testing.assert_close(model.pos_embed.detach(), wanted)
    assert model(noise(1, 3, 40, 16)).shape == (1, 5)
    sentence = (
        "expected an image side divisible by the patch side 8, got 20x16; try 16x16 or 24x16, "
        'or img_fit="pad" or "crop"'
    )
    with pytest.raises(ConfigError) as error:
        model.set_input_size((20, 16))
    assert str(error.value) == sentence
    assert model.config.image == (40, 16)


def test_the_start_is_that_of_a_transformer() -> None:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = tiny(weight_init="jax")
        assert not model.head.weight.any()
        assert not model.patch_embed.backbone.stages[1].blocks[0].norm3.weight.any()
        for parameter in model.parameters():
            parameter.data.fill_(float("nan"))
        model.reset_parameters()
    assert all(bool(p.isfinite().all()) for p in model.parameters())
    assert model.patch_kernel().shape == (32, 3, 7, 7)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"stem": (1, 0)}, "stages of at least 1 block, got stem=(1, 0); try stem=(3, 4, 9)"),
        ({"stem_width": 48}, "stem_width divisible by 32, got 48; try stem_width=64"),
        ({"eps": "tf"}, "eps out of timm, google, bit, got 'tf'; try timm"),
        (
            {"img_size": 20},
            "an image side divisible by the patch side 8, got 20x20; try 16 or 24, "
            'or img_fit="pad" or "crop"',
        ),
        ({"num_heads": 0}, "a positive num_heads, got 0; try num_heads=1"),
    ],
)
def test_errors(changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(ConfigError) as error:
        HybridConfig(**{**TINY, **changes})
    assert str(error.value) == f"expected {sentence}"
