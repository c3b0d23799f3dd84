"""Multiply-adds of the vision transformers of the catalogue."""

import pytest
import torch

from saccade.inspection.cost import multiply_adds
from saccade.models.vit_config import ViTConfig
from tests.models.test_catalog import meta


def closed_form(config: ViTConfig) -> int:
    """Multiply-adds by arithmetic: patches, blocks of n tokens, the pool, the head."""
    d, hidden, n = config.embed_dim, config.mlp_width, config.layout.tokens
    patches = config.layout.grid[0] * config.layout.grid[1]
    out = hidden // 2 if config.mlp == "swiglu_packed" else hidden
    block = 4 * n * d * d + 2 * n * n * d + n * d * (hidden + out)
    pool = 2 * d * d + 2 * patches * d * d + 2 * patches * d + 2 * d * hidden
    kernel = config.patch[0] * config.patch[1] * config.in_chans
    total = patches * kernel * d + config.depth * block + d * config.num_classes
    return total + pool * (config.global_pool == "map")


@pytest.mark.parametrize(
    ("name", "billions"),
    [
        ("vit_tiny_patch16_224", 1.2537),
        ("vit_small_patch16_224", 4.5989),
        ("vit_small_patch32_224", 1.1429),
        ("vit_base_patch8_224", 78.1483),
        ("vit_base_patch16_224", 17.5638),
        ("vit_base_patch32_224", 4.4092),
        ("vit_base_patch16_384", 55.4844),
        ("vit_base_patch32_384", 13.0436),
        ("vit_large_patch16_224", 61.5547),
        ("vit_large_patch32_224", 15.3775),
        ("vit_large_patch16_384", 191.0663),
        ("vit_huge_patch14_224", 167.2951),
    ],
)
def test_published_sizes(name: str, billions: float) -> None:
    model = meta(name).eval()
    count = multiply_adds(model, torch.zeros(1, 3, *model.config.image, device="meta"))
    assert round(count / 1e9, 4) == billions
    assert count == closed_form(model.config)


@pytest.mark.parametrize(
    "name",
    [
        "vit_giant_patch14_224",
        "vit_gigantic_patch14_224",
        "vit_so400m_patch14_siglip_224",
        "vit_giant_patch14_reg4_dinov2",
        "vit_medium_patch16_reg4_gap_256",
        "vit_base_patch32_clip_224",
        "vit_large_patch14_clip_quickgelu_224",
        "vit_giantopt_patch16_siglip_256",
        "vit_so150m2_patch16_reg1_gap_256",
        "eva_large_patch14_196",
    ],
)
def test_arithmetic_of_other_sizes(name: str) -> None:
    model = meta(name, depth=2).eval()
    pixels = torch.zeros(1, 3, *model.config.image, device="meta")
    assert multiply_adds(model, pixels) == closed_form(model.config)
