"""The two residual blocks, each with four places where a mechanism can sit.

Source: He et al., "Deep Residual Learning for Image Recognition", CVPR 2016, arXiv:1512.03385,
figure 5; groups: Xie et al., ResNeXt, CVPR 2017, arXiv:1611.05431. Names of the weights are timm's.
Axes: b batch, c channels, h height, w width.
Differs: the stride of a bottleneck is that of its 3x3, as in all later code; with `caffe` it is
that of its first 1x1, as in the paper and in the first released models, and a basic block has a
ReLU more behind its last norm, as the weights expect that timm has under "legacy" names.
"""

from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from saccade.attention.augmented_conv import attention_channels
from saccade.attention.create import create_attention, in_place_of_conv
from saccade.layers.convolution import Convolution
from saccade.models.resnet_config import ResNetConfig

LARGE = 28  # positions a side from which augmented convolutions pool what attention sees


def options_at(config: ResNetConfig, stage: int, channels: int) -> dict[str, Any]:
    """Complete the options of a network's mechanism by what depends on the stage.

    Two mechanisms have options here that they have not on their own. Augmented convolutions take
    their channels from the ratios `kappa` and `upsilon` (and `min_head`), and their tables from the
    size of the map; on maps of 28x28 and more their attention works on a pooled map.
    Squeeze-excitation has at least `least_hidden` hidden units; timm has 8.

    Args:
        config: of the network.
        stage: counted from 1.
        channels: of the layer's output.
    """
    options = dict(config.attention_options)
    if config.attention == "squeeze_excitation" and "least_hidden" in options:
        least, reduction = options.pop("least_hidden"), options.get("reduction", 16)
        options["hidden"] = max(channels // reduction, least)
    if config.attention != "augmented_conv":
        return options
    ratios = {key: options.pop(key) for key in ("kappa", "upsilon", "min_head") if key in options}
    heads = options.setdefault("heads", 8)
    keys, values = attention_channels(channels, heads=heads, **ratios)
    size = config.size(stage)
    pool = options.setdefault("pool", min(size) >= LARGE)
    if pool:
        size = (-(-size[0] // 2), -(-size[1] // 2))
    return {"key_channels": keys, "value_channels": max(values, heads), "size": size, **options}


@dataclass(frozen=True, slots=True)
class Site:
    """Where a block stands.

    Args:
        config: of the network.
        stage: counted from 1.
        block: counted from 0.
        channels: that come in.
    """

    config: ResNetConfig
    stage: int
    block: int
    channels: int

    @property
    def output(self) -> int:
        """Channels that go out."""
        return self.config.output(self.stage)

    @property
    def stride(self) -> int:
        """How far the block shrinks the map."""
        return 2 if self.stage > 1 and self.block == 0 else 1

    def attends(self, role: str) -> bool:
        """Whether the block has the mechanism in this role."""
        return self.config.role == role and self.config.attends(self.stage, self.block)

    def mechanism(self, channels: int) -> nn.Module:
        """Make the network's mechanism for a map of the block's output."""
        name = self.config.attention or ""
        return create_attention(name, channels, **options_at(self.config, self.stage, channels))

    def conv3(self, channels: int, width: int, stride: int, place: int, groups: int) -> nn.Module:
        """Make a 3x3 convolution, or the mechanism that stands for it."""
        config = self.config
        stands_here = config.block == "bottleneck" or config.attention_conv == place
        if self.attends("conv") and stands_here:
            options = options_at(config, self.stage, width)
            name = config.attention or ""
            return in_place_of_conv(name, channels, width, stride=stride, **options)
        return Convolution(channels, width, 3, stride, groups=groups)


class ResidualBlock(nn.Module):
    """What both blocks share: the shortcut, and the mechanisms around the residual branch.

    Args:
        site: where the block stands.
    """

    def __init__(self, site: Site) -> None:
        super().__init__()
        self.before = site.mechanism(site.channels) if site.attends("before") else None
        self.act = nn.ReLU()
        self._branch(site)
        self.se = site.mechanism(site.output) if site.attends("branch") else None
        self.downsample = _shortcut(site)
        self.attention = site.mechanism(site.output) if site.attends("after") else None

    def _branch(self, site: Site) -> None:
        raise NotImplementedError

    def residual(self, x: Tensor) -> Tensor:
        """Compute the residual branch up to its last batch norm."""
        raise NotImplementedError

    def forward(self, x: Tensor) -> Tensor:
        """Map (b c h w) to (b c' h' w')."""
        if self.before is not None:
            x = self.before(x)
        branch = self.residual(x)
        if self.se is not None:
            branch = self.se(branch)
        x = self.act(branch + (x if self.downsample is None else self.downsample(x)))
        return x if self.attention is None else self.attention(x)


class BasicBlock(ResidualBlock):
    """Two 3x3 convolutions."""

    last_norm = "bn2"

    def _branch(self, site: Site) -> None:
        width = site.output
        self.conv1 = site.conv3(site.channels, width, site.stride, 1, 1)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = site.conv3(width, width, 1, 2, 1)
        self.bn2 = nn.BatchNorm2d(width)
        self.act2 = nn.ReLU() if site.config.caffe else nn.Identity()

    def residual(self, x: Tensor) -> Tensor:
        """Compute the residual branch up to its last batch norm."""
        return self.act2(self.bn2(self.conv2(self.act(self.bn1(self.conv1(x))))))


class Bottleneck(ResidualBlock):
    """1x1, 3x3 and 1x1 convolution."""

    last_norm = "bn3"

    def _branch(self, site: Site) -> None:
        config = site.config
        width = config.inner(config.widths[site.stage - 1])
        first = width // config.reduce_first
        early = config.caffe and config.cardinality == 1
        self.conv1 = Convolution(site.channels, first, 1, site.stride if early else 1)
        self.bn1 = nn.BatchNorm2d(first)
        self.conv2 = site.conv3(first, width, 1 if early else site.stride, 2, config.cardinality)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = Convolution(width, site.output, 1)
        self.bn3 = nn.BatchNorm2d(site.output)

    def residual(self, x: Tensor) -> Tensor:
        """Compute the residual branch up to its last batch norm."""
        x = self.act(self.bn1(self.conv1(x)))
        x = self.act(self.bn2(self.conv2(x)))
        return self.bn3(self.conv3(x))


def _shortcut(site: Site) -> nn.Module | None:
    if site.stride == 1 and site.channels == site.output:
        return None
    size = site.config.down_kernel_size if site.stride > 1 else 1
    return nn.Sequential(
        Convolution(site.channels, site.output, size, site.stride),
        nn.BatchNorm2d(site.output),
    )
