"""What makes a BiT network: its sizes and choices, under timm's keywords."""

from dataclasses import dataclass
from typing import Literal, get_args

from saccade.errors import ConfigError
from saccade.layers.patches import pair
from saccade.layers.standardized import GROUPS, EpsilonRule

PoolPadding = Literal["zero", "lowest"]


@dataclass(frozen=True, kw_only=True, slots=True)
class BiTConfig:
    """Everything that makes a BiT network; saved beside its weights.

    Args:
        img_size: side in pixels, or (height, width).
        in_chans: channels of the image.
        num_classes: outputs of the head; 0 leaves the head out.
        layers: blocks of each stage; each stage but the first halves the map.
        channels: of the output of each stage, before `width_factor`.
        width_factor: times all channels; the 3 in "R50x3".
        stem_chs: channels of the first convolution, before `width_factor`.
        eps: whose small numbers: "timm", "bit" (the authors of this network) or "google" (the
            authors of the vision transformer).
        pool_padding: what surrounds the map that the first pooling sees: "zero", as in the first
            released code and timm, or the "lowest" number, as in big_vision. They differ where the
            map is negative.
        drop_rate: dropout before the head, 0-1.
        drop_path_rate: stochastic depth of the last block; it grows linearly from 0 at the first.
        zero_head: start the head at zero, as the authors do to transfer. The first logits are then
            exactly 0, and the first backward pass gives zero gradient to all below the head.
    """

    img_size: int | tuple[int, int] = 224
    in_chans: int = 3
    num_classes: int = 1000
    layers: tuple[int, ...] = (3, 4, 6, 3)
    channels: tuple[int, ...] = (256, 512, 1024, 2048)
    width_factor: int = 1
    stem_chs: int = 64
    eps: EpsilonRule = "timm"
    pool_padding: PoolPadding = "zero"
    drop_rate: float = 0.0
    drop_path_rate: float = 0.0
    zero_head: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "img_size", pair(self.img_size))
        object.__setattr__(self, "layers", tuple(self.layers))
        object.__setattr__(self, "channels", tuple(self.channels))
        self._check_numbers()
        for name, kind in (("eps", EpsilonRule), ("pool_padding", PoolPadding)):
            value, choices = getattr(self, name), get_args(kind)
            if value not in choices:
                raise ConfigError(f"{name} out of {', '.join(choices)}", repr(value), choices[0])
        if len(self.layers) != len(self.channels) or not self.layers or min(self.layers) < 1:
            raise ConfigError(
                "blocks and channels of each stage",
                f"layers={self.layers} and channels={self.channels}",
                "layers=(3, 4, 6, 3)",
            )
        self._check_channels()

    def _check_numbers(self) -> None:
        if min(self.image) < 1:
            raise ConfigError("an img_size of at least 1 pixel", str(self.img_size), "img_size=224")
        for name in ("in_chans", "width_factor"):
            if getattr(self, name) < 1:
                raise ConfigError(f"a positive {name}", str(getattr(self, name)), f"{name}=1")
        if self.num_classes < 0:
            raise ConfigError("num_classes of at least 0", str(self.num_classes), "num_classes=10")
        for name in ("drop_rate", "drop_path_rate"):
            if not 0.0 <= getattr(self, name) < 1.0:
                raise ConfigError(f"{name} in [0, 1)", str(getattr(self, name)), f"{name}=0.1")

    def _check_channels(self) -> None:
        wanted = [("stem_chs", self.stem_chs, GROUPS)]
        wanted += [("channels", channels, 4 * GROUPS) for channels in self.channels]
        for name, channels, step in wanted:
            if channels < 1 or channels * self.width_factor % step:
                raise ConfigError(
                    f"{name} times width_factor divisible by {step}",
                    f"{channels} times {self.width_factor}",
                    str(step),
                )

    @property
    def image(self) -> tuple[int, int]:
        """Image size in pixels (height, width)."""
        return pair(self.img_size)

    @property
    def grid(self) -> tuple[int, int]:
        """Rows and columns of the last map."""
        shrink = 2 ** (len(self.layers) + 1)
        return -(-self.image[0] // shrink), -(-self.image[1] // shrink)

    @property
    def width(self) -> int:
        """Channels of the last map."""
        return self.channels[-1] * self.width_factor
