"""A residual network that keeps an eighth of the picture's size, for labels of every pixel.

Source: He et al., "Deep Residual Learning", CVPR 2016, arXiv:1512.03385, table 1; dilated in the
last two stages as in Chen et al., "DeepLab", arXiv:1606.00915, with the deep stem of
github.com/speedinghzl/CCNet, networks/ccnet.py, whose names of the weights are kept.
Axes: b batch, c channels, h height, w width.
Differs: nothing from that code; a dilated stage dilates all its blocks, also the first.
"""

from collections.abc import Sequence

from torch import Tensor, nn

EXPANSION = 4


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
        out = EXPANSION * width
        self.conv1 = nn.Conv2d(channels, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(
            width, width, 3, stride=stride, padding=dilation, dilation=dilation, bias=False
        )
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, out, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(out)
        self.relu = nn.ReLU()
        self.downsample: nn.Module | None = None
        if stride != 1 or channels != out:
            self.downsample = nn.Sequential(
                nn.Conv2d(channels, out, 1, stride=stride, bias=False), nn.BatchNorm2d(out)
            )

    def forward(self, x: Tensor) -> Tensor:
        """Map (b c h w) to (b 4·width h' w')."""
        shortcut = x if self.downsample is None else self.downsample(x)
        x = self.relu(self.bn1(self.conv1(x)))
        x = self.relu(self.bn2(self.conv2(x)))
        return self.relu(self.bn3(self.conv3(x)) + shortcut)


class DilatedResNet(nn.Module):
    """A stem of three 3x3 convolutions, a pooling that rounds up, and four stages.

    Args:
        depths: blocks of each of the four stages.
        width: channels of the stem's first convolution and of the first stage inside its blocks.
        in_chans: channels of the image.
    """

    strides = (1, 2, 1, 1)
    dilations = (1, 1, 2, 4)

    def __init__(
        self, depths: Sequence[int] = (3, 4, 23, 3), *, width: int = 64, in_chans: int = 3
    ) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_chans, width, 3, stride=2, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, 2 * width, 3, padding=1, bias=False)
        self.bn3 = nn.BatchNorm2d(2 * width)
        self.relu = nn.ReLU()
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1, ceil_mode=True)
        channels = 2 * width
        for stage, depth in enumerate(depths):
            inner = width * 2**stage
            self.add_module(f"layer{stage + 1}", self._stage(channels, inner, depth, stage))
            channels = EXPANSION * inner

    def maps(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Turn images (b c h w) into the maps of the last two stages, at an eighth of the size.

        Returns:
            The third stage's (b 16·width h' w') and the fourth's (b 32·width h' w').
        """
        x = self.relu(self.bn1(self.conv1(images)))
        x = self.relu(self.bn2(self.conv2(x)))
        x = self.maxpool(self.relu(self.bn3(self.conv3(x))))
        third = self.get_submodule("layer3")(
            self.get_submodule("layer2")(self.get_submodule("layer1")(x))
        )
        return third, self.get_submodule("layer4")(third)

    def _stage(self, channels: int, width: int, depth: int, stage: int) -> nn.Sequential:
        stride, dilation = self.strides[stage], self.dilations[stage]
        first = Bottleneck(channels, width, stride=stride, dilation=dilation)
        others = [Bottleneck(EXPANSION * width, width, dilation=dilation) for _ in range(depth - 1)]
        return nn.Sequential(first, *others)
