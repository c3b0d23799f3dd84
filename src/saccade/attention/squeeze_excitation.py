"""Squeeze-and-excitation: a look at the whole map says how far each channel is opened.

Source: Hu, Shen, Sun, "Squeeze-and-Excitation Networks", CVPR 2018, arXiv:1709.01507, section 3.
The spatial gate and the two gates at once: Roy, Navab, Wachinger, "Concurrent Spatial and Channel
Squeeze & Excitation in Fully Convolutional Networks", MICCAI 2018, arXiv:1803.02579, section 2.
The local gate: Wang et al., "ECA-Net: Efficient Channel Attention for Deep Convolutional Neural
Networks", CVPR 2020, arXiv:1910.03151, section 3.2.
Axes: b batch, c channels, h height, w width.
Cost: 2·c²/reduction multiplications per image for the channel gate, whatever its size; c·kernel for
the local one; c·h·w for the spatial one; and one multiplication per number of the map.
Differs: fewer channels than `reduction` leave one hidden unit, where c // reduction would be none
and the gate a constant 1/2; the mean of a half precision map is taken in float32.
"""

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Literal, get_args

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from saccade.attention.tap import Attended, Tap
from saccade.errors import ConfigError
from saccade.shapes import expect, expect_dtype

Where = Literal["channel", "spatial", "both", "both_max"]
Gate = Literal["sigmoid", "hard_sigmoid"]
GateActivation = Literal["relu", "silu", "gelu"]

_GATES: Mapping[str, Callable[[Tensor], Tensor]] = MappingProxyType(
    {"sigmoid": torch.sigmoid, "hard_sigmoid": F.hardsigmoid}
)
_ACTIVATIONS: Mapping[str, Callable[[Tensor], Tensor]] = MappingProxyType(
    {"relu": F.relu, "silu": F.silu, "gelu": F.gelu}
)
_AXES = MappingProxyType(
    {"channel": "b c", "spatial": "b h w", "both": "b c h w", "both_max": "b c h w"}
)


def squeeze(x: Tensor) -> Tensor:
    """Take the mean of each channel (b c) of a map (b c h w), in float32 at least.

    The sum over a large map does not fit into the range of float16.
    """
    half = x.dtype in (torch.float16, torch.bfloat16)
    return x.mean((2, 3), dtype=torch.float32 if half else x.dtype).to(x.dtype)


def gate_channels(x: Tensor, gate: Tensor) -> Attended:
    """Multiply each channel of a map (b c h w) by its gate (b c)."""
    return Attended(x * gate[:, :, None, None], gate)


def gate_positions(x: Tensor, gate: Tensor) -> Attended:
    """Multiply each position of a map (b c h w) by its gate (b h w)."""
    return Attended(x * gate[:, None], gate)


def gate_both(x: Tensor, channel: Tensor, spatial: Tensor, *, largest: bool = False) -> Attended:
    """Gate channels and positions side by side, and join the two maps.

    Args:
        x: (b c h w).
        channel: gates of the channels (b c).
        spatial: gates of the positions (b h w).
        largest: take the larger of the two gated numbers instead of their sum.

    Returns:
        The map (b c h w) and what each of its numbers was multiplied by (b c h w).
    """
    by_channel, by_position = channel[:, :, None, None], spatial[:, None]
    if not largest:
        gate = by_channel + by_position
    else:  # the larger product has the larger gate where x is positive, the smaller elsewhere
        larger = torch.maximum(by_channel, by_position)
        gate = torch.where(x > 0, larger, torch.minimum(by_channel, by_position))
    return Attended(x * gate, gate)


def local_kernel_size(channels: int) -> int:
    """How many channels next to each other the local gate reads: (log2(c) + 1) / 2, made odd.

    It is eq. 12 of ECA-Net with γ = 2 and b = 1, cut to an integer and raised to an odd one as in
    the authors' code, and never below 3.
    """
    whole = int((math.log2(channels) + 1) / 2)
    return max(whole if whole % 2 else whole + 1, 3)


class SqueezeExcitation(nn.Module):
    """Gates for the channels of a map, for its positions, or for both.

    Parameters: `fc1` (hidden c 1 1) and `fc2` (c hidden 1 1) with biases are the channel gate, and
    weights of linear layers (hidden c) are loaded into them too; `conv` (1 1 kernel) without bias
    is the local channel gate in their place; `spatial` (1 c 1 1) with bias is the spatial gate.

    Args:
        channels: channels c of the map.
        reduction: c over the hidden units of the channel gate, rounded down, at least one.
        hidden: the hidden units themselves; then `reduction` is not used.
        bias: give `fc1`, `fc2` and `spatial` a bias, as the authors' Caffe networks have.
        activation: what bends the hidden units.
        gate: "sigmoid", or its piecewise linear stand-in "hard_sigmoid".
        where: "channel" (cSE), "spatial" (sSE), or both gates: "both" adds the two gated maps
            (scSE as first published), "both_max" takes the larger number (its authors' later
            choice).
        local_kernel: make the channel gate by a convolution over this many channels next to each
            other (ECA), odd; 0 for the number that ECA-Net derives from c; None for `fc1`, `fc2`.

    Raises:
        ConfigError: an option is unknown or cannot work.
    """

    def __init__(
        self,
        channels: int,
        *,
        reduction: int = 16,
        hidden: int | None = None,
        bias: bool = True,
        activation: GateActivation = "relu",
        gate: Gate = "sigmoid",
        where: Where = "channel",
        local_kernel: int | None = None,
    ) -> None:
        super().__init__()
        _check_choices(activation, gate, where)
        width = _hidden_units(channels, reduction, hidden)
        kernel = _kernel(channels, local_kernel, where)
        self.channels, self.where = channels, where
        self.activation, self.gate = activation, gate
        if where != "spatial" and kernel is None:
            self.fc1 = nn.Conv2d(channels, width, 1, bias=bias)
            self.fc2 = nn.Conv2d(width, channels, 1, bias=bias)
        elif kernel is not None:
            self.conv = nn.Conv1d(1, 1, kernel, padding=kernel // 2, bias=False)
        if where != "channel":
            self.spatial = nn.Conv2d(channels, 1, 1, bias=bias)
        self.tap = Tap(_AXES[where])

    def reset_parameters(self) -> None:
        """Draw all weights anew by torch's rule for convolutions."""
        for part in self.children():
            if isinstance(part, nn.Conv1d | nn.Conv2d):
                part.reset_parameters()

    def forward(self, x: Tensor) -> Tensor:
        """Open and close the channels or positions of a map; the shape stays.

        Args:
            x: the feature map (b c h w).

        Raises:
            ShapeError: the rank or the number of channels is wrong, or it holds no floats.
        """
        expect(x, "b c h w", "the feature map", c=self.channels)
        expect_dtype(x, "floats", "the feature map")
        if self.where == "channel":
            output, gate = gate_channels(x, self._channel_gate(x))
        elif self.where == "spatial":
            output, gate = gate_positions(x, self._spatial_gate(x))
        else:
            channel, spatial = self._channel_gate(x), self._spatial_gate(x)
            output, gate = gate_both(x, channel, spatial, largest=self.where == "both_max")
        self.tap(gate)
        return output

    def _channel_gate(self, x: Tensor) -> Tensor:
        means = squeeze(x)
        if hasattr(self, "conv"):
            logits = self.conv(means[:, None])[:, 0]
        else:
            hidden = _ACTIVATIONS[self.activation](self.fc1(means[:, :, None, None]))
            logits = self.fc2(hidden)[:, :, 0, 0]
        return _GATES[self.gate](logits)

    def _spatial_gate(self, x: Tensor) -> Tensor:
        return _GATES[self.gate](self.spatial(x)[:, 0])

    def _load_from_state_dict(
        self, state_dict: dict[str, object], prefix: str, *others: object
    ) -> None:
        for name in ("fc1.weight", "fc2.weight"):
            weight = state_dict.get(prefix + name)
            if isinstance(weight, Tensor) and weight.dim() == 2:  # that of a linear layer
                state_dict[prefix + name] = weight[:, :, None, None]
        super()._load_from_state_dict(state_dict, prefix, *others)

    def extra_repr(self) -> str:
        """Show the choices."""
        return f"{self.channels}, where={self.where}, gate={self.gate}"


def _check_choices(activation: str, gate: str, where: str) -> None:
    for name, choice, choices in (
        ("activation", activation, get_args(GateActivation)),
        ("gate", gate, get_args(Gate)),
        ("where", where, get_args(Where)),
    ):
        if choice not in choices:
            wanted = f"{name} as one of {', '.join(choices)}"
            raise ConfigError(wanted, repr(choice), f"{name}={choices[0]!r}")


def _hidden_units(channels: int, reduction: int, hidden: int | None) -> int:
    if channels < 1 or reduction < 1 or (hidden is not None and hidden < 1):
        got = f"channels={channels}, reduction={reduction}, hidden={hidden}"
        raise ConfigError("positive sizes", got, "reduction=16")
    return max(channels // reduction, 1) if hidden is None else hidden


def _kernel(channels: int, local_kernel: int | None, where: str) -> int | None:
    if local_kernel is None:
        return None
    if where == "spatial":
        got = f"local_kernel={local_kernel} with where='spatial'"
        raise ConfigError("no local_kernel without a channel gate", got, "local_kernel=None")
    if local_kernel < 0 or (local_kernel and local_kernel % 2 == 0):
        hint = f"local_kernel={local_kernel + 1 if local_kernel > 0 else 0}"
        raise ConfigError("an odd local_kernel, or 0 for ECA-Net's rule", str(local_kernel), hint)
    return local_kernel or local_kernel_size(channels)
