"""What makes an MLP-Mixer: its sizes and choices, under timm's keywords."""

from dataclasses import dataclass
from typing import get_args

from saccade.errors import ConfigError
from saccade.layers.canvas import Canvas, Fit, canvas_of
from saccade.layers.mlp import Activation
from saccade.layers.patches import grid_of, pair
from saccade.layers.tokens import TokenLayout


@dataclass(frozen=True, kw_only=True, slots=True)
class MixerConfig:
    """Everything that makes an MLP-Mixer; saved beside its weights.

    Args:
        img_size: side in pixels, or (height, width); it can not be changed later.
        patch_size: side of a patch in pixels, or (height, width).
        img_fit: what becomes of images that the patch does not divide: an "error", or "pad" or
            "crop" them; see `canvas_of`.
        in_chans: channels of the image.
        num_classes: outputs of the head; 0 leaves the head out.
        num_blocks: number of blocks.
        embed_dim: features d of a token.
        mlp_ratio: hidden units over `embed_dim`, of the perceptron across the tokens and of that
            across the features.
        act: exact or tanh GELU.
        norm_eps: added to the variance in the norms.
        drop_rate: dropout before the head, 0-1.
        proj_drop_rate: dropout after the dense layers of the perceptrons, 0-1.
        drop_path_rate: stochastic depth of the last block; it grows linearly from 0 at the first.
        zero_head: start the head at zero, as the authors do. The first logits are then exactly
            the bias, and the first backward pass gives zero gradient to all below the head.
        head_bias: start of the head's bias.
    """

    img_size: int | tuple[int, int] = 224
    patch_size: int | tuple[int, int] = 16
    img_fit: Fit = "error"
    in_chans: int = 3
    num_classes: int = 1000
    num_blocks: int = 8
    embed_dim: int = 512
    mlp_ratio: tuple[float, float] = (0.5, 4.0)
    act: Activation = "gelu"
    norm_eps: float = 1e-6
    drop_rate: float = 0.0
    proj_drop_rate: float = 0.0
    drop_path_rate: float = 0.0
    zero_head: bool = True
    head_bias: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "img_size", pair(self.img_size))
        object.__setattr__(self, "patch_size", pair(self.patch_size))
        object.__setattr__(self, "mlp_ratio", tuple(self.mlp_ratio))
        for name in ("in_chans", "num_blocks", "embed_dim", "norm_eps"):
            if not getattr(self, name) > 0:
                raise ConfigError(f"a positive {name}", str(getattr(self, name)), f"{name}=1")
        if self.num_classes < 0:
            raise ConfigError("num_classes of at least 0", str(self.num_classes), "num_classes=10")
        for name in ("drop_rate", "proj_drop_rate", "drop_path_rate"):
            if not 0.0 <= getattr(self, name) < 1.0:
                raise ConfigError(f"{name} in [0, 1)", str(getattr(self, name)), f"{name}=0.1")
        if self.act not in get_args(Activation):
            raise ConfigError(
                f"act out of {', '.join(get_args(Activation))}", repr(self.act), "gelu"
            )
        if len(self.mlp_ratio) != 2 or min(self.hidden) < 1:
            raise ConfigError(
                "an mlp_ratio for tokens and one for features, each with a hidden unit at least",
                str(self.mlp_ratio),
                "mlp_ratio=(0.5, 4.0)",
            )
        canvas_of(self.image, self.patch, self.img_fit)

    @property
    def image(self) -> tuple[int, int]:
        """Image size in pixels (height, width)."""
        return pair(self.img_size)

    @property
    def patch(self) -> tuple[int, int]:
        """Patch size in pixels (height, width)."""
        return pair(self.patch_size)

    @property
    def canvas(self) -> Canvas:
        """What of an image is cut into patches."""
        return canvas_of(self.image, self.patch, self.img_fit)

    @property
    def hidden(self) -> tuple[int, int]:
        """Hidden units of the perceptrons across tokens and across features."""
        return int(self.mlp_ratio[0] * self.embed_dim), int(self.mlp_ratio[1] * self.embed_dim)

    @property
    def layout(self) -> TokenLayout:
        """The patches; there are no other tokens."""
        return TokenLayout((), grid_of(self.canvas.size, self.patch), self.patch)
