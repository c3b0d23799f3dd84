"""Hybrid vision transformer: the sentence is made of a convolutional map, not of pixels.

Source: Dosovitskiy et al., "An Image is Worth 16x16 Words", ICLR 2021, arXiv:2010.11929, section
3.1 (hybrid architecture); sizes also of Steiner et al., "How to train your ViT?", arXiv:2106.10270.
The names of the weights are timm's.
Axes: b batch, c channels, h height, w width, n tokens (class token + patches), d features.
Differs: the small numbers in norms and kernels are timm's unless `eps="google"`, which is what the
published .npz files were trained with. With random kernels of spread 0.2 the map of an R26 stem,
whose largest number is 8, differs by 5e-4 between the two; smaller kernels differ more.
"""

from dataclasses import dataclass
from typing import get_args

from torch import Tensor

from saccade.errors import ConfigError
from saccade.layers.canvas import Canvas, canvas_of
from saccade.layers.patches import PatchEmbedding, grid_of, pair
from saccade.layers.standardized import GROUPS, EpsilonRule
from saccade.layers.tokens import TokenLayout
from saccade.models.hybrid_stem import Backbone, Root, make_backbone, reset_backbone
from saccade.models.vit import ViT
from saccade.models.vit_config import ViTConfig


@dataclass(frozen=True, kw_only=True, slots=True)
class HybridConfig(ViTConfig):
    """Everything that makes a hybrid; what it shares with a vision transformer stands there.

    Args:
        patch_size: side of a patch in positions of the stem's last map, or (height, width).
        stem: blocks of each stage of the stem; () leaves only its root, which shrinks by 4.
        stem_width: channels of the root. The stages have 4, 8, 16 and 32 times as many.
        eps: whose small numbers stand in the stem: "timm", "google" or "bit".
    """

    patch_size: int | tuple[int, int] = 1
    stem: tuple[int, ...] = (3, 4, 9)
    stem_width: int = 64
    eps: EpsilonRule = "timm"

    def __post_init__(self) -> None:
        object.__setattr__(self, "stem", tuple(self.stem))
        if any(depth < 1 for depth in self.stem):
            raise ConfigError("stages of at least 1 block", f"stem={self.stem}", "stem=(3, 4, 9)")
        if self.stem_width < 1 or self.stem_width % GROUPS:
            raise ConfigError(
                f"stem_width divisible by {GROUPS}", str(self.stem_width), "stem_width=64"
            )
        if self.eps not in get_args(EpsilonRule):
            choices = get_args(EpsilonRule)
            raise ConfigError(f"eps out of {', '.join(choices)}", repr(self.eps), choices[0])
        canvas_of(self.image, self.pixels, self.img_fit)
        ViTConfig.__post_init__(self)

    @property
    def pixels(self) -> tuple[int, int]:
        """Pixels of one token as (height, width): those of a patch times the stem's shrinking."""
        shrink = 4 * 2 ** max(len(self.stem) - 1, 0)
        height, width = pair(self.patch_size)
        return height * shrink, width * shrink

    @property
    def canvas(self) -> Canvas:
        """What of an image the stem and the patches divide."""
        return canvas_of(self.image, self.pixels, self.img_fit)

    @property
    def layout(self) -> TokenLayout:
        """The order of the tokens."""
        return TokenLayout(self.prefix, grid_of(self.canvas.size, self.pixels), self.pixels)


class HybridEmbedding(PatchEmbedding):
    """Project each patch of a convolutional map linearly: (b c h w) to (b n d).

    Args:
        backbone: what makes the map.
        embed_dim: features d of a token.
        patch: positions of the map as (height, width).
        bias: give the projection a bias.
    """

    def __init__(
        self,
        backbone: Root | Backbone,
        embed_dim: int,
        patch: tuple[int, int],
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(backbone.channels, embed_dim, patch, bias=bias)
        self.backbone = backbone

    def forward(self, images: Tensor) -> Tensor:
        """Embed every patch."""
        return super().forward(self.backbone(images))


class Hybrid(ViT):
    """A vision transformer on top of a convolutional stem.

    Args:
        config: its sizes.
    """

    config: HybridConfig
    patch_embed: HybridEmbedding

    def patch_kernel(self) -> Tensor:
        """The kernel of the stem's first convolution (d c k k), before it is standardised."""
        return self.patch_embed.backbone.kernel

    def set_grad_checkpointing(self, enable: bool = True) -> None:
        """Keep only the input of each block while training, those of the stem too.

        Args:
            enable: whether to do so from now on.
        """
        super().set_grad_checkpointing(enable)
        if isinstance(self.patch_embed.backbone, Backbone):
            self.patch_embed.backbone.grad_checkpointing = enable

    def reset_parameters(self) -> None:
        """Draw all weights anew as a vision transformer does, and those of the stem.

        "trunc" draws the kernels of the stem by their fan-out; "jax" by LeCun's rule, and starts
        the last norm of each block at 0.
        """
        super().reset_parameters()
        reset_backbone(self.patch_embed.backbone, self.config.weight_init)

    def _embedding(self) -> HybridEmbedding:
        config = self.config
        backbone = make_backbone(config.in_chans, config.stem_width, config.stem, config.eps)
        bias = not config.pre_norm
        return HybridEmbedding(backbone, config.embed_dim, config.patch, bias=bias)
