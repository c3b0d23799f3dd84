"""Swin transformer: attention in windows that shift from block to block, on maps that halve.

Source: Liu et al., "Swin Transformer: Hierarchical Vision Transformer using Shifted Windows", ICCV
2021, arXiv:2103.14030, section 3 and table 7. The names of the weights are timm's, where a stage
begins with the merging of patches that the authors put at the end of the one before.
Axes: b batch, c channels, h height, w width, n positions of the last map, d features.
Differs: nothing at the sizes of the paper. What becomes of maps that are no multiple of their
windows is not in the paper, and three libraries do three things; `SwinConfig.windows` says which.
"""

import dataclasses
from collections.abc import Iterator
from typing import get_args

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import Tensor, nn

from saccade.attention.windowed import WindowedAttention
from saccade.errors import ConfigError
from saccade.layers.canvas import Fit
from saccade.layers.drop import DropPath
from saccade.layers.initial import reset_linear
from saccade.layers.mlp import Mlp
from saccade.layers.patches import pair
from saccade.layers.positions import ResizeRule
from saccade.layers.relative_table import TableRule
from saccade.layers.tokens import TokenLayout
from saccade.layers.windows import Size
from saccade.models.classifier import Classifier, resized
from saccade.models.swin_config import SwinConfig


class NormedPatches(nn.Module):
    """Project each patch linearly and norm it: (b c h w) to (b h w d).

    Args:
        config: of the network.
    """

    def __init__(self, config: SwinConfig) -> None:
        super().__init__()
        patch = pair(config.patch_size)
        self.proj = nn.Conv2d(config.in_chans, config.embed_dim, patch, patch)
        self.norm = nn.LayerNorm(config.embed_dim, eps=config.norm_eps)

    def forward(self, images: Tensor) -> Tensor:
        """Embed every patch."""
        return self.norm(self.proj(images).movedim(1, -1))


class PatchMerging(nn.Module):
    """Make one position of each 2x2: (b h w c) to (b h/2 w/2 2c); an odd side gets zeros.

    Args:
        width: features c.
        eps: added to the variance in the norm.
    """

    def __init__(self, width: int, eps: float) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(4 * width, eps=eps)
        self.reduction = nn.Linear(4 * width, 2 * width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Merge the positions (0, 0), (1, 0), (0, 1), (1, 1), counted as (row, column)."""
        if x.shape[1] % 2 or x.shape[2] % 2:
            x = F.pad(x, (0, 0, 0, x.shape[2] % 2, 0, x.shape[1] % 2))
        merged = rearrange(x, "b (h r) (w s) c -> b h w (s r c)", r=2, s=2)
        return self.reduction(self.norm(merged))


class SwinBlock(nn.Module):
    """Attention in windows, then a perceptron on each position; both are added to what came in.

    Args:
        config: of the network.
        stage: which stage, from 0.
        index: which block of the stage, from 0; windows of every other one are shifted.
    """

    def __init__(self, config: SwinConfig, stage: int, index: int) -> None:
        super().__init__()
        width, dropout = config.width(stage), config.proj_drop_rate
        window, shift = config.cut(stage, index)
        self.norm1 = nn.LayerNorm(width, eps=config.norm_eps)
        self.attn = WindowedAttention(
            width,
            heads=config.num_heads[stage],
            window_size=window,
            shift=shift,
            qkv_bias=config.qkv_bias,
            attn_drop=config.attn_drop_rate,
            proj_drop=dropout,
            boundary=config.boundary,
        )
        self.norm2 = nn.LayerNorm(width, eps=config.norm_eps)
        self.mlp = Mlp(width, int(width * config.mlp_ratio), dropout=dropout)
        self.drop_path = DropPath(config.drop_path(stage, index))

    def forward(self, x: Tensor) -> Tensor:
        """Map (b h w c) to (b h w c)."""
        mixed = self.attn(self.norm1(x).movedim(-1, 1)).movedim(1, -1)
        x = x + self.drop_path(mixed)  # eq. 3
        return x + self.drop_path(self.mlp(self.norm2(x)))


class SwinStage(nn.Module):
    """Blocks on maps of one size, after a merging of patches in all stages but the first.

    Args:
        config: of the network.
        stage: which stage, from 0.
    """

    def __init__(self, config: SwinConfig, stage: int) -> None:
        super().__init__()
        self.downsample = (
            PatchMerging(config.width(stage - 1), config.norm_eps) if stage else nn.Identity()
        )
        depth = config.depths[stage]
        self.blocks = nn.Sequential(*(SwinBlock(config, stage, index) for index in range(depth)))

    def forward(self, x: Tensor) -> Tensor:
        """Map (b h w c) to (b h' w' c')."""
        return self.blocks(self.downsample(x))


class PooledHead(nn.Module):
    """Dropout and a linear layer (b d) to (b classes).

    Args:
        in_features: features d.
        num_classes: 0 gives the features back.
        dropout: while training, 0-1.
    """

    def __init__(self, in_features: int, num_classes: int, dropout: float) -> None:
        super().__init__()
        self.in_features = in_features
        self.drop = nn.Dropout(dropout)
        self.fc = nn.Linear(in_features, num_classes) if num_classes else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """Classify."""
        return self.fc(self.drop(x))


class Swin(Classifier):
    """Patches, stages of blocks on maps that halve, a norm, the mean, a linear head.

    Args:
        config: its sizes and choices.
    """

    def __init__(self, config: SwinConfig) -> None:
        super().__init__()
        self.config = config
        self.patch_embed = NormedPatches(config)
        stages = range(len(config.depths))
        self.layers = nn.Sequential(*(SwinStage(config, stage) for stage in stages))
        self.norm = nn.LayerNorm(config.width(stages[-1]), eps=config.norm_eps)
        self.head = self._fresh_head()
        self.reset_parameters()

    @property
    def layout(self) -> TokenLayout:
        """The positions of the last map; there are no other tokens."""
        return self.config.layout

    @property
    def steps(self) -> int:
        """How many stages there are."""
        return len(self.config.depths)

    def walk(self, images: Tensor) -> Iterator[Tensor]:
        """Yield the map (b c h w) that each stage gives, before the last norm.

        Raises:
            ShapeError: the images have another size or number of channels than the config, or
                are not floating point numbers.
        """
        x = self.patch_embed(self.cut(images))
        for stage in self.layers.children():
            x = stage.get_submodule("downsample")(x)
            for block in stage.get_submodule("blocks").children():
                x = self.run(block, x)
            yield x.movedim(-1, 1)

    def finish(self, x: Tensor) -> Tensor:
        """Norm the map (b d h w) of the last stage; those of other stages have no norm."""
        if x.shape[1] != self.norm.normalized_shape[0]:
            return x
        return self.norm(x.movedim(1, -1)).movedim(-1, 1)

    def features(self, images: Tensor) -> Tensor:
        """Turn images (b c h w) into one vector each (b d), the mean of the last map."""
        return self.end(images).mean(dim=(2, 3))

    def patch_kernel(self) -> Tensor:
        """The kernel of the patch projection (d c p p)."""
        return self.patch_embed.proj.weight

    def set_input_size(
        self,
        img_size: int | tuple[int, int],
        *,
        rule: ResizeRule = "timm",
        img_fit: Fit | None = None,
        window_size: int | Size | tuple[int | Size, ...] | None = None,
    ) -> None:
        """Take images of another size from now on, and windows of another size.

        Args:
            img_size: side in pixels, or (height, width).
            rule: how tables of biases are resized where windows change: as timm does it
                ("geometric" in `resize_bias_table`), or by any other rule as the authors do it
                ("bicubic").
            img_fit: what becomes of images that the patch does not divide; as before when None.
            window_size: as in the config. When None, windows grow and shrink with the image under
                `windows="timm"`, as they do there, and keep their size otherwise.

        Raises:
            ConfigError: the patch does not divide the image; the nearest sizes are named.
        """
        if rule not in get_args(ResizeRule):
            raise ConfigError("a resize rule", repr(rule), " or ".join(get_args(ResizeRule)))
        old = self.config
        ref = old.ref_img_size
        if window_size is not None:
            ref = None
        elif old.windows == "timm":
            ref = ref or old.canvas.size
        wanted = old.window_size if window_size is None else window_size
        changed = dataclasses.replace(old, window_size=wanted, ref_img_size=ref)
        self.config = resized(changed, img_size, img_fit)
        table_rule: TableRule = "geometric" if rule == "timm" else "bicubic"
        for stage, index, attention in self._attentions():
            attention.resize_windows(*self.config.cut(stage, index), rule=table_rule)

    def reset_classifier(self, num_classes: int) -> None:
        """Start a fresh head for another number of classes; 0 leaves the head out."""
        self.config = dataclasses.replace(self.config, num_classes=num_classes)
        self.head = self._fresh_head().to(self.norm.weight)
        self._reset_head()

    @torch.no_grad()
    def reset_parameters(self) -> None:
        """Draw all weights anew: std 0.02, cut at ±2, biases 0; patch kernel by torch's rule."""
        for part in self.modules():
            if isinstance(part, nn.LayerNorm | nn.Conv2d | WindowedAttention):
                part.reset_parameters()
            elif isinstance(part, nn.Linear):
                reset_linear(part, "trunc")

    def _attentions(self) -> Iterator[tuple[int, int, WindowedAttention]]:
        """Give the attention of each block with the numbers of its stage and block."""
        for stage, layer in enumerate(self.layers):
            for index, block in enumerate(layer.get_submodule("blocks").children()):
                attention = block.get_submodule("attn")
                if isinstance(attention, WindowedAttention):
                    yield stage, index, attention

    def _fresh_head(self) -> PooledHead:
        config = self.config
        width = config.width(len(config.depths) - 1)
        return PooledHead(width, config.num_classes, config.drop_rate)

    def _reset_head(self) -> None:
        if isinstance(self.head.fc, nn.Linear):
            reset_linear(self.head.fc, "trunc")
