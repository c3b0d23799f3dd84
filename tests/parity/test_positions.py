"""The resize of position tables, against the libraries whose conventions are named."""

import pytest
import torch

from saccade.layers.positions import resize_positions
from tests.foreign import foreign

SIDE, WIDTH = 14, 16
TARGETS = [(24, 24), (37, 37), (7, 7), (10, 20), (28, 7)]


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("prefix", [0, 1, 2])
def test_timm(timm, normal, target: tuple[int, int], prefix: int) -> None:
    table = normal(1, prefix + SIDE**2, WIDTH)
    options = {"new_size": list(target), "old_size": [SIDE, SIDE], "num_prefix_tokens": prefix}
    theirs = timm.layers.resample_abs_pos_embed(table, **options)
    ours = resize_positions(table, (SIDE, SIDE), target, rule="timm")
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=0)
    options |= {"interpolation": "bilinear", "antialias": False}  # how it reads Google's files
    theirs = timm.layers.resample_abs_pos_embed(table, **options)
    ours = resize_positions(table, (SIDE, SIDE), target, rule="pvt")
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=0)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("family", ["vit.modeling_vit.ViT", "deit.modeling_deit.DeiT"])
def test_transformers(transformers, normal, target: tuple[int, int], family: str) -> None:
    module, _, name = family.rpartition(".")
    found = foreign(f"transformers.models.{module}")
    config = getattr(transformers, f"{name}Config")(
        hidden_size=WIDTH, image_size=8 * SIDE, patch_size=8, num_attention_heads=2
    )
    embeddings = getattr(found, f"{name}Embeddings")(config)
    prefix = 2 if name == "DeiT" else 1
    table = normal(1, prefix + SIDE**2, WIDTH)
    embeddings.position_embeddings.data = table
    patches = torch.zeros(1, prefix + target[0] * target[1], WIDTH)
    theirs = embeddings.interpolate_pos_encoding(patches, 8 * target[0], 8 * target[1])
    rule = "deit" if name == "DeiT" else "hf"
    ours = resize_positions(table, (SIDE, SIDE), target, rule=rule)
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=0)
