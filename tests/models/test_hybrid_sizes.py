"""Hybrid vision transformers of the catalogue: exact counts of parameters and multiply-adds."""

import pytest
import torch

from saccade.inspection.cost import multiply_adds
from saccade.models import build
from saccade.models.catalog import CATALOG


@pytest.mark.parametrize(
    ("name", "parameters", "giga"),
    [
        ("vit_tiny_r_s16_p8_224", 6_337_704, 0.4337),
        ("vit_tiny_r_s16_p8_384", 6_337_704 + 95 * 192, None),
        ("vit_small_r26_s32_224", 36_431_912, 3.4639),
        ("vit_small_r26_s32_384", 36_431_912 + 95 * 384, None),
        ("vit_base_r26_s32_224", 101_383_976, 6.7109),
        ("vit_base_r50_s32_224", 110_945_832, 8.4578),
        ("vit_base_r50_s16_224", 98_659_112, 21.5354),
        ("vit_base_r50_s16_384", 98_659_112 + 380 * 768, None),
        ("vit_large_r50_s32_224", 328_994_856, 19.4133),
        ("vit_large_r50_s32_384", 328_994_856 + 95 * 1024, None),
        ("vit_large_r50_s16_224", 316_483_624, 65.5391),
    ],
)
def test_parameters_and_multiply_adds(name: str, parameters: int, giga: float | None) -> None:
    with torch.device("meta"):
        model = build(name)
        assert sum(p.numel() for p in model.parameters()) == CATALOG[name].parameters == parameters
        if giga is not None:
            assert round(multiply_adds(model, torch.empty(1, 3, 224, 224)) / 1e9, 4) == giga
    side = int(name.rpartition("_")[2])
    assert model.config.image == (side, side) == CATALOG[name].preprocessing["img_size"]
    assert model.layout.patch == ((16, 16) if "r50_s16" in name else (32, 32))
