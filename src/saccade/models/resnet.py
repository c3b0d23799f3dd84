"""Residual network, with or without attention in its blocks.

Source: He et al., "Deep Residual Learning for Image Recognition", CVPR 2016, arXiv:1512.03385;
what `models/placements.py` puts into it has its own papers. Names of the weights are those of timm
and torchvision, so the last layer is called `fc` there.
Axes: b batch, c channels, h height, w width, n positions of the last map, d features.
Differs: the last batch norm of each block starts at 0, as in all later recipes.
"""

import dataclasses
from collections.abc import Iterator

from torch import Tensor, nn

from saccade.attention.augmented_conv import AugmentedConv
from saccade.attention.local_relation import LocalRelation
from saccade.attention.local_stem import AttentionStem
from saccade.layers.canvas import Fit
from saccade.layers.convolution import Convolution
from saccade.layers.positions import ResizeRule
from saccade.layers.tokens import TokenLayout
from saccade.models.classifier import Classifier, resized
from saccade.models.residual import BasicBlock, Bottleneck, Site, options_at
from saccade.models.resnet_config import ResNetConfig
from saccade.shapes import expect, expect_dtype


class ResNet(Classifier):
    """A stem, stages of residual blocks that each halve the map, the mean, a linear layer.

    Args:
        config: its sizes, and the mechanism in its blocks.
    """

    conv1: nn.Module
    bn1: nn.Module

    def __init__(self, config: ResNetConfig) -> None:
        super().__init__()
        self.config = config
        block = BasicBlock if config.block == "basic" else Bottleneck
        channels = config.stem_output
        self._start_stem(channels)
        for stage, depth in enumerate(config.layers, start=1):
            blocks = []
            for number in range(depth):
                blocks.append(block(Site(config, stage, number, channels)))
                channels = config.output(stage)
            self.add_module(f"layer{stage}", nn.Sequential(*blocks))
        self.drop = nn.Dropout(config.drop_rate)
        self.fc = self._fresh_head()
        self._close_branches()  # all else was drawn by the layers themselves

    @property
    def head(self) -> nn.Module:  # type: ignore[override]
        """The last layer."""
        return self.fc

    @property
    def layout(self) -> TokenLayout:
        """The positions of the last map; there are no other tokens."""
        rows, columns = self.config.size(len(self.config.layers))
        height, width = self.config.image
        return TokenLayout((), (rows, columns), (-(-height // rows), -(-width // columns)))

    @property
    def steps(self) -> int:
        """The stem and the stages."""
        return 1 + len(self.config.layers)

    def walk(self, images: Tensor) -> Iterator[Tensor]:
        """Yield the map (b c h w) of the stem before its pooling, then those of the stages.

        Raises:
            ShapeError: the images have another number of channels than the config, or are not
                floating point numbers.
        """
        expect(images, "b c h w", "the images", c=self.config.in_chans)
        expect_dtype(images, "floats", "the images")
        x = self.act1(self.bn1(self.conv1(images)))
        yield x
        x = self.maxpool(x)
        for stage in range(1, len(self.config.layers) + 1):
            for block in self.get_submodule(f"layer{stage}").children():
                x = self.run(block, x)
            yield x

    def maps(self, images: Tensor) -> Tensor:
        """Turn images (b c h w) into the map of the last stage (b d h' w')."""
        return self.end(images)

    def features(self, images: Tensor) -> Tensor:
        """Turn images (b c h w) into one vector each (b d), the mean of the last map."""
        return self.drop(self.maps(images).mean(dim=(2, 3)))

    def patch_kernel(self) -> Tensor:
        """The kernel of the first convolution (d c k k)."""
        first = next(part for part in self.conv1.modules() if isinstance(part, nn.Conv2d))
        return first.weight

    def set_input_size(
        self,
        img_size: int | tuple[int, int],
        *,
        rule: ResizeRule = "timm",
        img_fit: Fit | None = None,
    ) -> None:
        """Take images of another size from now on; only augmented convolutions depend on it.

        Their tables are stretched, and whether their attention works on a pooled map is settled
        anew. All other networks take images of any size without being told.

        Args:
            img_size: side in pixels, or (height, width).
            rule: not used; there is no table of absolute positions.
            img_fit: none; there are no patches that such images would have to fit.
        """
        self.config = resized(self.config, img_size, img_fit)
        for stage in range(1, len(self.config.layers) + 1):
            options = options_at(self.config, stage, self.config.output(stage))
            for part in self.get_submodule(f"layer{stage}").modules():
                if isinstance(part, AugmentedConv):
                    part.pool = options["pool"]
                    part.set_size(options["size"])

    def reset_classifier(self, num_classes: int) -> None:
        """Start a fresh last layer for another number of classes; 0 leaves it out."""
        self.config = dataclasses.replace(self.config, num_classes=num_classes)
        self.fc = self._fresh_head().to(self.patch_kernel())

    def reset_parameters(self) -> None:
        """Draw all weights anew: convolutions by their fan-out, mechanisms by their own rules.

        The last norm of each block starts at 0, so that the block starts as its shortcut.
        """
        _draw(self)
        self._close_branches()

    def _close_branches(self) -> None:
        for module in self.modules():
            if isinstance(module, BasicBlock | Bottleneck):
                norm = module.get_submodule(module.last_norm)
                nn.init.zeros_(norm.get_parameter("weight"))

    def _start_stem(self, channels: int) -> None:
        config = self.config
        pool: nn.Module = nn.MaxPool2d(3, 2, 0 if config.caffe else 1, ceil_mode=config.caffe)
        self.act1: nn.Module = nn.ReLU()
        self.bn1 = nn.BatchNorm2d(channels)
        if config.stem == "conv7":
            self.conv1 = Convolution(config.in_chans, channels, 7, 2)
        elif config.stem == "deep":
            self.conv1 = _deep_stem(config.in_chans, channels)
        elif config.stem == "conv3":
            self.conv1 = Convolution(config.in_chans, channels, 3)
            pool = nn.Identity()
        elif config.stem == "attention":  # with a norm and a pool of its own
            self.conv1 = AttentionStem(config.in_chans, channels)
            self.bn1, self.act1, pool = nn.Identity(), nn.Identity(), nn.Identity()
        else:
            self.conv1 = nn.Sequential(
                Convolution(config.in_chans, channels, 1),
                nn.BatchNorm2d(channels),
                nn.ReLU(),
                LocalRelation(channels, stride=2),
            )
        self.maxpool = pool

    def _fresh_head(self) -> nn.Module:
        config = self.config
        width = config.output(len(config.layers))
        return nn.Linear(width, config.num_classes) if config.num_classes else nn.Identity()


def _deep_stem(in_chans: int, channels: int) -> nn.Sequential:
    half = channels // 2
    return nn.Sequential(
        Convolution(in_chans, half, 3, 2),
        nn.BatchNorm2d(half),
        nn.ReLU(),
        Convolution(half, half, 3),
        nn.BatchNorm2d(half),
        nn.ReLU(),
        Convolution(half, channels, 3),
    )


def _draw(module: nn.Module) -> None:
    """Draw the weights of a module; a mechanism, which has a tap, knows best how."""
    own = getattr(module, "reset_parameters", None)
    parts = list(module.children())
    if own is not None and (not parts or hasattr(module, "tap")):
        own()
        return
    for part in parts:
        _draw(part)
