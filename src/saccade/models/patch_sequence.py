"""What BEiT and EVA share: patches behind a class token, pre-norm blocks, a pool, a linear head.

Sources: Bao et al., arXiv:2106.08254; Fang et al., "EVA", arXiv:2211.07636, which grew out of its
code. Names of the weights are timm's.
Axes: b batch, c channels, h height, w width, n tokens (special ones first), d features.
"""

import dataclasses
import math
from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Tensor, nn

from saccade.attention.multi_head import MultiHeadAttention
from saccade.errors import ConfigError
from saccade.layers.canvas import Canvas, Fit, canvas_of
from saccade.layers.initial import reset_linear
from saccade.layers.patches import PatchEmbedding, grid_of, pair
from saccade.layers.positions import ResizeRule, resize_positions
from saccade.layers.relative_bias import RelativeBias
from saccade.layers.tokens import TokenLayout
from saccade.models.classifier import Classifier, resized
from saccade.models.gamma_block import GammaBlock
from saccade.models.pooling import pool_tokens

SequencePool = Literal["avg", "token"]
_POSITIVE = ("in_chans", "embed_dim", "depth", "num_heads", "mlp_ratio", "norm_eps")
_DROPS = ("drop_rate", "pos_drop_rate", "proj_drop_rate", "attn_drop_rate", "drop_path_rate")


@dataclass(frozen=True, kw_only=True, slots=True)
class PatchSequenceConfig:
    """The sizes and choices that BEiT and EVA share, under timm's keywords.

    Args:
        img_size: side in pixels, or (height, width).
        patch_size: side of a patch in pixels, or (height, width).
        img_fit: what becomes of images that the patch does not divide: an "error", or "pad" or
            "crop" them; see `canvas_of`.
        in_chans: channels of the image.
        num_classes: outputs of the head; 0 leaves the head out.
        global_pool: classify the mean of the patches ("avg"), or the class "token".
        fc_norm: norm the pooled vector instead of the tokens after the last block; when None, only
            for "avg".
        embed_dim: features d of a token.
        depth: number of blocks.
        num_heads: attention heads of a block.
        qkv_bias: give the projections to queries and values a bias; that to keys has none.
        mlp_ratio: hidden units of the perceptron over `embed_dim`; of gates alone where it is
            gated.
        init_values: start of the learned factors of each branch; none when None.
        use_abs_pos_emb: add a learned row to each token.
        norm_eps: added to the variance in the norms.
        drop_rate: dropout before the head, 0-1.
        pos_drop_rate: dropout after the positions, 0-1.
        proj_drop_rate: dropout after the dense layers but the input projections, 0-1.
        attn_drop_rate: dropout of the attention weights, 0-1.
        drop_path_rate: stochastic depth of the last block; it grows linearly from 0 at the first.
        head_init_scale: factor of the head's first weights.
    """

    img_size: int | tuple[int, int] = 224
    patch_size: int | tuple[int, int] = 16
    img_fit: Fit = "error"
    in_chans: int = 3
    num_classes: int = 1000
    global_pool: SequencePool = "avg"
    fc_norm: bool | None = None
    embed_dim: int = 768
    depth: int = 12
    num_heads: int = 12
    qkv_bias: bool = True
    mlp_ratio: float = 4.0
    init_values: float | None = None
    use_abs_pos_emb: bool = True
    norm_eps: float = 1e-6
    drop_rate: float = 0.0
    pos_drop_rate: float = 0.0
    proj_drop_rate: float = 0.0
    attn_drop_rate: float = 0.0
    drop_path_rate: float = 0.0
    head_init_scale: float = 0.001

    def __post_init__(self) -> None:
        object.__setattr__(self, "img_size", pair(self.img_size))
        object.__setattr__(self, "patch_size", pair(self.patch_size))
        if self.fc_norm is None:
            object.__setattr__(self, "fc_norm", self.global_pool == "avg")
        if self.global_pool not in get_args(SequencePool):
            pools = " or ".join(get_args(SequencePool))
            raise ConfigError(f"global_pool {pools}", repr(self.global_pool), "avg")
        if self.num_classes < 0:
            raise ConfigError("num_classes of at least 0", str(self.num_classes), "num_classes=10")
        for name in _POSITIVE:
            if not getattr(self, name) > 0:
                raise ConfigError(f"a positive {name}", str(getattr(self, name)), f"{name}=1")
        for name in _DROPS:
            if not 0.0 <= getattr(self, name) < 1.0:
                raise ConfigError(f"{name} in [0, 1)", str(getattr(self, name)), f"{name}=0.1")
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
    def prefix(self) -> tuple[str, ...]:
        """Names of the tokens before the patches."""
        return ("cls",)

    @property
    def layout(self) -> TokenLayout:
        """The order of the tokens."""
        return TokenLayout(self.prefix, grid_of(self.canvas.size, self.patch), self.patch)

    @property
    def mlp_width(self) -> int:
        """Hidden units of the perceptron."""
        return int(self.embed_dim * self.mlp_ratio)

    def drop_path(self, index: int) -> float:
        """The stochastic depth of a block, counted from 0."""
        return self.drop_path_rate * index / max(self.depth - 1, 1)


class PatchSequence(Classifier):
    """Patches behind special tokens, blocks that children make, a norm, a pool, a linear head.

    Args:
        config: its sizes and choices.
    """

    config: PatchSequenceConfig

    def __init__(self, config: PatchSequenceConfig) -> None:
        super().__init__()
        self.config = config
        width = config.embed_dim
        self.patch_embed = PatchEmbedding(config.in_chans, width, config.patch)
        self.cls_token = nn.Parameter(torch.empty(1, 1, width))
        registers = len(config.prefix) - 1
        self.reg_token = nn.Parameter(torch.empty(1, registers, width)) if registers else None
        rows = config.layout.tokens
        self.pos_embed = (
            nn.Parameter(torch.empty(1, rows, width)) if config.use_abs_pos_emb else None
        )
        self.pos_drop = nn.Dropout(config.pos_drop_rate)
        self.blocks = nn.ModuleList(self._block(index) for index in range(config.depth))
        self.norm = nn.Identity() if config.fc_norm else nn.LayerNorm(width, eps=config.norm_eps)
        self.fc_norm = nn.LayerNorm(width, eps=config.norm_eps) if config.fc_norm else nn.Identity()
        self.head_drop = nn.Dropout(config.drop_rate)
        self.head = self._fresh_head()

    @abstractmethod
    def _block(self, index: int) -> GammaBlock:
        """Make a block, counted from 0."""

    @abstractmethod
    def _through(self, x: Tensor) -> Iterator[Tensor]:
        """Yield the tokens (b n d) that each block gives, from those before the first."""

    @property
    def layout(self) -> TokenLayout:
        """The order of the tokens."""
        return self.config.layout

    def walk(self, images: Tensor) -> Iterator[Tensor]:
        """Yield the tokens (b n d) that each block gives, before the last norm.

        Raises:
            ShapeError: the images have another size or number of channels than the config, or
                are not floating point numbers.
        """
        patches = self.patch_embed(self.cut(images))
        special = [self.cls_token] if self.reg_token is None else [self.cls_token, self.reg_token]
        x = torch.cat([*(token.expand(len(patches), -1, -1) for token in special), patches], dim=1)
        yield from self._through(self.pos_drop(x if self.pos_embed is None else x + self.pos_embed))

    def finish(self, x: Tensor) -> Tensor:
        """Apply the last norm to tokens (b n d)."""
        return self.norm(x)

    def features(self, images: Tensor) -> Tensor:
        """Turn images (b c h w) into one vector each (b d), as the head sees it."""
        x = self.tokens(images)
        if self.config.global_pool == "avg":
            x = x[:, len(self.layout.prefix) :]
        return self.head_drop(self.fc_norm(pool_tokens(x, self.config.global_pool)))

    def patch_kernel(self) -> Tensor:
        """The kernel of the patch projection (d c p p)."""
        return self.patch_embed.proj.weight

    def position_table(self) -> Tensor | None:
        """The learned rows of the patches (n d) without those of special tokens; None if none."""
        return None if self.pos_embed is None else self.pos_embed[0, len(self.layout.prefix) :]

    @torch.no_grad()
    def set_input_size(
        self,
        img_size: int | tuple[int, int],
        *,
        rule: ResizeRule = "timm",
        img_fit: Fit | None = None,
    ) -> None:
        """Take images of another size from now on, resizing the positions.

        Args:
            img_size: side in pixels, or (height, width).
            rule: whose convention resizes them.
            img_fit: what becomes of images that the patch does not divide; as before when None.

        Raises:
            ConfigError: the patch does not divide the image; the nearest sizes are named.
        """
        old = self.layout
        self.config = resized(self.config, img_size, img_fit)
        if self.pos_embed is not None:
            table = resize_positions(self.pos_embed, old.grid, self.layout.grid, rule=rule)
            self.pos_embed = nn.Parameter(table.detach().clone())

    def reset_classifier(self, num_classes: int) -> None:
        """Start a fresh head for another number of classes; 0 leaves the head out."""
        self.config = dataclasses.replace(self.config, num_classes=num_classes)
        self.head = self._fresh_head().to(self.patch_kernel())
        self._reset_head()

    @torch.no_grad()
    def reset_parameters(self) -> None:
        """Draw all weights anew, as the authors of BEiT do.

        Dense kernels, tokens and positions are normal, std 0.02, cut at ±2; biases and tables of
        biases are 0. The last layer of both branches of block k, counted from 1, is divided by
        √(2k), the head multiplied by `head_init_scale`. The patch kernel follows torch's rule.
        """
        for part in self.modules():
            if isinstance(part, nn.LayerNorm | nn.Conv2d | GammaBlock | RelativeBias):
                part.reset_parameters()
            elif isinstance(part, nn.Linear):
                reset_linear(part, "trunc")
            elif isinstance(part, MultiHeadAttention):
                _clear(part)
        tables = (self.cls_token, self.reg_token, self.pos_embed)
        for table in (table for table in tables if table is not None):
            nn.init.trunc_normal_(table, std=0.02)
        for number, block in enumerate(self.blocks, start=1):
            for name in ("attn.proj", "mlp.fc2"):
                block.get_submodule(name).get_parameter("weight").div_(math.sqrt(2 * number))
        self._reset_head()

    def _fresh_head(self) -> nn.Module:
        classes = self.config.num_classes
        return nn.Linear(self.config.embed_dim, classes) if classes else nn.Identity()

    @torch.no_grad()
    def _reset_head(self) -> None:
        if isinstance(self.head, nn.Linear):
            reset_linear(self.head, "trunc")
            self.head.weight.mul_(self.config.head_init_scale)


def _clear(attention: MultiHeadAttention) -> None:
    """Set what an attention itself holds, its biases, to 0."""
    for parameter in attention.parameters(recurse=False):
        nn.init.zeros_(parameter)
