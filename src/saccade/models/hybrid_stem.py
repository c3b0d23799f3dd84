"""The convolutional stem of hybrid vision transformers: a residual network without its head.

Sources: Dosovitskiy et al., "An Image is Worth 16x16 Words", ICLR 2021, arXiv:2010.11929, section
3.1 (hybrid architecture) and appendix B; blocks of He et al., arXiv:1512.03385, figure 5, with
group norm and standardised kernels. The names of the weights are timm's.
Axes: b batch, c channels, h height, w width.
Differs: the stride of a block is that of its 3x3, as in the authors' code; padding is TensorFlow's
"SAME".
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from saccade.layers.initial import InitRule, lecun_normal
from saccade.layers.standardized import EpsilonRule, SameMaxPool, StandardizedConv, group_norm
from saccade.models.recompute import recomputed


class Root(nn.Module):
    """A 7x7 convolution with stride 2, norm, ReLU, and a pooling with stride 2.

    Args:
        in_chans: channels of the image.
        channels: of the map.
        rule: whose small numbers.
    """

    def __init__(self, in_chans: int, channels: int, rule: EpsilonRule) -> None:
        super().__init__()
        self.channels = channels
        self.conv = StandardizedConv(in_chans, channels, 7, 2, same=True, rule=rule)
        self.norm = group_norm(channels, rule)
        self.pool = SameMaxPool()

    @property
    def kernel(self) -> Tensor:
        """The kernel of the first convolution (d c k k)."""
        return self.conv.weight

    def forward(self, images: Tensor) -> Tensor:
        """Map (b c h w) to (b c' h/4 w/4)."""
        return self.pool(F.relu(self.norm(self.conv(images))))


class Shortcut(nn.Module):
    """A 1x1 convolution and a norm, where a block changes the channels.

    Args:
        channels: of the input.
        out_channels: of the output.
        stride: of the map.
        rule: whose small numbers.
    """

    def __init__(self, channels: int, out_channels: int, stride: int, rule: EpsilonRule) -> None:
        super().__init__()
        self.conv = StandardizedConv(channels, out_channels, 1, stride, same=True, rule=rule)
        self.norm = group_norm(out_channels, rule)

    def forward(self, x: Tensor) -> Tensor:
        """Map (b c h w) to (b c' h' w')."""
        return self.norm(self.conv(x))


class Bottleneck(nn.Module):
    """1x1, norm, ReLU; 3x3, norm, ReLU; 1x1, norm; added to what came in, then ReLU.

    Args:
        channels: of the input.
        width: of the 3x3; four times as many go out.
        stride: of the map.
        rule: whose small numbers.
    """

    def __init__(self, channels: int, width: int, stride: int, rule: EpsilonRule) -> None:
        super().__init__()
        outputs = 4 * width
        self.downsample: Shortcut | None = None
        if stride > 1 or channels != outputs:
            self.downsample = Shortcut(channels, outputs, stride, rule)
        self.conv1 = StandardizedConv(channels, width, 1, rule=rule)
        self.norm1 = group_norm(width, rule)
        self.conv2 = StandardizedConv(width, width, 3, stride, same=True, rule=rule)
        self.norm2 = group_norm(width, rule)
        self.conv3 = StandardizedConv(width, outputs, 1, rule=rule)
        self.norm3 = group_norm(outputs, rule)

    def forward(self, x: Tensor) -> Tensor:
        """Map (b c h w) to (b c' h' w')."""
        y = F.relu(self.norm1(self.conv1(x)))
        y = F.relu(self.norm2(self.conv2(y)))
        y = self.norm3(self.conv3(y))
        return F.relu(y + (x if self.downsample is None else self.downsample(x)))


class StemStage(nn.Module):
    """Blocks on maps of one size.

    Args:
        channels: of the input.
        width: of the 3x3 of each block.
        depth: number of blocks.
        stride: of the first block.
        rule: whose small numbers.
    """

    def __init__(
        self, channels: int, width: int, depth: int, *, stride: int, rule: EpsilonRule
    ) -> None:
        super().__init__()
        first = Bottleneck(channels, width, stride, rule)
        more = (Bottleneck(4 * width, width, 1, rule) for _ in range(depth - 1))
        self.blocks = nn.Sequential(first, *more)

    def forward(self, x: Tensor) -> Tensor:
        """Map (b c h w) to (b c' h' w')."""
        return self.blocks(x)


class Backbone(nn.Module):
    """The root and stages of blocks.

    Args:
        in_chans: channels of the image.
        width: channels of the root; each stage has twice as many as the one before.
        layers: blocks of each stage; each stage but the first halves the map.
        rule: whose small numbers.
    """

    def __init__(
        self, in_chans: int, width: int, layers: tuple[int, ...], rule: EpsilonRule
    ) -> None:
        super().__init__()
        self.grad_checkpointing = False  # keep only the input of each block while training
        self.stem = Root(in_chans, width, rule)
        self.channels = width
        self.stages = nn.Sequential()
        for number, depth in enumerate(layers):
            stride, inner = (2 if number else 1), width * 2**number
            self.stages.append(StemStage(self.channels, inner, depth, stride=stride, rule=rule))
            self.channels = 4 * inner

    @property
    def kernel(self) -> Tensor:
        """The kernel of the first convolution (d c k k)."""
        return self.stem.kernel

    def forward(self, images: Tensor) -> Tensor:
        """Map (b c h w) to (b c' h' w')."""
        x = self.stem(images)
        if not (self.grad_checkpointing and self.training and torch.is_grad_enabled()):
            return self.stages(x)
        for stage in self.stages:
            for block in stage.get_submodule("blocks").children():
                x = recomputed(block, x)
        return x


def make_backbone(
    in_chans: int, width: int, layers: tuple[int, ...], rule: EpsilonRule
) -> Root | Backbone:
    """Make the root alone where there are no stages, whose weights have shorter names then.

    Args:
        in_chans: channels of the image.
        width: channels of the root.
        layers: blocks of each stage.
        rule: whose small numbers.
    """
    return Backbone(in_chans, width, layers, rule) if layers else Root(in_chans, width, rule)


def reset_backbone(backbone: nn.Module, rule: InitRule) -> None:
    """Draw the weights of a stem anew.

    Args:
        backbone: what `make_backbone` made.
        rule: "trunc" draws kernels by their fan-out; "jax" by LeCun's rule, and starts the last
            norm of each block at 0, so that the block starts as its shortcut.
    """
    for part in backbone.modules():
        if isinstance(part, StandardizedConv | nn.GroupNorm):
            part.reset_parameters()
        if rule == "jax" and isinstance(part, StandardizedConv):
            lecun_normal(part.weight)
    for part in backbone.modules():
        if rule == "jax" and isinstance(part, Bottleneck):
            nn.init.zeros_(part.norm3.weight)
