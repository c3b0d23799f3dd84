"""Weight-standardised convolution and group norm: residual networks without batch statistics.

Sources: Qiao et al., "Micro-Batch Training with Batch-Channel Normalization and Weight
Standardization", arXiv:1903.10520, eq. 7; Wu and He, "Group Normalization", arXiv:1803.08494.
Axes: b batch, c channels, h height, w width, k kernel side.
Differs: where the small number stands that keeps the division finite. The published codes do not
agree, so the convention has a name; see `EPSILONS`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

EpsilonRule = Literal["timm", "google", "bit"]
GROUPS = 32  # of channels that share a mean and a variance


@dataclass(frozen=True, slots=True)
class Epsilons:
    """What is added to deviations and variances.

    Args:
        kernel: in the standardised kernel.
        inside: add `kernel` to the variance, under the root; else to the deviation.
        norm: to the variance in the group norm.
    """

    kernel: float
    inside: bool
    norm: float


EPSILONS: Mapping[EpsilonRule, Epsilons] = MappingProxyType(
    {
        "timm": Epsilons(1e-8, True, 1e-5),
        "google": Epsilons(1e-5, False, 1e-6),  # the authors' code of the vision transformer
        "bit": Epsilons(1e-10, True, 1e-5),  # the authors' code of BiT
    }
)


def standardize(kernel: Tensor, epsilons: Epsilons = EPSILONS["timm"]) -> Tensor:
    """Give each output channel of a kernel (c' c k k) mean 0 and variance 1.

    Args:
        kernel: of a convolution; at least two numbers for each output channel.
        epsilons: what is added, and where.
    """
    rows = kernel.flatten(1)
    if epsilons.inside:  # batch norm of a batch of one, whose channels are the kernel's outputs
        eps = epsilons.kernel
        return F.batch_norm(rows[None], None, None, training=True, eps=eps).view_as(kernel)
    deviation, mean = torch.std_mean(rows, dim=1, correction=0, keepdim=True)
    return ((rows - mean) / (deviation + epsilons.kernel)).view_as(kernel)


def same_padding(side: int, kernel_size: int, stride: int) -> tuple[int, int]:
    """Find how many positions to add before and after, so that ceil(side / stride) come out.

    TensorFlow's "SAME": what cannot be halved goes after, so that a convolution of 7 with stride 2
    starts two positions before an even side and ends three after it.
    """
    total = max((-(-side // stride) - 1) * stride + kernel_size - side, 0)
    return total // 2, total - total // 2


def pad_same(x: Tensor, kernel_size: int, stride: int, *, value: float = 0.0) -> Tensor:
    """Pad a map (b c h w) as `same_padding` says."""
    rows, columns = (same_padding(side, kernel_size, stride) for side in x.shape[2:])
    if not any((*rows, *columns)):
        return x
    return F.pad(x, (*columns, *rows), value=value)


class StandardizedConv(nn.Conv2d):
    """A convolution (b c h w) to (b c' h' w') whose kernel is standardised before each use.

    Args:
        channels: channels c of the input.
        out_channels: channels c' of the output.
        kernel_size: side of the kernel, odd.
        stride: distance of two positions of the output, in positions of the input.
        same: pad as TensorFlow's "SAME" does; else by half a kernel on each side.
        rule: whose convention the small numbers follow.
    """

    def __init__(
        self,
        channels: int,
        out_channels: int,
        kernel_size: int,
        stride: int = 1,
        *,
        same: bool = False,
        rule: EpsilonRule = "timm",
    ) -> None:
        same = same and stride > 1  # at stride 1 both are half a kernel
        padding = 0 if same else kernel_size // 2
        super().__init__(channels, out_channels, kernel_size, stride, padding, bias=False)
        self.same = same
        self.epsilons = EPSILONS[rule]

    def forward(self, x: Tensor) -> Tensor:
        """Convolve."""
        if self.same:
            x = pad_same(x, self.kernel_size[0], self.stride[0])
        return F.conv2d(x, standardize(self.weight, self.epsilons), None, self.stride, self.padding)

    def reset_parameters(self) -> None:
        """Draw the kernel as a normal of variance 2 / (c'·k²)."""
        nn.init.kaiming_normal_(self.weight, mode="fan_out", nonlinearity="relu")


class SameMaxPool(nn.Module):
    """The greatest of k x k positions (b c h w) to (b c h' w'), with TensorFlow's "SAME" padding.

    Args:
        kernel_size: side k of the window.
        stride: distance of two positions of the output, in positions of the input.
    """

    def __init__(self, kernel_size: int = 3, stride: int = 2) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = stride

    def forward(self, x: Tensor) -> Tensor:
        """Pool; the border is lower than every number."""
        padded = pad_same(x, self.kernel_size, self.stride, value=-torch.inf)
        return F.max_pool2d(padded, self.kernel_size, self.stride)


def group_norm(channels: int, rule: EpsilonRule = "timm") -> nn.GroupNorm:
    """Make the group norm of these networks: 32 groups.

    Args:
        channels: divisible by 32.
        rule: whose convention the small number follows.
    """
    return nn.GroupNorm(GROUPS, channels, eps=EPSILONS[rule].norm)
