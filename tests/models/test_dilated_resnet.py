"""The backbone of CCNet: sizes of its maps, strides and dilations of its blocks."""

import pytest
import torch

from saccade.models.dilated_resnet import Bottleneck, DilatedResNet


def small() -> DilatedResNet:
    return DilatedResNet((1, 2, 2, 1), width=4).eval()


@pytest.mark.parametrize(
    ("image", "third"),
    [((65, 97), (9, 13)), ((64, 64), (9, 9)), ((1, 40), (1, 6)), ((769, 769), (97, 97))],
)
def test_maps_have_an_eighth_of_the_size_rounded_up(
    image: tuple[int, int], third: tuple[int, int]
) -> None:
    # 65 -> 33 (stem) -> 17 (pooling that rounds up) -> 9; 97 -> 49 -> 25 -> 13.
    # 64 -> 32 -> 17, as the pooling's last window starts at 31 of -1 .. 32 -> 9.
    with torch.device("meta"):
        maps = DilatedResNet((1, 1, 1, 1), width=4).maps(torch.empty(2, 3, *image))
    assert [tuple(found.shape) for found in maps] == [(2, 64, *third), (2, 128, *third)]


def test_all_blocks_of_the_last_stages_are_dilated_and_none_is_strided() -> None:
    kinds = {
        name: (block.conv2.stride[0], block.conv2.dilation[0], block.downsample is not None)
        for name, block in small().named_modules()
        if isinstance(block, Bottleneck)
    }
    assert kinds == {
        "layer1.0": (1, 1, True),
        "layer2.0": (2, 1, True),
        "layer2.1": (1, 1, False),
        "layer3.0": (1, 2, True),
        "layer3.1": (1, 2, False),
        "layer4.0": (1, 4, True),
    }


def test_parameters_of_the_stages_are_those_of_resnet101() -> None:
    # The first block reads 128 channels where ResNet-101's reads 64: 64 * (64 + 256) more.
    def stage(channels: int, width: int, depth: int) -> int:
        first = channels * width + 9 * width**2 + 4 * width**2 + 12 * width
        shortcut = channels * 4 * width + 8 * width
        other = 4 * width * width + 9 * width**2 + 4 * width**2 + 12 * width
        return first + shortcut + (depth - 1) * other

    stages = stage(128, 64, 3) + stage(256, 128, 4) + stage(512, 256, 23) + stage(1024, 512, 3)
    stem = 9 * (3 * 64 + 64 * 64 + 64 * 128) + 2 * (64 + 64 + 128)
    with torch.device("meta"):
        model = DilatedResNet()
    assert sum(p.numel() for p in model.parameters()) == stem + stages
    resnet101 = 44_549_160 - (2048 * 1000 + 1000) - (3 * 49 * 64 + 128)
    assert stages == resnet101 + 64 * (64 + 256)


def test_a_block_by_hand() -> None:
    # All kernels are 1 at their centre for one channel, norms in eval mode with mean 0 and
    # variance 1 - 1e-5 do nothing: relu(x) goes through, four copies, plus the shortcut's x.
    block = Bottleneck(1, 1).eval()
    with torch.no_grad():
        for name, parameter in block.named_parameters():
            if parameter.dim() == 4:
                parameter.zero_()
                middle = parameter.shape[2] // 2
                parameter[:, :, middle, middle] = 1.0
            else:
                parameter.fill_(float(name.endswith("weight")))
        for name, buffer in block.named_buffers():
            if name.endswith("running_var"):
                buffer.fill_(1.0 - 1e-5)
        x = torch.tensor([[-1.0, 2.0]]).reshape(1, 1, 1, 2)
        found = block(x)
    # -1: relu(-1) = 0, plus -1, relu gives 0; 2: 2 + 2 = 4.
    torch.testing.assert_close(found, torch.tensor([0.0, 4.0]).expand(1, 4, 1, 2))


def test_basic_blocks_have_no_expansion() -> None:
    model = DilatedResNet((1, 1, 1, 1), width=4, block="basic", stem="plain").eval()
    with torch.no_grad():
        third, fourth = model.maps(torch.zeros(1, 3, 64, 48))
    assert third.shape == (1, 16, 8, 6)
    assert fourth.shape == (1, 32, 8, 6)
    assert not hasattr(model, "conv2")
