"""timm and transformers are built from our configs, read the file, and compute the same."""

import pytest
import torch
from safetensors.torch import save_file

from saccade.checkpoints.google import write_google
from saccade.checkpoints.parity import compare
from saccade.checkpoints.peers import find_peer
from saccade.errors import CheckpointError, ConfigError
from saccade.models import build

SIZES = {"embed_dim": 48, "depth": 2, "num_heads": 4, "num_classes": 5}
NETWORKS = {
    "vit": ("vit_tiny_patch16_224", {**SIZES, "img_size": (48, 32)}),
    "tanh": ("vit_tiny_patch16_224", {**SIZES, "img_size": 32, "act": "gelu_tanh"}),
    "gap": ("vit_small_patch32_gap_224", {**SIZES, "img_size": 64}),
    "pico": ("vit_pico_patch2_8", {"num_classes": 3, "norm_eps": 1e-3}),
    "mixer": ("mixer_s32_224", {"num_classes": 5, "img_size": 64}),
    "bit": ("resnetv2_50x1_bit", {"num_classes": 5, "img_size": 64}),
    "hybrid": ("vit_tiny_r_s16_p8_224", {**SIZES, "img_size": 64}),
    "swin": ("swin_tiny_patch4_window7_224", {"num_classes": 5}),
    "pvt": ("pvt_v2_b0", {"num_classes": 5}),
    "distilled": ("deit_tiny_distilled_patch16_224", {**SIZES, "img_size": 32}),
    "scaled": ("deit3_small_patch16_224", {**SIZES, "img_size": 32, "init_values": 0.3}),
    "registers": ("vit_small_patch14_reg4_dinov2", {**SIZES, "img_size": 42}),
    "resnet": ("resnet18", {"num_classes": 5}),
}


def images(model: torch.nn.Module) -> torch.Tensor:
    size = (2, 3, *model.config.image)
    return torch.randn(size, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("network", NETWORKS)
def test_timm(timm, tmp_path, network: str) -> None:
    name, changes = NETWORKS[network]
    ours = build(name, **changes).eval()
    torch.nn.init.normal_(next(ours.head.parameters()), std=0.05)
    save_file(ours.state_dict(), tmp_path / "x.safetensors")
    peer = find_peer(ours, tmp_path / "x.safetensors", "timm")
    assert (peer.name, peer.how) == (
        f"timm {timm.__version__}",
        "timm read the names and shapes of the file",
    )
    rows = {row.quantity: row.relative for row in compare(ours, peer, images(ours))}
    assert max(rows.values()) <= 1e-5
    assert "features before the head" in rows
    assert "block 1" in rows
    if network in ("vit", "pico"):
        assert "attention 1" in rows


def test_timm_reads_google_s_files(timm, tmp_path, drawn) -> None:
    ours = drawn(build("vit_tiny_patch16_224", **SIZES, img_size=32))
    write_google(tmp_path / "x.npz", ours)
    peer = find_peer(ours, tmp_path / "x.npz", "timm")
    assert peer.how == "timm read the file"
    assert max(row.relative for row in compare(ours, peer, images(ours))) <= 1e-5


def test_what_timm_cannot_read_it_is_given(timm, tmp_path, drawn) -> None:
    ours = drawn(build("vit_tiny_patch16_224", **SIZES, img_size=32))
    peer = find_peer(ours, tmp_path, "timm")
    assert peer.how == "timm does not read such a file; it got the weights that saccade read"
    assert max(row.relative for row in compare(ours, peer, images(ours))) <= 1e-5


def test_transformers(transformers, tmp_path, drawn) -> None:
    ours = drawn(build("vit_tiny_patch16_224", **SIZES, img_size=(48, 32), norm_eps=1e-5))
    peer = find_peer(ours, tmp_path / "x.safetensors", "hf")
    assert peer.how == "transformers read a folder that saccade wrote"
    rows = {row.quantity: row.relative for row in compare(ours, peer, images(ours))}
    assert {"logits", "block 1", "attention 1"} <= set(rows)
    assert max(rows.values()) <= 1e-5
    peer.model.save_pretrained(tmp_path)
    again = find_peer(ours, tmp_path, "hf")
    assert again.how == "transformers read the folder"
    assert max(row.relative for row in compare(ours, again, images(ours))) <= 1e-5


@pytest.mark.parametrize("against", ["timm", "hf"])
def test_networks_without_a_head(timm, transformers, tmp_path, drawn, against: str) -> None:
    sizes = {**SIZES, "img_size": 42, "num_classes": 0}
    ours = drawn(build("vit_small_patch14_reg4_dinov2", **sizes))
    rows = compare(ours, find_peer(ours, tmp_path, against), images(ours))
    assert rows[0].quantity == "features"
    assert len(rows) == 1 + 2 + 2
    assert max(row.relative for row in rows) <= 1e-5


def test_networks_that_a_peer_has_not(timm, transformers, tmp_path) -> None:
    pre_logits = build("vit_tiny_patch16_224", **SIZES, img_size=32, representation_size=48)
    for against, library in (("timm", "timm"), ("hf", "transformers")):
        with pytest.raises(ConfigError, match=f"before its head .pre-logits., which {library}"):
            find_peer(pre_logits, tmp_path, against)
    with pytest.raises(ConfigError, match="a network that timm has, to compare san10_pairwise"):
        find_peer(build("san10_pairwise"), tmp_path, "timm")
    with pytest.raises(CheckpointError, match="expected a ViT"):
        find_peer(build("san10_pairwise"), tmp_path, "hf")
    odd = build("mixer_s32_224", num_blocks=1, embed_dim=48)
    with pytest.raises(ConfigError, match="a network that timm can make like its mixer_s32_224"):
        find_peer(odd, tmp_path, "timm")
    with pytest.raises(ConfigError, match="against timm or hf, got 'jax'"):
        find_peer(pre_logits, tmp_path, "jax")
