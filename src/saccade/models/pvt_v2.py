"""Pyramid vision transformer v2: patches that overlap, and convolutions in place of positions.

Source: Wang et al., "PVT v2: Improved Baselines with Pyramid Vision Transformer", Computational
Visual Media 2022, arXiv:2106.13797, section 3 and table 1. The names of the weights are timm's.
Axes: b batch, c channels, h height, w width, n tokens (positions of the last map), d features.
Differs: nothing.
"""

import dataclasses
from collections.abc import Callable, Iterator
from functools import partial

from torch import Tensor, nn

from saccade.layers.tokens import TokenLayout
from saccade.models.classifier import Classifier
from saccade.models.pvt_config import PVTv2Config
from saccade.models.pyramid import PatchNorm, PyramidBlock, as_map, draw
from saccade.models.recompute import Block
from saccade.shapes import expect, expect_dtype

Run = Callable[[Block, Tensor], Tensor]


class PyramidStage(nn.Module):
    """Overlapping patches but in the first stage, where the stem made them; blocks; a norm.

    Args:
        config: of the network.
        stage: which stage, from 0.
    """

    def __init__(self, config: PVTv2Config, stage: int) -> None:
        super().__init__()
        width = config.embed_dims[stage]
        self.downsample: PatchNorm | None = None
        if stage:
            channels, eps = config.embed_dims[stage - 1], config.embed_norm_eps
            self.downsample = PatchNorm(channels, width, 2, overlap=1, eps=eps)
        self.blocks = nn.ModuleList(
            PyramidBlock(config, stage, index, linear=config.linear, convolve=True)
            for index in range(config.depths[stage])
        )
        self.norm = nn.LayerNorm(width, eps=config.norm_eps)

    def forward(self, x: Tensor, run: Run) -> Tensor:
        """Map (b c h w) to (b d h' w').

        Args:
            x: the map of the stage before, or of the stem.
            run: how to call a block on tokens.
        """
        grid = (x.shape[2], x.shape[3])
        if self.downsample is None:
            x = x.flatten(2).mT
        else:
            x, grid = self.downsample(x)
        for block in self.blocks:
            x = run(partial(block, grid=grid), x)
        return as_map(self.norm(x), grid)


class PVTv2(Classifier):
    """Overlapping patches, stages of blocks that each halve the map, the mean, a linear head.

    Args:
        config: its sizes.
    """

    def __init__(self, config: PVTv2Config) -> None:
        super().__init__()
        self.config = config
        width, eps = config.embed_dims[0], config.embed_norm_eps
        self.patch_embed = PatchNorm(config.in_chans, width, 4, overlap=3, eps=eps)
        self.stages = nn.ModuleList(
            PyramidStage(config, stage) for stage in range(len(config.depths))
        )
        self.head_drop = nn.Dropout(config.drop_rate)
        self.head = self._fresh_head()
        self.reset_parameters()

    @property
    def layout(self) -> TokenLayout:
        """The positions of the last map; there are no other tokens."""
        return self.config.layout

    @property
    def steps(self) -> int:
        """How many stages there are."""
        return len(self.config.depths)

    def walk(self, images: Tensor) -> Iterator[Tensor]:
        """Yield the map (b c h w) that each stage gives, after the norm of the stage.

        Raises:
            ShapeError: the images have another number of channels than the config, or are not
                floating point numbers, or are too small for the reduction of the keys.
        """
        expect(images, "b c h w", "the images", c=self.config.in_chans)
        expect_dtype(images, "floats", "the images")
        x = as_map(*self.patch_embed(images))
        for stage in self.stages:
            x = stage(x, self.run)
            yield x

    def features(self, images: Tensor) -> Tensor:
        """Turn images (b c h w) into one vector each (b d), the mean of the last map."""
        return self.head_drop(self.end(images).mean(dim=(2, 3)))

    def patch_kernel(self) -> Tensor:
        """The kernel of the first patch projection (d c k k)."""
        return self.patch_embed.proj.weight

    def reset_classifier(self, num_classes: int) -> None:
        """Start a fresh head for another number of classes; 0 leaves the head out."""
        self.config = dataclasses.replace(self.config, num_classes=num_classes)
        self.head = self._fresh_head().to(self.patch_kernel())
        draw(self.head, "fan_out")

    def reset_parameters(self) -> None:
        """Draw all weights anew: dense layers with std 0.02, convolutions by their fan-out."""
        draw(self, "fan_out")

    def _fresh_head(self) -> nn.Module:
        width, classes = self.config.embed_dims[-1], self.config.num_classes
        return nn.Linear(width, classes) if classes else nn.Identity()
