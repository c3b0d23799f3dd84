"""Vision transformer: an image as a sentence of patches.

Source: Dosovitskiy et al., "An Image is Worth 16x16 Words", ICLR 2021, arXiv:2010.11929,
section 3.1 and appendix D. The names of the weights are timm's.
Axes: b batch, c channels, h height, w width, n tokens (class token + patches), d features.
Differs: the patch projection has a bias, as in all released code; GELU is the exact one unless
`act="gelu_tanh"`, which is what the authors' Flax code computes.
"""

import dataclasses

import torch
from torch import Tensor, nn

from saccade.layers import positions as tables
from saccade.layers.initial import InitRule, lecun_normal, reset_linear
from saccade.layers.patches import PatchEmbedding
from saccade.layers.positions import GridPositions, ResizeRule
from saccade.layers.tokens import TokenLayout
from saccade.models.classifier import Classifier
from saccade.models.encoder import Block
from saccade.models.vit_config import ViTConfig
from saccade.shapes import expect, expect_dtype


class ViT(Classifier):
    """Patches and a class token with positions, a stack of blocks, a norm, a linear head."""

    pos_embed: nn.Parameter | GridPositions | Tensor | None

    def __init__(self, config: ViTConfig) -> None:
        super().__init__()
        self.config = config
        width = config.embed_dim
        self.patch_embed = PatchEmbedding(config.in_chans, width, config.patch)
        self.cls_token = nn.Parameter(torch.zeros(1, 1, width)) if config.class_token else None
        self._start_positions()
        self.pos_drop = nn.Dropout(config.pos_drop_rate)
        steps = max(config.depth - 1, 1)
        self.blocks = nn.Sequential(
            *(
                Block(
                    width,
                    config.num_heads,
                    int(width * config.mlp_ratio),
                    activation=config.act,
                    eps=config.norm_eps,
                    qkv_bias=config.qkv_bias,
                    dropouts=(
                        config.attn_drop_rate,
                        config.proj_drop_rate,
                        config.drop_path_rate * index / steps,
                    ),
                )
                for index in range(config.depth)
            )
        )
        self.norm = nn.LayerNorm(width, eps=config.norm_eps)
        self.pre_logits = _pre_logits(width, config.representation_size)
        self.head = self._fresh_head()
        self.reset_parameters()

    @property
    def layout(self) -> TokenLayout:
        """The order of the tokens."""
        return self.config.layout

    def tokens(self, images: Tensor) -> Tensor:
        """Turn images (b c h w) into normed tokens (b n d).

        Raises:
            ShapeError: the images have another size or number of channels than the config, or
                are not floating point numbers.
        """
        height, width = self.config.image
        expect(images, "b c h w", "the images", c=self.config.in_chans, h=height, w=width)
        expect_dtype(images, "floats", "the images")
        x = self.patch_embed(images)
        if self.cls_token is not None:
            x = torch.cat([self.cls_token.expand(x.shape[0], -1, -1), x], dim=1)
        x = self.pos_drop(self._with_positions(x))
        return self.norm(self.blocks(x))

    def features(self, images: Tensor) -> Tensor:
        """Turn images (b c h w) into one vector each (b d), as the head sees it."""
        x = self.tokens(images)
        x = x[:, 0] if self.config.global_pool == "token" else x.mean(dim=1)
        return self.pre_logits(x)

    def patch_kernel(self) -> Tensor:
        """The kernel of the patch projection (d c p p)."""
        return self.patch_embed.proj.weight

    def position_table(self) -> Tensor | None:
        """The positions of the patches (n d) without the class token's; None if there are none."""
        if self.pos_embed is None:
            return None
        if isinstance(self.pos_embed, GridPositions):
            return self.pos_embed()
        return self.pos_embed[0, len(self.layout.prefix) :]

    @torch.no_grad()
    def set_input_size(self, img_size: int | tuple[int, int], *, rule: ResizeRule = "timm") -> None:
        """Take images of another size from now on, resizing the grid of positions.

        Args:
            img_size: side in pixels, or (height, width).
            rule: whose resize convention to follow; see `resize_positions`. Row and column tables
                ("learn2d") are resized linearly, fixed tables ("sincos2d") are computed anew.
        """
        old = self.layout
        self.config = dataclasses.replace(self.config, img_size=img_size)
        if isinstance(self.pos_embed, GridPositions):
            self.pos_embed = self.pos_embed.resized(self.layout.grid)
        elif self.config.pos_embed == "sincos2d":
            self._start_positions()
            self.pos_embed = self.get_buffer("pos_embed").to(self.norm.weight)
        elif isinstance(self.pos_embed, nn.Parameter):
            table = tables.resize_positions(self.pos_embed, old.grid, self.layout.grid, rule=rule)
            self.pos_embed = nn.Parameter(table.detach().clone())

    def reset_classifier(self, num_classes: int) -> None:
        """Start a fresh head for another number of classes; 0 leaves the head out."""
        self.config = dataclasses.replace(self.config, num_classes=num_classes)
        self.head = self._fresh_head().to(self.norm.weight)
        self._reset_head()

    def reset_parameters(self) -> None:
        """Draw all weights anew; every rule of initialisation stands here.

        | weights        | trunc               | jax                          |
        |----------------|---------------------|------------------------------|
        | dense kernels  | normal, std 0.02    | Xavier uniform               |
        | dense biases   | 0                   | 0; perceptron: std 1e-6      |
        | patch kernel   | torch's convolution | LeCun normal                 |
        | positions      | normal, std 0.02    | normal, std 0.02             |
        | class token    | normal, std 1e-6    | 0                            |
        | head           | normal, std 0.02    | 0                            |

        All normals of "trunc" are cut at ±2 (timm's convention); `zero_head` overrides the head.
        """
        rule = self.config.weight_init
        self._reset_layers(rule)
        for table in (p for n, p in self.named_parameters() if n.startswith("pos_embed")):
            nn.init.trunc_normal_(table, std=0.02)
        if self.cls_token is not None:
            nn.init.normal_(self.cls_token, std=0.0 if rule == "jax" else 1e-6)
        self._reset_head()

    def _fresh_head(self) -> nn.Module:
        config = self.config
        features = config.representation_size or config.embed_dim
        return nn.Linear(features, config.num_classes) if config.num_classes else nn.Identity()

    def _reset_head(self) -> None:
        if isinstance(self.head, nn.Linear):
            reset_linear(self.head, "trunc")
            if self.config.weight_init == "jax" or self.config.zero_head:
                nn.init.zeros_(self.head.weight)
            nn.init.constant_(self.head.bias, self.config.head_bias)

    def _reset_layers(self, rule: InitRule) -> None:
        self.patch_embed.proj.reset_parameters()
        if rule == "jax":
            lecun_normal(self.patch_embed.proj.weight)
            nn.init.zeros_(self.patch_embed.proj.get_parameter("bias"))
        for name, module in self.named_modules():
            if isinstance(module, nn.LayerNorm):
                module.reset_parameters()
            elif isinstance(module, nn.Linear):
                parts = 3 if name.endswith(".qkv") else 1
                reset_linear(module, rule, parts=parts, bias_std=1e-6 if ".mlp." in name else 0)

    def _start_positions(self) -> None:
        config = self.config
        table = tables.start_positions(
            config.pos_embed, config.layout, config.embed_dim, rule=config.sincos
        )
        if isinstance(table, Tensor) and not isinstance(table, nn.Parameter):
            self.register_buffer("pos_embed", table)
        else:
            self.pos_embed = table

    def _with_positions(self, x: Tensor) -> Tensor:
        if self.pos_embed is None:
            return x
        if isinstance(self.pos_embed, GridPositions):
            prefix = x.new_zeros(len(self.layout.prefix), x.shape[2])
            return x + torch.cat([prefix, self.pos_embed()])
        return x + self.pos_embed


def _pre_logits(width: int, size: int | None) -> nn.Module:
    if size is None:
        return nn.Identity()
    parts = nn.Sequential()
    parts.add_module("fc", nn.Linear(width, size))
    parts.add_module("act", nn.Tanh())
    return parts
