"""ST-CNN: a network that warps a picture so that it can read it, and then reads it.

Source: Jaderberg, Simonyan, Zisserman, Kavukcuoglu, "Spatial Transformer Networks", NeurIPS 2015,
arXiv:1506.02025, section 4.1 and appendix A.4 (distorted MNIST).
Axes: b batch, c channels, h height, w width, n positions of the last map, d features; a coordinate
is (x, y) in -1…1 of the image.
Cost: that of the plain network, of the sampler and of a localisation on a map a quarter as large.
Differs: the localisation pools after both convolutions; odd maps are pooled to the larger half,
without which the averaged output for images of 42 pixels is too small for both kernels; what is
outside of an image is its border. `STCNNConfig` has the other choices.
"""

import dataclasses
from collections.abc import Iterator

import torch.nn.functional as F
from torch import Tensor, nn

from saccade.attention.spatial_transformer import SpatialTransformer
from saccade.errors import ConfigError
from saccade.layers.canvas import Fit
from saccade.layers.positions import ResizeRule
from saccade.layers.tokens import TokenLayout
from saccade.layers.warps import find_warp
from saccade.models.classifier import Classifier, resized
from saccade.models.st_cnn_config import STCNNConfig


class ConvPool(nn.Module):
    """A convolution without padding, the largest of each 2x2 positions, and ReLU.

    Args:
        channels: of the map.
        filters: channels of the output.
        kernel_size: side in positions.
        ceil_mode: pool the last row and column of an odd map, too.
    """

    def __init__(self, channels: int, filters: int, kernel_size: int, *, ceil_mode: bool) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, filters, kernel_size)
        self.ceil_mode = ceil_mode

    def forward(self, x: Tensor) -> Tensor:
        """Map (b c h w) to (b filters h' w')."""
        # ReLU after the pooling gives the same numbers from a quarter as many positions.
        return F.max_pool2d(self.conv(x), 2, ceil_mode=self.ceil_mode).relu()


class STLocalisation(nn.Module):
    """From an image (b c h w) to the numbers of a warp (b count).

    Args:
        config: of the network.
        count: how many numbers.
    """

    def __init__(self, config: STCNNConfig, count: int) -> None:
        super().__init__()
        self.pool = config.loc_pool
        self.blocks = _stages(
            config.in_chans, config.loc_filters, config.loc_kernel_sizes, config.ceil_mode
        )
        rows, columns = config.loc_grid
        self.fc1 = nn.Linear(config.loc_filters[1] * rows * columns, config.loc_hidden)
        self.fc2 = nn.Linear(config.loc_hidden, count)

    def forward(self, x: Tensor) -> Tensor:
        """Look at the image at a lower resolution."""
        seen = self.blocks(F.avg_pool2d(x, self.pool))
        return self.fc2(self.fc1(seen.flatten(1)).relu())


class STCNN(Classifier):
    """Perhaps a spatial transformer, two convolutions with pooling, linear layers.

    It starts as the plain network: the warp is the identity.

    Args:
        config: its sizes and choices.
    """

    def __init__(self, config: STCNNConfig) -> None:
        super().__init__()
        self.config = config
        self.transformer = None if config.warp == "none" else _transformer(config)
        self.blocks = _stages(
            config.in_chans, config.filters, config.kernel_sizes, config.ceil_mode
        )
        self.drop_map = nn.Dropout2d(config.drop_rate)
        self.hidden = nn.Linear(self._seen, config.hidden) if config.hidden else None
        self.drop = nn.Dropout(config.drop_rate)
        self.head = self._fresh_head()

    @property
    def layout(self) -> TokenLayout:
        """The positions of the last map; there are no other tokens."""
        return self.config.layout

    def warped(self, images: Tensor) -> Tensor:
        """Give what the convolutions read (b c h' w'): the images themselves in a plain network.

        Args:
            images: (b c h w).

        Raises:
            ShapeError: they have another size or number of channels than the config, or are not
                floating point numbers.
        """
        x = self.cut(images)
        return (
            x if self.transformer is None else F.avg_pool2d(self.transformer(x), self.config.pool)
        )

    def walk(self, images: Tensor) -> Iterator[Tensor]:
        """Yield the map (b c h w) after each convolution with its pooling.

        Raises:
            ShapeError: the images have another size or number of channels than the config, or are
                not floating point numbers.
        """
        x = self.warped(images)
        for block in self.blocks:
            x = self.run(block, x)
            yield x

    def features(self, images: Tensor) -> Tensor:
        """Turn images (b c h w) into one vector each (b d): the last map, or the hidden units."""
        x = self.drop_map(self.end(images)).flatten(1)
        return x if self.hidden is None else self.drop(self.hidden(x).relu())

    def patch_kernel(self) -> Tensor:
        """The kernel of the first convolution (d c k k)."""
        kernel: Tensor = self.get_parameter("blocks.0.conv.weight")
        return kernel

    def set_input_size(
        self,
        img_size: int | tuple[int, int],
        *,
        rule: ResizeRule = "timm",
        img_fit: Fit | None = None,
    ) -> None:
        """Take images of another size whose last maps have as many positions; no weight changes.

        Args:
            img_size: side in pixels, or (height, width).
            rule: not used; there are no positions.
            img_fit: not possible here: nothing is cut into patches.

        Raises:
            ConfigError: the linear layers do not fit such images, or `img_fit` is given.
        """
        config = resized(self.config, img_size, img_fit)
        mine, theirs = _cells(self.config), _cells(config)
        if mine != theirs:
            raise ConfigError(
                f"images whose last maps have {mine} positions, for which the weights are made",
                f"{'x'.join(map(str, config.image))}, which leaves {theirs}",
                f"img_size={self.config.image}, or a model with fresh weights",
            )
        self.config = config

    def reset_classifier(self, num_classes: int) -> None:
        """Start a fresh last layer for another number of classes; 0 leaves it out."""
        self.config = dataclasses.replace(self.config, num_classes=num_classes)
        self.head = self._fresh_head().to(self.patch_kernel())

    def reset_parameters(self) -> None:
        """Draw all weights anew by torch's rules; the warp starts as the identity again."""
        for part in self.modules():
            if isinstance(part, nn.Conv2d | nn.Linear):
                part.reset_parameters()
        if self.transformer is not None:
            self.transformer.reset_parameters()

    @property
    def _seen(self) -> int:
        """Numbers in the last map."""
        rows, columns = self.config.grid
        return self.config.filters[1] * rows * columns

    def _fresh_head(self) -> nn.Module:
        config = self.config
        width = config.hidden or self._seen
        return nn.Linear(width, config.num_classes) if config.num_classes else nn.Identity()


def _transformer(config: STCNNConfig) -> SpatialTransformer:
    family = find_warp(config.warp)
    return SpatialTransformer(
        config.in_chans,
        warp=family,
        localisation=STLocalisation(config, family.count),
        padding_mode=config.padding_mode,
        align_corners=config.align_corners,
    )


def _stages(
    channels: int, filters: tuple[int, int], kernels: tuple[int, int], ceil_mode: bool
) -> nn.Sequential:
    return nn.Sequential(
        ConvPool(channels, filters[0], kernels[0], ceil_mode=ceil_mode),
        ConvPool(filters[0], filters[1], kernels[1], ceil_mode=ceil_mode),
    )


def _cells(config: STCNNConfig) -> tuple[int, ...]:
    """Positions of the last map, and of the localisation's where there is one."""
    grids = [config.grid] if config.warp == "none" else [config.grid, config.loc_grid]
    return tuple(rows * columns for rows, columns in grids)
