"""timm's networks as grids, where timm is installed."""

import pytest
import torch

from saccade.errors import ConfigError
from saccade.models.words.grids import GridConfig, GridEncoder
from saccade.models.words.timm_grid import TimmGrid
from tests.foreign import foreign

pytestmark = [pytest.mark.parity, pytest.mark.slow]


@pytest.fixture(autouse=True)
def timm():
    return foreign("timm")


@torch.no_grad()
def test_the_map_is_timms() -> None:
    encoder = GridEncoder(GridConfig(network="timm:resnet18", tuned=2, options={"img_size": 96}))
    images = torch.randn(1, 3, 96, 96)
    expected = encoder.network.network.forward_features(images)
    torch.testing.assert_close(encoder(images), expected.flatten(2).mT)
    assert (encoder.grid, encoder.img_size) == ((3, 3), (96, 96))
    learning = [name for name, p in encoder.network.network.named_parameters() if p.requires_grad]
    assert {name.split(".")[0] for name in learning} == {"layer3", "layer4"}
    encoder.train()
    assert not encoder.network.network.bn1.training
    assert encoder.network.network.layer4.training


@pytest.mark.parametrize(
    ("name", "grid", "features"),
    [
        ("swin_tiny_patch4_window7_224", (7, 7), 768),
        ("convnext_atto", (7, 7), 320),
        ("vit_tiny_patch16_224", (14, 14), 192),
        ("mobilenetv3_small_050", (7, 7), 288),
    ],
)
def test_its_families_give_grids(name, grid, features) -> None:
    encoder = GridEncoder(GridConfig(network=f"timm:{name}"))
    assert (encoder.grid, encoder.features) == (grid, features)
    assert encoder.preprocessing.img_size == (224, 224)


@torch.no_grad()
def test_ours_and_timms_give_the_same_annotations(timm) -> None:
    network = timm.create_model("vit_tiny_patch16_224", num_classes=0)
    theirs = GridEncoder(GridConfig(network="timm:vit_tiny_patch16_224"), TimmGrid(network))
    ours = GridEncoder(GridConfig())
    ours.network.load_state_dict(network.state_dict())
    images = torch.randn(1, 3, 224, 224)
    torch.testing.assert_close(ours(images), theirs(images), atol=1e-4, rtol=1e-4)


def test_a_name_that_timm_does_not_know() -> None:
    with pytest.raises(ConfigError, match="timm"):
        GridEncoder(GridConfig(network="timm:resnet17"))
