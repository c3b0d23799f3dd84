"""Mechanisms by name, ready for a feature map, and where each of them stands in a network."""

import inspect
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from types import MappingProxyType
from typing import Literal

from torch import Tensor, nn

from saccade.attention import MECHANISMS
from saccade.attention.on_map import OnMap
from saccade.errors import ConfigError
from saccade.shapes import expect

Role = Literal["conv", "branch", "after", "before"]
ROLES: Mapping[str, Role] = MappingProxyType(
    {
        "squeeze_excitation": "branch",
        "spatial_transformer": "before",
        "non_local": "after",
        "criss_cross": "after",
        "local_self": "conv",
        "local_relation": "conv",
        "augmented_conv": "conv",
        "vector": "conv",
        "windowed": "conv",
        "reduced": "conv",
        "multi_head": "conv",
        "additive": "conv",
    }
)
_READERS: Mapping[str, Callable[..., nn.Module]] = MappingProxyType(
    {"multi_head": OnMap.multi_head, "additive": OnMap.additive}
)


def create_attention(name: str, channels: int, **options: object) -> nn.Module:
    """Make an attention mechanism for feature maps (b c h w).

    Args:
        name: of the mechanism, such as "squeeze_excitation"; `saccade.attention.MECHANISMS` lists
            them. Readers of tokens take the positions of the map as tokens.
        channels: channels of the map.
        **options: keyword arguments of the mechanism, such as `kernel_size=7`.

    Raises:
        UnknownName: no mechanism has this name; the nearest are offered.
        ConfigError: an option is unknown or cannot work, or the mechanism takes no map alone.

    Example:
        >>> import torch, saccade
        >>> attention = saccade.create_attention("criss_cross", 16)
        >>> attention(torch.zeros(1, 16, 5, 7)).shape
        torch.Size([1, 16, 5, 7])
    """
    maker: Callable[..., nn.Module] = _READERS.get(name, MECHANISMS[name])
    if name not in ROLES:
        raise ConfigError(
            "a mechanism that takes a feature map alone",
            repr(name),
            f"saccade.attention.{getattr(maker, '__name__', name)}",
        )
    known = [key for key in inspect.signature(maker).parameters if key not in ("self", "channels")]
    for key in options:
        if key not in known:
            near = get_close_matches(key, known, n=2) or known[:3]
            raise ConfigError(f"an option of {name}", repr(key), " or ".join(near))
    try:
        return maker(channels, **options)
    except TypeError as error:
        raise ConfigError(f"options of the right type for {name}", str(error)) from error


def in_place_of_conv(
    name: str, channels: int, out_channels: int, *, stride: int = 1, **options: object
) -> nn.Module:
    """Make a mechanism that takes over from a convolution of some stride.

    A mechanism that has no stride of its own is followed by an average over squares, as in
    stand-alone self-attention. One that keeps its channels is followed by nothing else.

    Args:
        name: of a mechanism whose role is "conv".
        channels: channels that come in.
        out_channels: channels that go out.
        stride: of the convolution.
        **options: of the mechanism.

    Raises:
        ConfigError: the mechanism cannot change the number of channels.
    """
    known = inspect.signature(_READERS.get(name, MECHANISMS[name])).parameters
    if "out_channels" in known:
        options["out_channels"] = out_channels
    elif channels != out_channels:
        raise ConfigError(
            f"as many channels out as in, which is all that {name} can give",
            f"{channels} to {out_channels}",
            "another place, or local_self, local_relation, vector or augmented_conv",
        )
    if stride > 1 and "stride" in known:
        options["stride"] = stride
    layer = create_attention(name, channels, **options)
    if stride == 1 or "stride" in known:
        return layer
    return nn.Sequential(layer, AverageSquares(stride))


class AverageSquares(nn.AvgPool2d):
    """The mean of squares of positions; incomplete squares at the end count too.

    Args:
        side: of a square; (b c h w) becomes (b c ceil(h / side) ceil(w / side)).
    """

    def __init__(self, side: int) -> None:
        super().__init__(side, ceil_mode=True, count_include_pad=False)

    def forward(self, x: Tensor) -> Tensor:
        """Average a map (b c h w)."""
        expect(x, "b c h w", "the feature map")
        return super().forward(x)
