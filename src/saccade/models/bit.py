"""Big Transfer (BiT): a wide pre-activation residual network without batch statistics.

Sources: Kolesnikov et al., "Big Transfer (BiT): General Visual Representation Learning", ECCV 2020,
arXiv:1912.11370, section 3.1; He et al., "Identity Mappings in Deep Residual Networks", ECCV 2016,
arXiv:1603.05027. The names of the weights are timm's.
Axes: b batch, c channels, h height, w width, n positions of the last map, d features.
Differs: the small numbers in the standardised kernels are timm's unless `eps="bit"`.
"""

import dataclasses
from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from saccade.layers.drop import DropPath
from saccade.layers.standardized import EpsilonRule, StandardizedConv, group_norm
from saccade.layers.tokens import TokenLayout
from saccade.models.bit_config import BiTConfig
from saccade.models.classifier import Classifier
from saccade.shapes import expect, expect_dtype


class PreActBottleneck(nn.Module):
    """Norm, ReLU, 1x1; norm, ReLU, 3x3; norm, ReLU, 1x1; added to what came in.

    The stride is that of the 3x3. The first block of a stage adds a 1x1 of what its first norm and
    ReLU gave, since the number of channels changes.

    Args:
        channels: of the input.
        out_channels: of the output.
        stride: of the map.
        drop: chance that an image loses the branch, 0-1.
        rule: whose small numbers.
    """

    def __init__(
        self, channels: int, out_channels: int, *, stride: int, drop: float, rule: EpsilonRule
    ) -> None:
        super().__init__()
        width = out_channels // 4
        self.downsample: nn.Sequential | None = None
        if stride > 1 or channels != out_channels:
            self.downsample = nn.Sequential()
            conv = StandardizedConv(channels, out_channels, 1, stride, rule=rule)
            self.downsample.add_module("conv", conv)
        self.norm1 = group_norm(channels, rule)
        self.conv1 = StandardizedConv(channels, width, 1, rule=rule)
        self.norm2 = group_norm(width, rule)
        self.conv2 = StandardizedConv(width, width, 3, stride, rule=rule)
        self.norm3 = group_norm(width, rule)
        self.conv3 = StandardizedConv(width, out_channels, 1, rule=rule)
        self.drop_path = DropPath(drop)

    def forward(self, x: Tensor) -> Tensor:
        """Map (b c h w) to (b c' h' w')."""
        ready = F.relu(self.norm1(x))
        if self.downsample is not None:
            x = self.downsample(ready)
        y = self.conv1(ready)
        y = self.conv2(F.relu(self.norm2(y)))
        y = self.conv3(F.relu(self.norm3(y)))
        return x + self.drop_path(y)


class Stage(nn.Module):
    """Blocks on maps of one size.

    Args:
        blocks: the first may shrink the map.
    """

    def __init__(self, *blocks: nn.Module) -> None:
        super().__init__()
        self.blocks = nn.Sequential(*blocks)

    def forward(self, x: Tensor) -> Tensor:
        """Map (b c h w) to (b c' h' w')."""
        return self.blocks(x)


class Stem(nn.Module):
    """A 7x7 convolution and a pooling, each with stride 2; there is no norm between them.

    Args:
        config: of the network.
    """

    def __init__(self, config: BiTConfig) -> None:
        super().__init__()
        channels = config.stem_chs * config.width_factor
        self.conv = StandardizedConv(config.in_chans, channels, 7, 2, rule=config.eps)
        self.border = 0.0 if config.pool_padding == "zero" else -torch.inf

    def forward(self, images: Tensor) -> Tensor:
        """Map (b c h w) to (b c' h/4 w/4)."""
        return self.pool(self.conv(images))

    def pool(self, x: Tensor) -> Tensor:
        """Map (b c' h/2 w/2) to (b c' h/4 w/4)."""
        return F.max_pool2d(F.pad(x, (1, 1, 1, 1), value=self.border), 3, 2)


class VectorHead(nn.Module):
    """A linear layer (b d) to (b classes), whose weights are kept as those of a 1x1 convolution.

    Args:
        in_features: features d.
        num_classes: 0 gives the features back.
    """

    def __init__(self, in_features: int, num_classes: int) -> None:
        super().__init__()
        self.in_features = in_features
        self.fc = nn.Conv2d(in_features, num_classes, 1) if num_classes else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """Classify."""
        return self.fc(x[:, :, None, None]).flatten(1)

    def reset_parameters(self, std: float = 0.01) -> None:
        """Draw the kernel with a spread; the bias is 0."""
        if isinstance(self.fc, nn.Conv2d):
            nn.init.normal_(self.fc.weight, std=std)
            nn.init.zeros_(self.fc.get_parameter("bias"))


class BiT(Classifier):
    """A stem, stages of pre-activation blocks, a norm, the mean, a linear layer.

    Args:
        config: its sizes.
    """

    config: BiTConfig
    head: VectorHead

    def __init__(self, config: BiTConfig) -> None:
        super().__init__()
        self.config = config
        self.stem = Stem(config)
        rates = iter(_rates(config))
        channels = config.stem_chs * config.width_factor
        self.stages = nn.Sequential()
        for number, depth in enumerate(config.layers):
            blocks, width = [], config.channels[number] * config.width_factor
            for block in range(depth):
                stride = 2 if number and not block else 1
                drop, rule = next(rates), config.eps
                blocks.append(
                    PreActBottleneck(channels, width, stride=stride, drop=drop, rule=rule)
                )
                channels = width
            self.stages.append(Stage(*blocks))
        self.norm = group_norm(channels, config.eps)
        self.drop = nn.Dropout(config.drop_rate)
        self.head = VectorHead(channels, config.num_classes)
        self._reset_head()  # all else was drawn by the layers themselves

    @property
    def layout(self) -> TokenLayout:
        """The positions of the last map; there are no other tokens."""
        (rows, columns), (height, width) = self.config.grid, self.config.image
        return TokenLayout((), (rows, columns), (-(-height // rows), -(-width // columns)))

    @property
    def steps(self) -> int:
        """The first convolution and the stages."""
        return 1 + len(self.stages)

    def walk(self, images: Tensor) -> Iterator[Tensor]:
        """Yield the map (b c h w) of the first convolution, then the one that each stage gives.

        Raises:
            ShapeError: the images have another number of channels than the config, or are not
                floating point numbers.
        """
        expect(images, "b c h w", "the images", c=self.config.in_chans)
        expect_dtype(images, "floats", "the images")
        x = self.stem.conv(images)
        yield x
        x = self.stem.pool(x)
        for stage in self.stages:
            for block in stage.get_submodule("blocks").children():
                x = self.run(block, x)
            yield x

    def finish(self, x: Tensor) -> Tensor:
        """Apply the last norm and ReLU to the last map (b d h w), which its channels tell."""
        return F.relu(self.norm(x)) if x.shape[1] == self.norm.num_channels else x

    def features(self, images: Tensor) -> Tensor:
        """Turn images (b c h w) into one vector each (b d), the mean of the last map."""
        return self.drop(self.end(images).mean(dim=(2, 3)))

    def patch_kernel(self) -> Tensor:
        """The kernel of the first convolution (d c k k), before it is standardised."""
        return self.stem.conv.weight

    def reset_classifier(self, num_classes: int) -> None:
        """Start a fresh head for another number of classes; 0 leaves the head out."""
        self.config = dataclasses.replace(self.config, num_classes=num_classes)
        self.head = VectorHead(self.config.width, num_classes).to(self.norm.weight)
        self._reset_head()

    def reset_parameters(self) -> None:
        """Draw all weights anew: convolutions by their fan-out, the head with a spread of 0.01."""
        for part in self.modules():
            if isinstance(part, StandardizedConv | nn.GroupNorm):
                part.reset_parameters()
        self._reset_head()

    def _reset_head(self) -> None:
        self.head.reset_parameters(0.0 if self.config.zero_head else 0.01)


def _rates(config: BiTConfig) -> list[float]:
    steps = max(sum(config.layers) - 1, 1)
    return [config.drop_path_rate * index / steps for index in range(sum(config.layers))]
