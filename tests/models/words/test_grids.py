"""Networks of images as grids of annotations."""

import json

import pytest
import torch

from saccade.errors import ConfigError, ShapeError, UnknownName
from saccade.models import build
from saccade.models.catalog import CATALOG
from saccade.models.words.grids import GridConfig, GridEncoder

CNN = {"img_size": (64, 32), "widths": (4, 4, 4, 6), "stem_chs": 4}
VIT = {"img_size": (32, 48), "embed_dim": 8, "depth": 3, "num_heads": 2}
RESNET = GridConfig(network="resnet18", options=CNN)
TINY = GridConfig(options=VIT)


def test_a_map_row_by_row() -> None:
    encoder = GridEncoder(RESNET).eval()
    images = torch.randn(2, 3, 64, 32)
    found = encoder(images)
    assert (encoder.grid, encoder.features, found.shape) == ((2, 1), 6, (2, 2, 6))
    expected = encoder.network.maps(images)
    torch.testing.assert_close(found[:, 1], expected[:, :, 1, 0])


def test_an_earlier_stage() -> None:
    encoder = GridEncoder(GridConfig(network="resnet18", options=CNN, step=2))
    images = torch.randn(1, 3, 64, 32)
    (expected,) = encoder.network.forward_intermediates(
        images, indices=(2,), intermediates_only=True
    )
    assert encoder.grid == (8, 4)
    torch.testing.assert_close(encoder(images), expected.flatten(2).mT)


def test_the_map_spread_to_another_grid() -> None:
    encoder = GridEncoder(GridConfig(network="resnet18", options=CNN, pool=(4, 3)))
    images = torch.randn(1, 3, 64, 32)
    plain = encoder.network.maps(images)
    expected = torch.nn.AdaptiveAvgPool2d((4, 3))(plain)
    assert encoder.grid == (4, 3)
    torch.testing.assert_close(encoder(images), expected.flatten(2).mT)


def test_patches_without_and_with_the_class_token() -> None:
    encoder = GridEncoder(TINY)
    images = torch.randn(2, 3, 32, 48)
    tokens = encoder.network.tokens(images)
    assert (encoder.grid, encoder.prefix) == ((2, 3), ())
    torch.testing.assert_close(encoder(images), tokens[:, 1:])
    special = GridEncoder(GridConfig(options=VIT, special=True), encoder.network)
    assert special.prefix == ("cls",)
    torch.testing.assert_close(special(images), tokens)
    early = GridEncoder(GridConfig(options=VIT, step=-2), encoder.network)
    (expected,) = encoder.network.forward_intermediates(
        images, indices=(1,), norm=True, output_fmt="NLC", intermediates_only=True
    )
    torch.testing.assert_close(early(images), expected)


def test_a_network_that_is_there_keeps_its_weights() -> None:
    network = build("vit_tiny_patch16_224", **VIT, num_classes=3)
    network.name = "vit_tiny_patch16_224"
    config = GridConfig.of(network, {"mean": (0.1, 0.2, 0.3)})
    kept = network.blocks[0].attn.qkv.weight
    encoder = GridEncoder(config, network)
    assert encoder.network.blocks[0].attn.qkv.weight is kept
    again = GridEncoder(GridConfig.from_dict(json.loads(json.dumps(config.to_dict()))))
    again.load_state_dict(encoder.state_dict())
    images = torch.randn(1, 3, 32, 48)
    torch.testing.assert_close(again(images), encoder(images))
    assert again.preprocessing.mean == (0.1, 0.2, 0.3)
    assert again.preprocessing.img_size == (32, 48)


def test_a_frozen_encoder_never_changes() -> None:
    encoder = GridEncoder(RESNET).train()
    images = torch.randn(2, 3, 64, 32)
    first = encoder(images)
    assert encoder.training
    assert not any(module.training for module in encoder.network.modules())
    assert not first.requires_grad
    assert torch.equal(encoder(images), first)


def test_stages_that_learn_and_norms_that_rest() -> None:
    encoder = GridEncoder(GridConfig(network="resnet18", options=CNN, tuned=2)).train()
    learning = {
        name.split(".")[0] for name, p in encoder.network.named_parameters() if p.requires_grad
    }
    assert learning == {"layer3", "layer4"}
    assert not encoder.network.bn1.training
    assert encoder.network.layer4[0].bn1.training
    before = encoder.network.bn1.running_mean.clone()
    encoder(torch.randn(2, 3, 64, 32)).sum().backward()
    assert torch.equal(encoder.network.bn1.running_mean, before)
    assert encoder.network.layer3[0].conv1.weight.grad is not None
    assert encoder.network.conv1.weight.grad is None
    still = GridEncoder(
        GridConfig(network="resnet18", options=CNN, tuned=-1, frozen_norms=True)
    ).train()
    assert not still.network.layer4[0].bn1.training


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "grid", "features"),
    [
        ("swin_tiny_patch4_window7_224", (7, 7), 768),
        ("pvt_tiny", (7, 7), 512),
        ("pvt_v2_b0", (7, 7), 256),
        ("mixer_s16_224", (14, 14), 512),
        ("san10_pairwise", (7, 7), 2048),
        ("beit_base_patch16_224", (14, 14), 768),
        ("deit_tiny_distilled_patch16_224", (14, 14), 192),
        ("vit_tiny_r_s16_p8_224", (7, 7), 192),
        ("resnetv2_50x1_bit", (7, 7), 2048),
    ],
)
def test_every_family_gives_a_grid(name, grid, features) -> None:
    encoder = GridEncoder(GridConfig(network=name, tuned=1))
    assert (encoder.grid, encoder.features) == (grid, features)
    assert any(p.requires_grad for p in encoder.parameters())


@pytest.mark.slow
def test_the_tutorials_encoder() -> None:
    encoder = GridEncoder(GridConfig.tutorial())
    assert sum(p.numel() for p in encoder.parameters()) == 42_500_160
    assert (encoder.grid, encoder.features) == ((14, 14), 2048)


def test_what_cannot_work_is_told() -> None:
    video = next(name for name in CATALOG.names() if CATALOG[name].task == "video")
    with pytest.raises(UnknownName):
        GridEncoder(GridConfig(network="resnet17"))
    with pytest.raises(ConfigError, match="a step from -5 to 4"):
        GridEncoder(GridConfig(network="resnet18", options=CNN, step=5))
    with pytest.raises(ConfigError, match="pool or special"):
        GridConfig(pool=(2, 2), special=True)
    with pytest.raises(ConfigError, match="no step"):
        GridConfig(network="timm:resnet18", step=1)
    with pytest.raises(ConfigError, match="of videos"):
        GridEncoder(GridConfig(network=video))
    with pytest.raises(ShapeError, match="the images"):
        GridEncoder(RESNET)(torch.randn(1, 3, 32, 32))
