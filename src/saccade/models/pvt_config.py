"""What makes a pyramid vision transformer: its sizes and choices, under timm's keywords."""

import math
from dataclasses import dataclass

from saccade.errors import ConfigError
from saccade.layers.canvas import Canvas, Fit, canvas_of
from saccade.layers.patches import pair
from saccade.layers.tokens import TokenLayout

_STAGES = ("depths", "embed_dims", "num_heads", "mlp_ratios", "sr_ratios")
_RATES = ("drop_rate", "proj_drop_rate", "attn_drop_rate", "drop_path_rate")


@dataclass(frozen=True, kw_only=True, slots=True)
class PyramidConfig:
    """What both versions share; saved beside the weights.

    Args:
        img_size: side in pixels, or (height, width).
        in_chans: channels of the image.
        num_classes: outputs of the head; 0 leaves the head out.
        depths: blocks of each stage. The first stage has a position for each 4x4 pixels, each
            further one halves the map.
        embed_dims: features of each stage.
        num_heads: attention heads of each stage.
        mlp_ratios: hidden units of the perceptrons over the features, for each stage.
        sr_ratios: side of the squares of positions that become one key, for each stage.
        qkv_bias: give the attention's input projections a bias.
        norm_eps: added to the variance in the norms of blocks and stages.
        embed_norm_eps: the same for the norms of patches and of reduced keys, where the authors'
            code has another number; transformers has 1e-6 in both.
        drop_rate: dropout before the head, 0-1.
        proj_drop_rate: dropout after the dense layers, 0-1.
        attn_drop_rate: dropout of the attention weights, 0-1.
        drop_path_rate: stochastic depth of the last block; it grows linearly from 0 at the first.
    """

    img_size: int | tuple[int, int] = 224
    in_chans: int = 3
    num_classes: int = 1000
    depths: tuple[int, ...] = (3, 4, 6, 3)
    embed_dims: tuple[int, ...] = (64, 128, 320, 512)
    num_heads: tuple[int, ...] = (1, 2, 5, 8)
    mlp_ratios: tuple[float, ...] = (8.0, 8.0, 4.0, 4.0)
    sr_ratios: tuple[int, ...] = (8, 4, 2, 1)
    qkv_bias: bool = True
    norm_eps: float = 1e-6
    embed_norm_eps: float = 1e-5
    drop_rate: float = 0.0
    proj_drop_rate: float = 0.0
    attn_drop_rate: float = 0.0
    drop_path_rate: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "img_size", pair(self.img_size))
        for name in _STAGES:
            object.__setattr__(self, name, tuple(getattr(self, name)))
        self.check()

    def check(self) -> None:
        """Raise a ConfigError for numbers that cannot work."""
        for name in ("in_chans", "norm_eps", "embed_norm_eps"):
            if not getattr(self, name) > 0:
                raise ConfigError(f"a positive {name}", str(getattr(self, name)), f"{name}=1")
        if self.num_classes < 0:
            raise ConfigError("num_classes of at least 0", str(self.num_classes), "num_classes=10")
        for name in _RATES:
            if not 0.0 <= getattr(self, name) < 1.0:
                raise ConfigError(f"{name} in [0, 1)", str(getattr(self, name)), f"{name}=0.1")
        for name in _STAGES:
            numbers = getattr(self, name)
            if len(numbers) != len(self.depths) or not numbers or not min(numbers) > 0:
                raise ConfigError(
                    f"a positive number of {name} for each of the {len(self.depths)} stages",
                    str(numbers),
                    f"{name}={(numbers[:1] if numbers and numbers[0] > 0 else (1,)) * 4}",
                )

    @property
    def image(self) -> tuple[int, int]:
        """Image size in pixels (height, width)."""
        return pair(self.img_size)

    @property
    def strides(self) -> tuple[int, ...]:
        """Side in pixels of a position of each stage."""
        return tuple(4 * 2**stage for stage in range(len(self.depths)))

    def grid(self, stage: int) -> tuple[int, int]:
        """Rows and columns of the map of a stage, counted from 0."""
        step = self.strides[stage]
        return math.ceil(self.image[0] / step), math.ceil(self.image[1] / step)

    def drop_path(self, stage: int, block: int) -> float:
        """Stochastic depth of a block of a stage, both counted from 0."""
        index = sum(self.depths[:stage]) + block
        return self.drop_path_rate * index / max(sum(self.depths) - 1, 1)


@dataclass(frozen=True, kw_only=True, slots=True)
class PVTConfig(PyramidConfig):
    """Everything that makes a PVT of the first version; see `PyramidConfig` for what is shared.

    Args:
        pos_drop_rate: dropout after the positions of each stage, 0-1.
        img_fit: what becomes of images that the positions of the last stage, 32 pixels wide, do
            not divide: an "error", or "pad" or "crop" them; see `canvas_of`.
    """

    pos_drop_rate: float = 0.0
    img_fit: Fit = "error"

    def check(self) -> None:
        """Raise a ConfigError for numbers that cannot work; the image is cut without remainder."""
        PyramidConfig.check(self)
        if not 0.0 <= self.pos_drop_rate < 1.0:
            raise ConfigError(
                "pos_drop_rate in [0, 1)", str(self.pos_drop_rate), "pos_drop_rate=0.1"
            )
        if self.sr_ratios[-1] != 1:
            raise ConfigError(
                "an sr_ratio of 1 in the last stage, where a class token stands beside the map",
                str(self.sr_ratios[-1]),
                f"sr_ratios={(*self.sr_ratios[:-1], 1)}",
            )
        canvas_of(self.image, (self.strides[-1], self.strides[-1]), self.img_fit)

    @property
    def canvas(self) -> Canvas:
        """What of an image is cut into patches."""
        return canvas_of(self.image, (self.strides[-1], self.strides[-1]), self.img_fit)

    def grid(self, stage: int) -> tuple[int, int]:
        """Rows and columns of the map of a stage, counted from 0."""
        height, width = self.canvas.size
        return height // self.strides[stage], width // self.strides[stage]

    @property
    def layout(self) -> TokenLayout:
        """The class token and the positions of the last stage."""
        step = self.strides[-1]
        return TokenLayout(("cls",), self.grid(len(self.depths) - 1), (step, step))


@dataclass(frozen=True, kw_only=True, slots=True)
class PVTv2Config(PyramidConfig):
    """Everything that makes a PVT v2; see `PyramidConfig` for what is shared.

    Args:
        linear: pool the keys of every stage to 7x7 instead of reducing them by `sr_ratios`, and
            add a ReLU before the convolution of the perceptrons.
    """

    linear: bool = False

    def check(self) -> None:
        """Raise a ConfigError for numbers that cannot work."""
        PyramidConfig.check(self)
        coarse = (1,) * len(self.depths) if self.linear else self.sr_ratios
        least = max((r - 1) * step + 1 for r, step in zip(coarse, self.strides, strict=True))
        if min(self.image) < least:
            raise ConfigError(
                f"an image of at least {least} pixels a side, so that each stage has a key",
                f"{self.image[0]}x{self.image[1]}",
                f"img_size={least}",
            )

    @property
    def layout(self) -> TokenLayout:
        """The positions of the last stage; there are no other tokens."""
        rows, columns = self.grid(len(self.depths) - 1)
        height, width = self.image
        return TokenLayout((), (rows, columns), (-(-height // rows), -(-width // columns)))
