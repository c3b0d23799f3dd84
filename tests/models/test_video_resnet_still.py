"""Video ResNets and still pictures: the weights of a 2-D network spread over time."""

import pytest
import torch
from torch import nn

from saccade.errors import ConfigError
from saccade.models.resnet import ResNet
from saccade.models.resnet_config import ResNetConfig
from saccade.models.video_config import VideoResNetConfig
from saccade.models.video_resnet import VideoResNet, inflate
from tests.models.test_video_resnet import noise, tiny


def still(model: nn.Module) -> dict[str, torch.Tensor]:
    """The weights of a C2D network as those of its 2-D twin."""
    state = model.state_dict()
    return {name: v[:, :, 0] if v.dim() == 5 else v for name, v in state.items()}


def test_a_still_clip_is_its_frame() -> None:
    frame = noise(2, 3, 1, 32, 32)
    model = tiny()
    with torch.no_grad():
        expected = model(frame)
        found = model(frame.expand(-1, -1, 8, -1, -1))
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)


def test_an_inflated_network_gives_a_still_clip_the_maps_of_its_frame() -> None:
    # At the ends of a clip the kernels reach beyond it; in the middle they see still frames.
    flat, deep = tiny(), tiny(kernels="i3d", non_local=5)
    state = inflate({**still(flat)}, into=deep)
    for name, value in state.items():
        if ".non_local." in name:
            value.zero_()
    deep.load_state_dict(state, strict=True)
    frame = noise(1, 3, 1, 32, 32).double()
    flat, deep = flat.double(), deep.double()  # so that only the equations are compared
    with torch.no_grad():
        expected = flat.maps(frame)[:, :, 0]
        found = deep.maps(frame.expand(-1, -1, 32, -1, -1))
    torch.testing.assert_close(found[:, :, 8], expected, atol=1e-5, rtol=1e-5)
    assert not torch.allclose(found[:, :, 0], expected, atol=1e-2)


def test_a_still_clip_has_the_logits_of_the_picture_in_a_2d_resnet() -> None:
    flat = ResNet(ResNetConfig(layers=(1, 1, 1, 1), num_classes=5)).eval()
    for module in flat.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.constant_(module.weight, 0.9)
    model = VideoResNet(VideoResNetConfig(depths=(1, 1, 1, 1), num_classes=5)).eval()
    model.load_state_dict(inflate(flat.state_dict(), into=model), strict=True)
    picture = noise(1, 3, 64, 48)
    with torch.no_grad():
        expected = flat(picture)
        found = model(picture[:, :, None].expand(-1, -1, 4, -1, -1))
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)


def test_kernels_are_repeated_and_divided() -> None:
    model = tiny(kernels="i3d")
    kernel = noise(4, 3, 7, 7)
    found = inflate({"conv1.weight": kernel, "fc.bias": torch.ones(5)}, into=model)
    assert set(found) == {"conv1.weight", "fc.bias"}
    assert found["conv1.weight"].shape == (4, 3, 5, 7, 7)
    torch.testing.assert_close(found["conv1.weight"][:, :, 3], kernel / 5)
    assert torch.equal(found["fc.bias"], torch.ones(5))


def test_an_error() -> None:
    with pytest.raises(ConfigError) as error:
        inflate({"conv1.weight": torch.zeros(4, 3, 3, 3)}, into=tiny())
    assert str(error.value) == (
        "expected conv1.weight of shape (4, 3, 7, 7), got (4, 3, 3, 3); "
        "try a 2-D network of the same depth and width"
    )
