"""A residual network that keeps an eighth of the picture's size, for labels of every pixel.

Source: He et al., "Deep Residual Learning", CVPR 2016, arXiv:1512.03385, table 1; dilated in the
last two stages as in Chen et al., "DeepLab", arXiv:1606.00915, with the deep stem of
github.com/speedinghzl/CCNet, networks/ccnet.py, whose names of the weights are kept.
Axes: b batch, c channels, h height, w width.
Differs: nothing from that code at its defaults; a dilated stage dilates all its blocks, also the
first. Basic blocks and the plain stem are those of ResNet-18 and 34, whose weights fit by name.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Literal

from torch import Tensor, nn

BlockKind = Literal["bottleneck", "basic"]
Stem = Literal["deep", "plain"]
EXPANSION: Mapping[str, int] = MappingProxyType({"bottleneck": 4, "basic": 1})


class Bottleneck(nn.Module):
    """1x1, 3x3 and 1x1 convolutions with norms, added to what came in.

    Args:
        channels: of the input.
        width: of the 3x3 convolution; the output has four times as many channels.
        stride: of the 3x3 convolution, in pixels.
        dilation: of the 3x3 convolution, in pixels.
    """

    def __init__(self, channels: int, width: int, *, stride: int = 1, dilation: int = 1) -> None:
        super().__init__()
        out = EXPANSION["bottleneck"] * width
        self.conv1 = nn.Conv2d(channels, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(
            width, width, 3, stride=stride, padding=dilation, dilation=dilation, bias=False
        )
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, out, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(out)
        self.relu = nn.ReLU()
        self.downsample = _shortcut(channels, out, stride)

    def forward(self, x: Tensor) -> Tensor:
        """Map (b c h w) to (b 4·width h' w')."""
        shortcut = x if self.downsample is None else self.downsample(x)
        x = self.relu(self.bn1(self.conv1(x)))
        x = self.relu(self.bn2(self.conv2(x)))
        return self.relu(self.bn3(self.conv3(x)) + shortcut)


class BasicBlock(nn.Module):
    """Two 3x3 convolutions with norms, added to what came in.

    Args:
        channels: of the input.
        width: of the output.
        stride: of the first convolution, in pixels.
        dilation: of both convolutions, in pixels.
    """

    def __init__(self, channels: int, width: int, *, stride: int = 1, dilation: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(
            channels, width, 3, stride=stride, padding=dilation, dilation=dilation, bias=False
        )
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=dilation, dilation=dilation, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU()
        self.downsample = _shortcut(channels, width, stride)

    def forward(self, x: Tensor) -> Tensor:
        """Map (b c h w) to (b width h' w')."""
        shortcut = x if self.downsample is None else self.downsample(x)
        x = self.relu(self.bn1(self.conv1(x)))
        return self.relu(self.bn2(self.conv2(x)) + shortcut)


class DilatedResNet(nn.Module):
    """A stem, a pooling that rounds up, and four stages.

    Args:
        depths: blocks of each of the four stages.
        width: channels of the stem's first convolution and of the first stage inside its blocks.
        in_chans: channels of the image.
        block: "bottleneck" as in ResNet-50 and 101, or "basic" as in ResNet-18 and 34.
        stem: "deep" is three 3x3 convolutions, "plain" one of 7x7 as in ResNet.
    """

    strides = (1, 2, 1, 1)
    dilations = (1, 1, 2, 4)

    def __init__(
        self,
        depths: Sequence[int] = (3, 4, 23, 3),
        *,
        width: int = 64,
        in_chans: int = 3,
        block: BlockKind = "bottleneck",
        stem: Stem = "deep",
    ) -> None:
        super().__init__()
        self.block = BasicBlock if block == "basic" else Bottleneck
        self.expansion, self.deep = EXPANSION[block], stem == "deep"
        kernel = 3 if self.deep else 7
        self.conv1 = nn.Conv2d(in_chans, width, kernel, stride=2, padding=kernel // 2, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        if self.deep:
            self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
            self.bn2 = nn.BatchNorm2d(width)
            self.conv3 = nn.Conv2d(width, 2 * width, 3, padding=1, bias=False)
            self.bn3 = nn.BatchNorm2d(2 * width)
        self.relu = nn.ReLU()
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1, ceil_mode=self.deep)
        channels = 2 * width if self.deep else width
        for stage, depth in enumerate(depths):
            inner = width * 2**stage
            self.add_module(f"layer{stage + 1}", self._stage(channels, inner, depth, stage))
            channels = self.expansion * inner

    def maps(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Turn images (b c h w) into the maps of the last two stages, at an eighth of the size.

        Returns:
            The third stage's (b 4·expansion·width h' w') and the fourth's, of twice the channels;
            the expansion is 4, or 1 with basic blocks.
        """
        x = self.relu(self.bn1(self.conv1(images)))
        if self.deep:
            x = self.relu(self.bn2(self.conv2(x)))
            x = self.relu(self.bn3(self.conv3(x)))
        x = self.maxpool(x)
        third = self.get_submodule("layer3")(
            self.get_submodule("layer2")(self.get_submodule("layer1")(x))
        )
        return third, self.get_submodule("layer4")(third)

    def _stage(self, channels: int, width: int, depth: int, stage: int) -> nn.Sequential:
        stride, dilation = self.strides[stage], self.dilations[stage]
        first = self.block(channels, width, stride=stride, dilation=dilation)
        out = self.expansion * width
        others = [self.block(out, width, dilation=dilation) for _ in range(depth - 1)]
        return nn.Sequential(first, *others)


def _shortcut(channels: int, out: int, stride: int) -> nn.Module | None:
    """Give what brings the input of a block to its output's size; None where it has that."""
    if stride == 1 and channels == out:
        return None
    return nn.Sequential(
        nn.Conv2d(channels, out, 1, stride=stride, bias=False), nn.BatchNorm2d(out)
    )
