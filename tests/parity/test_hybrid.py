"""Our hybrid vision transformers and timm's have the same weights and the same logits."""

from types import ModuleType
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from saccade.models import build
from saccade.models.catalog import CATALOG
from saccade.models.entries.hybrid import ENTRIES

SHARED = [name for name in ENTRIES if name not in ("vit_base_r50_s32_224", "vit_large_r50_s16_224")]
# timm builds its stem on the CPU to see what comes out, so the large ones take memory.
LIGHT = [name for name in SHARED if "tiny" in name or "small" in name]
SMALL: dict[str, Any] = {"embed_dim": 24, "depth": 2, "num_heads": 2, "num_classes": 7}
KINDS = ("vit_tiny_r_s16_p8_224", "vit_small_r26_s32_224", "vit_base_r50_s16_224")


def shaken(model: nn.Module) -> nn.Module:
    """Give all weights numbers that do something."""
    generator = torch.Generator().manual_seed(0)
    for name, parameter in model.named_parameters():
        if "norm" in name and name.endswith("weight"):
            nn.init.uniform_(parameter, 0.5, 1.5, generator=generator)
        else:
            nn.init.normal_(parameter, std=0.2, generator=generator)
    return model.eval()


def noise(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(1))


def apart(ours: Tensor, theirs: Tensor) -> float:
    return float((ours - theirs).abs().max() / theirs.abs().max())


def same_names(timm: ModuleType, name: str) -> None:
    with torch.device("meta"):
        ours = build(name)
    theirs = timm.create_model(name, num_classes=1000)
    shapes = {key: value.shape for key, value in ours.state_dict().items()}
    assert shapes == {key: value.shape for key, value in theirs.state_dict().items()}
    wanted, pixels = theirs.pretrained_cfg, CATALOG[name].preprocessing
    assert pixels["img_size"] == wanted["input_size"][1:]
    for key in ("crop_pct", "interpolation", "mean", "std"):
        assert pixels[key] == wanted[key]


@pytest.mark.parametrize("name", LIGHT)
def test_names_shapes_and_preprocessing(timm: ModuleType, name: str) -> None:
    same_names(timm, name)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in SHARED if name not in LIGHT])
def test_names_shapes_and_preprocessing_of_the_large_ones(timm: ModuleType, name: str) -> None:
    same_names(timm, name)


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("size", [(64, 96), (96, 32)])
@torch.no_grad()
def test_logits_and_tokens(timm: ModuleType, name: str, size: tuple[int, int]) -> None:
    theirs = shaken(timm.create_model(name, img_size=size, **SMALL))
    ours = build(name, img_size=size, **SMALL).eval()
    ours.load_state_dict(theirs.state_dict(), strict=True)
    images = noise(2, 3, *size)
    assert apart(ours(images), theirs(images)) <= 1e-5
    assert apart(ours.tokens(images), theirs.forward_features(images)) <= 1e-5


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("size", [(45, 70), (33, 97), (64, 64)])
@torch.no_grad()
def test_maps_of_the_stem_at_any_size(timm: ModuleType, name: str, size: tuple[int, int]) -> None:
    theirs = shaken(timm.create_model(name, img_size=64, **SMALL))
    ours = build(name, img_size=64, **SMALL).eval()
    ours.load_state_dict(theirs.state_dict(), strict=True)
    stems = [model.patch_embed.backbone for model in (ours, theirs)]
    images = noise(2, 3, *size)
    assert apart(*(stem(images) for stem in stems)) <= 1e-5


@torch.no_grad()
def test_intermediates(timm: ModuleType) -> None:
    name, options = KINDS[2], {"return_prefix_tokens": True, "norm": True}
    theirs = shaken(timm.create_model(name, img_size=(64, 96), **SMALL))
    ours = build(name, img_size=(64, 96), **SMALL).eval()
    ours.load_state_dict(theirs.state_dict(), strict=True)
    images = noise(2, 3, 64, 96)
    end, steps = ours.forward_intermediates(images, **options)
    wanted_end, wanted = theirs.forward_intermediates(images, **options)
    assert apart(end, wanted_end) <= 1e-5
    for pair, wanted_pair in zip(steps, wanted, strict=True):
        for part, wanted_part in zip(pair, wanted_pair, strict=True):
            assert part.shape == wanted_part.shape
            assert apart(part, wanted_part) <= 1e-5


@torch.no_grad()
def test_the_size_is_changed_as_timm_does(timm: ModuleType) -> None:
    name = KINDS[1]
    theirs = shaken(timm.create_model(name, img_size=(64, 96), **SMALL))
    ours = build(name, img_size=(64, 96), **SMALL).eval()
    ours.load_state_dict(theirs.state_dict(), strict=True)
    images = noise(1, 3, 128, 64)
    ours.set_input_size((128, 64))
    theirs.set_input_size(img_size=(128, 64))
    assert apart(ours(images), theirs(images)) <= 1e-5


@torch.no_grad()
def test_timm_reads_what_we_write(timm: ModuleType) -> None:
    ours = shaken(build(KINDS[2], img_size=64, **SMALL))
    theirs = timm.create_model(KINDS[2], img_size=64, **SMALL).eval()
    theirs.load_state_dict(ours.state_dict(), strict=True)
    images = noise(2, 3, 64, 64)
    assert apart(ours(images), theirs(images)) <= 1e-5
