"""Vision transformer: an image as a sentence of patches.

Source: Dosovitskiy et al., "An Image is Worth 16x16 Words", ICLR 2021, arXiv:2010.11929,
section 3.1 and appendix D. The names of the weights are timm's.
Axes: b batch, c channels, h height, w width, n tokens (class token + patches), d features.
Differs: the patch projection has a bias, as in all released code; GELU is the exact one unless
`act="gelu_tanh"`, which is what the authors' Flax code computes.
"""

import dataclasses
from collections.abc import Iterator
from functools import partial

import torch
from torch import Tensor, nn

from saccade.attention.multi_head import MultiHeadAttention
from saccade.layers import positions as tables
from saccade.layers.canvas import Fit
from saccade.layers.initial import InitRule, lecun_normal, reset_linear
from saccade.layers.layer_scale import LayerScale
from saccade.layers.mlp import Mlp, PackedSwiGLU
from saccade.layers.patches import PatchEmbedding
from saccade.layers.positions import GridPositions, ResizeRule
from saccade.layers.tokens import TokenLayout
from saccade.models.classifier import Classifier, resized
from saccade.models.encoder import Block
from saccade.models.pooling import AttentionPool, pool_tokens, pre_logits
from saccade.models.vit_config import ViTConfig

_STACKED = {"qkv": 3, "kv": 2}  # how many matrices a layer of this name holds


class ViT(Classifier):
    """Patches and a class token with positions, a stack of blocks, a norm, a linear head."""

    pos_embed: nn.Parameter | GridPositions | Tensor | None
    lean_training: bool = False

    def __init__(self, config: ViTConfig) -> None:
        super().__init__()
        self.config = config
        width = config.embed_dim
        self.patch_embed = self._embedding()
        self._start_special()
        self._start_positions()
        self.pos_drop = nn.Dropout(config.pos_drop_rate)
        self.norm_pre = self._norm(config.pre_norm, width)
        self.blocks = nn.Sequential(*(self._block(index) for index in range(config.depth)))
        self.norm = self._norm(config.final_norm and not config.fc_norm, width)
        self.attn_pool = self._attn_pool() if config.global_pool == "map" else None
        self.fc_norm = self._norm(config.final_norm and config.fc_norm, config.pooled)
        self.pre_logits = pre_logits(config.pooled, config.representation_size)
        self.head_drop = nn.Dropout(config.drop_rate)
        self._start_heads()
        self.reset_parameters()

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
        x = self.placed(self.embedded(images))
        for block in self.blocks:
            x = self.run(block, x)
            yield x

    def embedded(self, images: Tensor) -> Tensor:
        """Turn images (b c h w) into one token for each patch (b n d), without positions."""
        return self.patch_embed(self.cut(images))

    def placed(self, patches: Tensor) -> Tensor:
        """Give patches (b n d) positions and special tokens: what the first block reads (b n d)."""
        return self.norm_pre(self.pos_drop(self._placed(patches)))

    def finish(self, x: Tensor) -> Tensor:
        """Apply the last norm to tokens (b n d)."""
        return self.norm(x)

    def features(self, images: Tensor) -> Tensor:
        """Turn images (b c h w) into one vector each (b d), as the head sees it."""
        return self.head_drop(self.pre_logits(self.fc_norm(self.pool(self.read_tokens(images)))))

    def set_lean_training(self, enable: bool = True) -> None:
        """While training, compute no more of the last block than a head of class tokens reads.

        Logits and gradients stay as they are; hooks see less of that block, watched maps are whole.

        Args:
            enable: whether to do so from now on.
        """
        self.lean_training = enable

    def read_tokens(self, images: Tensor) -> Tensor:
        """Turn images (b c h w) into normed tokens (b n d), patches left out where none is read."""
        *before, last = self.blocks
        lean = self.lean_training and self.training
        if not lean or self.config.global_pool != "token" or last.watched:
            return self.tokens(images)
        x = self.placed(self.embedded(images))
        for block in before:
            x = self.run(block, x)
        return self.finish(self.run(partial(last, first=len(self.layout.prefix)), x))

    def pool(self, x: Tensor) -> Tensor:
        """Turn tokens (b n d) into one vector each (b d), as `global_pool` says."""
        config = self.config
        if config.global_pool != "token" and not config.pool_include_prefix:
            patches = x[:, len(self.layout.prefix) :]
            both = config.global_pool == "token_avg"
            x = torch.cat([x[:, :1], patches], dim=1) if both else patches
        if self.attn_pool is None:
            return pool_tokens(x, config.global_pool)
        whole = config.pool_include_prefix and bool(self.layout.prefix)
        return self.attn_pool(x, None if whole else self.layout.grid)

    def patch_kernel(self) -> Tensor:
        """The kernel of the patch projection (d c p p)."""
        return self.patch_embed.proj.weight

    def position_table(self) -> Tensor | None:
        """The positions of the patches (n d) without those of special tokens; None if none."""
        if self.pos_embed is None:
            return None
        if isinstance(self.pos_embed, GridPositions):
            return self.pos_embed()
        return self.pos_embed[0, 0 if self.config.no_embed_class else len(self.layout.prefix) :]

    @torch.no_grad()
    def set_input_size(
        self,
        img_size: int | tuple[int, int],
        *,
        rule: ResizeRule = "timm",
        img_fit: Fit | None = None,
    ) -> None:
        """Take images of another size from now on, resizing the grid of positions.

        Args:
            img_size: side in pixels, or (height, width).
            rule: whose resize convention to follow; see `resize_positions`. Row and column tables
                ("learn2d") are resized linearly, fixed tables ("sincos2d") are computed anew.
            img_fit: what becomes of images that the patch does not divide; as before when None.
        """
        old = self.layout
        self.config = resized(self.config, img_size, img_fit)
        if isinstance(self.pos_embed, GridPositions):
            self.pos_embed = self.pos_embed.resized(self.layout.grid)
        elif self.config.pos_embed == "sincos2d":
            self._start_positions()
            self.pos_embed = self.get_buffer("pos_embed").to(self.patch_kernel())
        elif isinstance(self.pos_embed, nn.Parameter):
            table = tables.resize_positions(self.pos_embed, old.grid, self.layout.grid, rule=rule)
            self.pos_embed = nn.Parameter(table.detach().clone())

    def reset_classifier(self, num_classes: int) -> None:
        """Start a fresh head for another number of classes; 0 leaves the head out."""
        self.config = dataclasses.replace(self.config, num_classes=num_classes)
        self._start_heads()
        self._reset_heads()

    def reset_parameters(self) -> None:
        """Draw all weights anew; every rule of initialisation stands here.

        | weights        | trunc               | jax                          |
        |----------------|---------------------|------------------------------|
        | dense kernels  | normal, std 0.02    | Xavier uniform               |
        | dense biases   | 0                   | 0; perceptron: std 1e-6      |
        | patch kernel   | torch's convolution | LeCun normal                 |
        | positions      | normal, std 0.02    | normal, std 0.02             |
        | special tokens | normal, std 1e-6    | 0                            |
        | query of "map" | normal, std 1/√d    | normal, std 1/√d             |
        | head           | normal, std 0.02    | 0                            |

        All normals of "trunc" are cut at ±2 (timm's convention); `zero_head` overrides the head.
        """
        rule = self.config.weight_init
        self._reset_layers(rule)
        for table in (p for n, p in self.named_parameters() if n.startswith("pos_embed")):
            nn.init.trunc_normal_(table, std=0.02)
        for token in self._special():
            nn.init.normal_(token, std=0.0 if rule == "jax" else 1e-6)
        self._reset_heads()

    def _start_heads(self) -> None:
        self.head = self._fresh_head()

    def _embedding(self) -> PatchEmbedding:
        config = self.config
        bias = not config.pre_norm
        return PatchEmbedding(config.in_chans, config.embed_dim, config.patch, bias=bias)

    def _fresh_head(self) -> nn.Module:
        config = self.config
        features = config.representation_size or config.pooled
        if not config.num_classes:
            return nn.Identity()
        return nn.Linear(features, config.num_classes).to(self.patch_kernel())

    def _reset_heads(self) -> None:
        for head in self._heads():
            if isinstance(head, nn.Linear):
                reset_linear(head, "trunc")
                if self.config.weight_init == "jax" or self.config.zero_head:
                    nn.init.zeros_(head.weight)
                nn.init.constant_(head.bias, self.config.head_bias)

    def _heads(self) -> list[nn.Module]:
        return [self.head]

    def _reset_layers(self, rule: InitRule) -> None:
        self.patch_embed.proj.reset_parameters()
        if rule == "jax":
            lecun_normal(self.patch_embed.proj.weight)
            if self.patch_embed.proj.bias is not None:
                nn.init.zeros_(self.patch_embed.proj.bias)
        for name, module in self.named_modules():
            if isinstance(module, nn.LayerNorm | LayerScale | AttentionPool):
                module.reset_parameters()
            elif isinstance(module, nn.Linear):
                parts = _STACKED.get(name.rpartition(".")[2], 1)
                reset_linear(module, rule, parts=parts, bias_std=1e-6 if ".mlp." in name else 0)

    def _norm(self, wanted: bool, width: int) -> nn.Module:
        return nn.LayerNorm(width, eps=self.config.norm_eps) if wanted else nn.Identity()

    def _block(self, index: int) -> Block:
        config = self.config
        width, hidden, dropout = config.embed_dim, config.mlp_width, config.proj_drop_rate
        mlp: nn.Module
        if config.mlp == "swiglu_packed":
            mlp = PackedSwiGLU(width, hidden, dropout=dropout)
        else:
            mlp = Mlp(width, hidden, activation=config.act, dropout=dropout)
        return Block(
            width,
            self._attention(),
            mlp,
            eps=config.norm_eps,
            init_values=config.init_values,
            drop_path=config.drop_path_rate * index / max(config.depth - 1, 1),
        )

    def _attention(self) -> nn.Module:
        config = self.config
        return MultiHeadAttention(
            config.embed_dim,
            config.num_heads,
            qkv_bias=config.qkv_bias,
            attn_drop=config.attn_drop_rate,
            proj_drop=config.proj_drop_rate,
            qk_norm=config.qk_norm,
            norm_eps=config.norm_eps,
        )

    def _attn_pool(self) -> AttentionPool:
        config = self.config
        sizes = config.embed_dim, config.num_heads, config.mlp_width
        return AttentionPool(*sizes, activation=config.act, eps=config.norm_eps)

    def _start_special(self) -> None:
        config = self.config
        width = config.embed_dim
        self.cls_token = nn.Parameter(torch.zeros(1, 1, width)) if config.class_token else None
        count = config.reg_tokens
        self.reg_token = nn.Parameter(torch.zeros(1, count, width)) if count else None

    def _special(self) -> list[nn.Parameter]:
        """The learned tokens (1 n d) before the patches, in their order."""
        return [token for token in (self.cls_token, self.reg_token) if token is not None]

    def _start_positions(self) -> None:
        config = self.config
        layout = config.layout
        if config.no_embed_class:
            layout = dataclasses.replace(layout, prefix=())
        table = tables.start_positions(
            config.pos_embed, layout, config.embed_dim, rule=config.sincos
        )
        if isinstance(table, Tensor) and not isinstance(table, nn.Parameter):
            self.register_buffer("pos_embed", table)
        else:
            self.pos_embed = table

    def _placed(self, x: Tensor) -> Tensor:
        """Put the special tokens before the patches (b n d) and add the positions."""
        learned2d = isinstance(self.pos_embed, GridPositions)
        table = self.pos_embed() if isinstance(self.pos_embed, GridPositions) else self.pos_embed
        patches_only = learned2d or self.config.no_embed_class
        if table is not None and patches_only:
            x = x + table
        x = torch.cat([*(token.expand(x.shape[0], -1, -1) for token in self._special()), x], dim=1)
        return x if table is None or patches_only else x + table
