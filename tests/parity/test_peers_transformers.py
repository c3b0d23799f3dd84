"""transformers reads folders that saccade writes for each family, and computes the same."""

import pytest
import torch

from saccade.checkpoints.parity import compare
from saccade.checkpoints.peers import find_peer
from saccade.models import build

FLAT = {"embed_dim": 48, "depth": 2, "num_heads": 4, "num_classes": 5, "img_size": 56}
HEADLESS = {**FLAT, "num_classes": 0, "img_size": 64}
SWIN = {"embed_dim": 24, "depths": (2, 2), "num_heads": (2, 4), "window_size": 4, "img_size": 32}
PVT = {"depths": (1, 1, 1, 1), "embed_dims": (8, 16, 24, 32), "num_heads": (1, 2, 3, 4)}
PVT = {**PVT, "img_size": 64, "embed_norm_eps": 1e-6}
SHARED = {"use_shared_rel_pos_bias": True, "use_abs_pos_emb": True}
NETWORKS = {
    "beit": ("beit_base_patch16_224", {**FLAT, "img_size": 64, **SHARED}),
    "deit": ("deit_tiny_patch16_224", {**FLAT, "img_size": 64, "reg_tokens": 1}),
    "dinov2": ("vit_small_patch14_dinov2", {**FLAT, "global_pool": "token_avg"}),
    "dinov3": ("vit_small_patch16_dinov3", {**HEADLESS, "global_pool": "token"}),
    "gated": (
        "vit_small_plus_patch16_dinov3",
        {**HEADLESS, "global_pool": "token", "num_reg_tokens": 0},
    ),
    "swin": ("swin_tiny_patch4_window7_224", {**SWIN, "num_classes": 5}),
    "swin without a head": ("swin_tiny_patch4_window7_224", {**SWIN, "num_classes": 0}),
    "pvt": ("pvt_tiny", {**PVT, "num_classes": 5}),
    "pvt_v2": ("pvt_v2_b0", {**PVT, "num_classes": 5}),
    "pvt_v2 without a head": ("pvt_v2_b0", {**PVT, "num_classes": 0}),
    "bit": ("resnetv2_50x1_bit", {"num_classes": 5, "img_size": 32, "layers": (1, 1, 1, 1)}),
    "resnet": ("resnet18", {"num_classes": 5, "img_size": 64}),
}


@pytest.mark.parametrize("network", NETWORKS)
def test_transformers(transformers, tmp_path, drawn, network: str) -> None:
    name, changes = NETWORKS[network]
    ours = drawn(build(name, **changes)).eval()
    peer = find_peer(ours, tmp_path / "x.safetensors", "hf")
    assert peer.how == "transformers read a folder that saccade wrote"
    size = (2, 3, *ours.config.image)
    images = torch.randn(size, generator=torch.Generator().manual_seed(1))
    rows = compare(ours, peer, images)
    assert rows[0].quantity == ("logits" if ours.config.num_classes else "features")
    assert max(row.relative for row in rows) <= 1e-5
