"""Networks that mechanisms are put into: blocks named as in timm, and a plain sequence."""

from torch import Tensor, nn


class Basic(nn.Module):
    """Two 3x3 convolutions and a shortcut; the shortcut's layers stand last."""

    def __init__(self, channels: int, width: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, width, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.act1 = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.downsample = None
        if stride > 1 or channels != width:
            norm = nn.BatchNorm2d(width)
            self.downsample = nn.Sequential(nn.Conv2d(channels, width, 1, stride), norm)

    def forward(self, x: Tensor) -> Tensor:
        """Map (b c h w) to (b c' h' w')."""
        branch = self.bn2(self.conv2(self.act1(self.bn1(self.conv1(x)))))
        return self.act1(branch + (x if self.downsample is None else self.downsample(x)))


class Bottle(nn.Module):
    """1x1, 3x3 and 1x1 convolution and a shortcut of group norms that stands first."""

    def __init__(self, channels: int, width: int, stride: int = 1) -> None:
        super().__init__()
        self.shortcut = nn.Sequential(nn.Conv2d(channels, 4 * width, 1, stride))
        self.conv1 = nn.Conv2d(channels, width, 1)
        self.conv2 = nn.Conv2d(width, width, 3, stride, 1)
        self.conv3 = nn.Conv2d(width, 4 * width, 1)
        self.norm3 = nn.GroupNorm(2, 4 * width)

    def forward(self, x: Tensor) -> Tensor:
        """Map (b c h w) to (b 4c' h' w')."""
        branch = self.norm3(self.conv3(self.conv2(self.conv1(x)).relu()).relu())
        return (branch + self.shortcut(x)).relu()


class Small(nn.Module):
    """A stem, two stages of two blocks, the mean and a linear layer."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU())
        self.layer1 = nn.Sequential(Basic(8, 8), Basic(8, 8))
        self.layer2 = nn.Sequential(Basic(8, 16, 2), Basic(16, 16))
        self.fc = nn.Linear(16, 5)

    def forward(self, x: Tensor) -> Tensor:
        """Map (b 3 h w) to (b 5)."""
        return self.fc(self.layer2(self.layer1(self.stem(x))).mean((2, 3)))
