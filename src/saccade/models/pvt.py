"""Pyramid vision transformer: four stages of tokens, each on a coarser map than the one before.

Source: Wang et al., "Pyramid Vision Transformer: A Versatile Backbone for Dense Prediction without
Convolutions", ICCV 2021, arXiv:2102.12122, section 3 and table 1. The names of the weights are
those of the authors' code (whai362/PVT).
Axes: b batch, c channels, h height, w width, n tokens (of the last stage: the class token, then the
    positions row by row), d features.
Differs: tables of positions are resized once, when the size is set, and not in each pass. The
    authors' code tells that a table fits by the number of positions in the first stage; here the
    grid decides.
"""

import dataclasses
from collections.abc import Iterator
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from saccade.layers.canvas import Fit
from saccade.layers.positions import ResizeRule
from saccade.layers.tokens import TokenLayout
from saccade.models.classifier import Classifier, resized
from saccade.models.pvt_config import PVTConfig
from saccade.models.pyramid import Grid, PatchNorm, PyramidBlock, as_map, draw


class PVT(Classifier):
    """Stages of patches with positions and blocks, a class token in the last, a linear head.

    Args:
        config: its sizes.
    """

    def __init__(self, config: PVTConfig) -> None:
        super().__init__()
        self.config = config
        last, channels = len(config.depths), config.in_chans
        for number, width in enumerate(config.embed_dims, start=1):
            rows, columns = config.grid(number - 1)
            step = 4 if number == 1 else 2
            patches = PatchNorm(channels, width, step, eps=config.embed_norm_eps)
            table = nn.Parameter(torch.zeros(1, rows * columns + (number == last), width))
            blocks = (
                PyramidBlock(config, number - 1, index)
                for index in range(config.depths[number - 1])
            )
            self.add_module(f"patch_embed{number}", patches)
            self.register_parameter(f"pos_embed{number}", table)
            self.add_module(f"block{number}", nn.ModuleList(blocks))
            channels = width
        self.pos_drop = nn.Dropout(config.pos_drop_rate)
        self.norm = nn.LayerNorm(channels, eps=config.norm_eps)
        self.cls_token = nn.Parameter(torch.zeros(1, 1, channels))
        self.head_drop = nn.Dropout(config.drop_rate)
        self.head = self._fresh_head()
        self.reset_parameters()

    @property
    def layout(self) -> TokenLayout:
        """The tokens of the last stage."""
        return self.config.layout

    @property
    def steps(self) -> int:
        """How many stages there are."""
        return len(self.config.depths)

    def walk(self, images: Tensor) -> Iterator[Tensor]:
        """Yield the map (b c h w) that each stage gives; the last gives tokens (b n d), un-normed.

        Raises:
            ShapeError: the images have another size or number of channels than the config, or
                are not floating point numbers.
        """
        x, last = self.cut(images), len(self.config.depths)
        for number in range(1, last + 1):
            x, grid = self.get_submodule(f"patch_embed{number}")(x)
            if number == last:
                x = torch.cat([self.cls_token.expand(x.shape[0], -1, -1), x], dim=1)
            x = self.pos_drop(x + self.get_parameter(f"pos_embed{number}"))
            for block in self.get_submodule(f"block{number}").children():
                x = self.run(partial(block, grid=grid), x)
            if number < last:
                x = as_map(x, grid)
            yield x

    def finish(self, x: Tensor) -> Tensor:
        """Apply the last norm to the tokens (b n d) of the last stage; maps stay as they are."""
        return self.norm(x) if x.dim() == 3 else x

    def features(self, images: Tensor) -> Tensor:
        """Turn images (b c h w) into one vector each (b d), the class token."""
        return self.head_drop(self.tokens(images)[:, 0])

    def patch_kernel(self) -> Tensor:
        """The kernel of the first patch projection (d c p p)."""
        return self.get_parameter("patch_embed1.proj.weight")

    def position_table(self) -> Tensor | None:
        """The positions of the last stage (n d) without the class token's."""
        return self.get_parameter(f"pos_embed{len(self.config.depths)}")[0, 1:]

    @torch.no_grad()
    def set_input_size(
        self,
        img_size: int | tuple[int, int],
        *,
        rule: ResizeRule = "timm",
        img_fit: Fit | None = None,
    ) -> None:
        """Take images of another size from now on, resizing the positions of every stage.

        Args:
            img_size: side in pixels, or (height, width), each divisible by 32 unless `img_fit`
                says otherwise.
            rule: not used; the authors' rule is the only one: bilinear, corners not aligned.
            img_fit: what becomes of images that the patch does not divide; as before when None.

        Raises:
            ConfigError: a side is not divisible; the nearest valid sizes are named.
        """
        old = self.config
        self.config = resized(old, img_size, img_fit)
        for stage in range(len(old.depths)):
            name = f"pos_embed{stage + 1}"
            table = stretched(self.get_parameter(name), old.grid(stage), self.config.grid(stage))
            setattr(self, name, nn.Parameter(table.clone()))

    def reset_classifier(self, num_classes: int) -> None:
        """Start a fresh head for another number of classes; 0 leaves the head out."""
        self.config = dataclasses.replace(self.config, num_classes=num_classes)
        self.head = self._fresh_head().to(self.norm.weight)
        draw(self.head, "torch")

    def reset_parameters(self) -> None:
        """Draw all weights anew: dense layers, positions and class token with std 0.02."""
        draw(self, "torch")
        for name, table in self.named_parameters(recurse=False):
            if name.startswith(("pos_embed", "cls_token")):
                nn.init.trunc_normal_(table, std=0.02)

    def _fresh_head(self) -> nn.Module:
        width, classes = self.config.embed_dims[-1], self.config.num_classes
        return nn.Linear(width, classes) if classes else nn.Identity()


def stretched(table: Tensor, source: Grid, target: Grid) -> Tensor:
    """Resize positions (1 n d) bilinearly to another grid; rows before the grid are kept.

    Args:
        table: the positions.
        source: rows and columns that it was made for.
        target: rows and columns that are wanted.
    """
    if source == target:
        return table
    prefix = table.shape[1] - source[0] * source[1]
    precision = torch.promote_types(table.dtype, torch.float32)
    image = as_map(table[:, prefix:].to(precision), source)
    resized = F.interpolate(image, size=target, mode="bilinear").flatten(2).mT
    return torch.cat([table[:, :prefix], resized.to(table.dtype)], dim=1)
