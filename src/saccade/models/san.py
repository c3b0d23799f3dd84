"""SAN: a network whose only mixing of positions is vector self-attention in small windows.

Source: Zhao, Jia, Koltun, "Exploring Self-attention for Image Recognition", CVPR 2020,
arXiv:2004.13621, section 4 and table 1; layers and names of the weights as in the authors' code,
github.com/hszhao/SAN, model/san.py.
Axes: b batch, c channels, h height, w width, n positions of the last map, d features.
Differs: nothing for images of at least 128 pixels a side. A map smaller than a window is mirrored
as often as it takes, where the authors' code stops or reads beyond its memory, and a side of one
position is not halved any more.
"""

import dataclasses
from collections.abc import Iterator

import torch.nn.functional as F
from torch import Tensor, nn

from saccade.attention.vector import VectorAttention
from saccade.layers.tokens import TokenLayout
from saccade.models.classifier import Classifier
from saccade.models.san_config import DEFAULT_RELATIONS, SANConfig
from saccade.shapes import expect, expect_dtype


class SANBlock(nn.Module):
    """Norm, ReLU, attention, norm, ReLU, 1x1 convolution; added to what came in.

    Args:
        channels: of the map; the values have a quarter of them, the relations a sixteenth.
        kernel_size: side of a window in positions.
        config: of the network.
    """

    def __init__(self, channels: int, kernel_size: int, config: SANConfig) -> None:
        super().__init__()
        self.bn1 = nn.BatchNorm2d(channels)
        self.sam = VectorAttention(
            channels,
            kind=config.kind,
            relation=config.relation or DEFAULT_RELATIONS[config.kind],
            out_channels=channels // 4,
            kernel_size=kernel_size,
            share=config.share,
            boundary=config.boundary,
            positions=config.positions,
        )
        self.bn2 = nn.BatchNorm2d(channels // 4)
        self.conv = nn.Conv2d(channels // 4, channels, 1)
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        """Map (b c h w) to (b c h w)."""
        mixed = self.sam(self.relu(self.bn1(x)))
        return x + self.conv(self.relu(self.bn2(mixed)))


class SAN(Classifier):
    """A 1x1 convolution, five stages that each halve the map first, the mean, a linear layer.

    Args:
        config: its sizes and choices.
    """

    def __init__(self, config: SANConfig) -> None:
        super().__init__()
        self.config = config
        channels = config.width
        self.conv_in = nn.Conv2d(config.in_chans, channels, 1, bias=False)
        self.bn_in = nn.BatchNorm2d(channels)
        for stage, (depth, kernel) in enumerate(
            zip(config.depths, config.kernel_sizes, strict=True)
        ):
            before, channels = channels, config.channels(stage)
            self.add_module(f"conv{stage}", nn.Conv2d(before, channels, 1, bias=False))
            self.add_module(f"bn{stage}", nn.BatchNorm2d(channels))
            blocks = (SANBlock(channels, kernel, config) for _ in range(depth))
            self.add_module(f"layer{stage}", nn.Sequential(*blocks))
        self.relu = nn.ReLU()
        self.fc = self._fresh_head()

    @property
    def head(self) -> nn.Module:  # type: ignore[override]
        """The last layer."""
        return self.fc

    @property
    def layout(self) -> TokenLayout:
        """The positions of the last map; there are no other tokens."""
        height, width = self.config.image
        rows, columns = max(height // 32, 1), max(width // 32, 1)
        return TokenLayout((), (rows, columns), (height // rows, width // columns))

    @property
    def steps(self) -> int:
        """The stages."""
        return len(self.config.depths)

    def walk(self, images: Tensor) -> Iterator[Tensor]:
        """Yield the map (b c h w) that each stage gives, after the norm that belongs to it.

        Raises:
            ShapeError: the images have another number of channels than the config, or are not
                floating point numbers.
        """
        expect(images, "b c h w", "the images", c=self.config.in_chans)
        expect_dtype(images, "floats", "the images")
        x = self.relu(self.bn_in(self.conv_in(images)))
        for stage in range(len(self.config.depths)):
            x = self.get_submodule(f"conv{stage}")(_halved(x))
            for block in self.get_submodule(f"layer{stage}").children():
                x = self.run(block, x)
            x = self.relu(self.get_submodule(f"bn{stage}")(x))
            yield x

    def maps(self, images: Tensor) -> Tensor:
        """Turn images (b c h w) into the last map (b d h' w'), of a 32nd of the size."""
        return self.end(images)

    def features(self, images: Tensor) -> Tensor:
        """Turn images (b c h w) into one vector each (b d), the mean of the last map."""
        return self.maps(images).mean(dim=(2, 3))

    def patch_kernel(self) -> Tensor:
        """The kernel of the first convolution (d c 1 1)."""
        return self.conv_in.weight

    def reset_classifier(self, num_classes: int) -> None:
        """Start a fresh last layer for another number of classes; 0 leaves it out."""
        self.config = dataclasses.replace(self.config, num_classes=num_classes)
        self.fc = self._fresh_head().to(self.conv_in.weight)

    def reset_parameters(self) -> None:
        """Draw all weights anew: torch's defaults, as the authors do."""
        for module in self.modules():
            if isinstance(module, nn.Conv2d | nn.BatchNorm2d | nn.Linear):
                module.reset_parameters()

    def _fresh_head(self) -> nn.Module:
        config = self.config
        width = config.channels(len(config.depths) - 1)
        return nn.Linear(width, config.num_classes) if config.num_classes else nn.Identity()


def _halved(x: Tensor) -> Tensor:
    """Take the largest of each 2x2 positions; a side of one position stays."""
    return F.max_pool2d(x, (min(2, x.shape[2]), min(2, x.shape[3])))
