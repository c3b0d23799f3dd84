"""What makes a vision transformer: its sizes and choices, under timm's keywords."""

from dataclasses import dataclass
from typing import Literal, get_args

from saccade.errors import ConfigError
from saccade.layers.canvas import Canvas, Fit, canvas_of
from saccade.layers.initial import InitRule
from saccade.layers.mlp import Activation
from saccade.layers.patches import grid_of, pair
from saccade.layers.positions import PositionKind, SincosRule
from saccade.layers.tokens import TokenLayout
from saccade.models.pooling import Pool

MlpKind = Literal["mlp", "swiglu_packed"]
_WITH_TOKEN = ("token", "token_avg")
_CHOICES = {
    "global_pool": get_args(Pool),
    "pos_embed": get_args(PositionKind),
    "sincos": get_args(SincosRule),
    "act": get_args(Activation),
    "mlp": get_args(MlpKind),
    "weight_init": get_args(InitRule),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class ViTConfig:
    """Everything that makes a vision transformer; saved beside its weights.

    Args:
        img_size: side in pixels, or (height, width).
        patch_size: side of a patch in pixels, or (height, width).
        img_fit: what becomes of images that the patch does not divide: an "error", or "pad" or
            "crop" them; see `canvas_of`.
        in_chans: channels of the image.
        num_classes: outputs of the head; 0 leaves the head out.
        embed_dim: features d of a token.
        depth: number of blocks.
        num_heads: attention heads of a block.
        mlp_ratio: hidden units of the perceptron over `embed_dim`.
        mlp: the plain perceptron, or the gated one of DINOv2's giant, "swiglu_packed", whose gates
            and values are counted together as hidden units.
        qkv_bias: give the attention's input projections a bias.
        qk_norm: norm the queries and the keys of each head.
        init_values: start of the learned factors of each branch (LayerScale); none when None.
        class_token: put a learned token before the patches; when None, only if it is pooled.
        reg_tokens: learned tokens between the class token and the patches that stand for nothing
            (registers).
        no_embed_class: no positions for class token and registers, as in DeiT III.
        pre_norm: norm the tokens before the first block; patches have no bias then, as in CLIP.
        final_norm: norm the tokens after the last block.
        fc_norm: norm the pooled vector instead of the tokens after the last block, as in MAE. In
            timm this is on for every pool that is no single token, unless told otherwise.
        global_pool: classify the class "token", the "avg" of the patches, their largest ("max"),
            half of both ("avgmax"), what a learned question reads from them ("map"), or the class
            token and the mean of the patches side by side ("token_avg"), as in the classifiers
            of DINOv2 in transformers.
        pool_include_prefix: pool class token and registers with the patches.
        representation_size: width of a tanh layer before the head (the paper's pre-logits).
        pos_embed: "learn" one row for each token, "learn2d" for rows and columns, fixed
            "sincos2d", or "none".
        sincos: whose frequencies "sincos2d" follows.
        act: exact or tanh GELU.
        norm_eps: added to the variance in the norms.
        drop_rate: dropout before the head, 0-1.
        pos_drop_rate: dropout after the positions, 0-1.
        proj_drop_rate: dropout after the dense layers but the qkv projection, 0-1.
        attn_drop_rate: dropout of the attention weights, 0-1.
        drop_path_rate: stochastic depth of the last block; it grows linearly from 0 at the first.
        weight_init: "trunc" (normal, std 0.02) or "jax" (the authors' Flax code).
        zero_head: start the head at zero, as the authors do. The first logits are then exactly
            the bias, and the first backward pass gives zero gradient to all below the head.
        head_bias: start of the head's bias; the authors use -6.9 with sigmoid losses on 1k classes.
    """

    img_size: int | tuple[int, int] = 224
    patch_size: int | tuple[int, int] = 16
    img_fit: Fit = "error"
    in_chans: int = 3
    num_classes: int = 1000
    embed_dim: int = 768
    depth: int = 12
    num_heads: int = 12
    mlp_ratio: float = 4.0
    mlp: MlpKind = "mlp"
    qkv_bias: bool = True
    qk_norm: bool = False
    init_values: float | None = None
    class_token: bool | None = None
    reg_tokens: int = 0
    no_embed_class: bool = False
    pre_norm: bool = False
    final_norm: bool = True
    fc_norm: bool = False
    global_pool: Pool = "token"
    pool_include_prefix: bool = False
    representation_size: int | None = None
    pos_embed: PositionKind = "learn"
    sincos: SincosRule = "mae"
    act: Activation = "gelu"
    norm_eps: float = 1e-6
    drop_rate: float = 0.0
    pos_drop_rate: float = 0.0
    proj_drop_rate: float = 0.0
    attn_drop_rate: float = 0.0
    drop_path_rate: float = 0.0
    weight_init: InitRule = "trunc"
    zero_head: bool = False
    head_bias: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "img_size", pair(self.img_size))
        object.__setattr__(self, "patch_size", pair(self.patch_size))
        if self.class_token is None:
            object.__setattr__(self, "class_token", self.global_pool in _WITH_TOKEN)
        self._check_numbers()
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in choices:
                raise ConfigError(
                    f"{name} out of {', '.join(choices)}", repr(getattr(self, name)), choices[0]
                )
        if self.global_pool in _WITH_TOKEN and not self.class_token:
            raise ConfigError(
                f'a class token for global_pool="{self.global_pool}"',
                "class_token=False",
                'global_pool="avg"',
            )
        canvas_of(self.image, self.patch, self.img_fit)

    def _check_numbers(self) -> None:
        for name in ("in_chans", "embed_dim", "depth", "num_heads", "mlp_ratio", "norm_eps"):
            if not getattr(self, name) > 0:
                raise ConfigError(f"a positive {name}", str(getattr(self, name)), f"{name}=1")
        for name, usual in (("num_classes", 10), ("reg_tokens", 4)):
            if getattr(self, name) < 0:
                raise ConfigError(
                    f"{name} of at least 0", str(getattr(self, name)), f"{name}={usual}"
                )
        if self.mlp == "swiglu_packed" and self.mlp_width % 2:
            raise ConfigError(
                "an even number of gates and values", str(self.mlp_width), "mlp_ratio=4"
            )
        for name in (
            "drop_rate",
            "pos_drop_rate",
            "proj_drop_rate",
            "attn_drop_rate",
            "drop_path_rate",
        ):
            if not 0.0 <= getattr(self, name) < 1.0:
                raise ConfigError(f"{name} in [0, 1)", str(getattr(self, name)), f"{name}=0.1")

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
    def mlp_width(self) -> int:
        """Hidden units of the perceptron."""
        return int(self.embed_dim * self.mlp_ratio)

    @property
    def pooled(self) -> int:
        """Features of the vector that the tokens become."""
        return self.embed_dim * (2 if self.global_pool == "token_avg" else 1)

    @property
    def prefix(self) -> tuple[str, ...]:
        """Names of the tokens before the patches."""
        registers = (f"reg{index}" for index in range(1, self.reg_tokens + 1))
        return (*(("cls",) if self.class_token else ()), *registers)

    @property
    def layout(self) -> TokenLayout:
        """The order of the tokens."""
        return TokenLayout(self.prefix, grid_of(self.canvas.size, self.patch), self.patch)
