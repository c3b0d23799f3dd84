"""MLP-Mixer: perceptrons across the patches and across the features, and no attention.

Source: Tolstikhin et al., "MLP-Mixer: An all-MLP Architecture for Vision", NeurIPS 2021,
arXiv:2105.01601, section 2, eq. 1. The names of the weights are timm's.
Axes: b batch, c channels, h height, w width, n tokens (patches, row by row), d features.
Differs: GELU is the exact one unless `act="gelu_tanh"`, which is what the authors' Flax code
computes; stochastic depth grows with the depth and keeps the mean, as in every model here.
"""

import dataclasses
from collections.abc import Iterator

from torch import Tensor, nn

from saccade.errors import ConfigError
from saccade.layers.canvas import Fit
from saccade.layers.drop import DropPath
from saccade.layers.initial import lecun_normal
from saccade.layers.mlp import Mlp
from saccade.layers.patches import PatchEmbedding
from saccade.layers.positions import ResizeRule
from saccade.layers.tokens import TokenLayout
from saccade.models.classifier import Classifier, resized
from saccade.models.mixer_config import MixerConfig


class MixerBlock(nn.Module):
    """A perceptron on each feature across the tokens, then one on each token across the features.

    Args:
        config: of the network.
        drop_path: chance that an image loses a branch, 0-1.
    """

    def __init__(self, config: MixerConfig, drop_path: float = 0.0) -> None:
        super().__init__()
        width, options = config.embed_dim, {"dropout": config.proj_drop_rate}
        across, along = config.hidden
        self.norm1 = nn.LayerNorm(width, eps=config.norm_eps)
        self.mlp_tokens = Mlp(config.layout.tokens, across, activation=config.act, **options)
        self.norm2 = nn.LayerNorm(width, eps=config.norm_eps)
        self.mlp_channels = Mlp(width, along, activation=config.act, **options)
        self.drop_path = DropPath(drop_path)

    def forward(self, x: Tensor) -> Tensor:
        """Map (b n d) to (b n d)."""
        x = x + self.drop_path(self.mlp_tokens(self.norm1(x).mT).mT)
        return x + self.drop_path(self.mlp_channels(self.norm2(x)))


class Mixer(Classifier):
    """Patches, a stack of blocks, a norm, the mean, a linear head; there are no positions.

    Args:
        config: its sizes and choices.
    """

    def __init__(self, config: MixerConfig) -> None:
        super().__init__()
        self.config = config
        steps = max(config.num_blocks - 1, 1)
        self.stem = PatchEmbedding(config.in_chans, config.embed_dim, config.patch)
        self.blocks = nn.Sequential(
            *(
                MixerBlock(config, config.drop_path_rate * index / steps)
                for index in range(config.num_blocks)
            )
        )
        self.norm = nn.LayerNorm(config.embed_dim, eps=config.norm_eps)
        self.head_drop = nn.Dropout(config.drop_rate)
        self.head = self._fresh_head()
        self.reset_parameters()

    @property
    def layout(self) -> TokenLayout:
        """The patches; there are no other tokens."""
        return self.config.layout

    def walk(self, images: Tensor) -> Iterator[Tensor]:
        """Yield the tokens (b n d) that each block gives, before the last norm.

        Raises:
            ShapeError: the images have another size or number of channels than the config, or
                are not floating point numbers.
        """
        x = self.stem(self.cut(images))
        for block in self.blocks:
            x = self.run(block, x)
            yield x

    def finish(self, x: Tensor) -> Tensor:
        """Apply the last norm to tokens (b n d)."""
        return self.norm(x)

    def features(self, images: Tensor) -> Tensor:
        """Turn images (b c h w) into one vector each (b d), the mean of the tokens."""
        return self.head_drop(self.tokens(images).mean(dim=1))

    def patch_kernel(self) -> Tensor:
        """The kernel of the patch projection (d c p p)."""
        return self.stem.proj.weight

    def set_input_size(
        self,
        img_size: int | tuple[int, int],
        *,
        rule: ResizeRule = "timm",
        img_fit: Fit | None = None,
    ) -> None:
        """Refuse every size that gives other patches than those that the network was built for.

        Args:
            img_size: side in pixels, or (height, width).
            rule: not used; there are no positions.
            img_fit: what becomes of images that the patch does not divide; as before when None.

        Raises:
            ConfigError: the patches are others. The token-mixing perceptrons have one weight for
                each pair of a patch and a hidden unit, and no rule says what a new patch weighs.
        """
        config, (rows, columns) = resized(self.config, img_size, img_fit), self.layout.grid
        if config.layout.grid != (rows, columns):
            raise ConfigError(
                f"images of {self.config.image[0]}x{self.config.image[1]} pixels, since a Mixer "
                f"learns weights for each place of its {rows}x{columns} patches",
                f"{config.image[0]}x{config.image[1]}",
                "pictures resized to it, or a fresh model with this img_size",
            )
        self.config = config

    def reset_classifier(self, num_classes: int) -> None:
        """Start a fresh head for another number of classes; 0 leaves the head out."""
        self.config = dataclasses.replace(self.config, num_classes=num_classes)
        self.head = self._fresh_head().to(self.norm.weight)
        self._reset_head()

    def reset_parameters(self) -> None:
        """Draw all weights anew, as the authors do: LeCun normal kernels, biases 0, the head 0.

        With `zero_head=False` the head is drawn with std 0.02.
        """
        for part in self.modules():
            if isinstance(part, nn.LayerNorm):
                part.reset_parameters()
            elif isinstance(part, nn.Linear | nn.Conv2d):
                lecun_normal(part.weight)
                nn.init.zeros_(part.get_parameter("bias"))
        self._reset_head()

    def _fresh_head(self) -> nn.Module:
        config = self.config
        return (
            nn.Linear(config.embed_dim, config.num_classes) if config.num_classes else nn.Identity()
        )

    def _reset_head(self) -> None:
        if isinstance(self.head, nn.Linear):
            nn.init.trunc_normal_(self.head.weight, std=0.02)
            if self.config.zero_head:
                nn.init.zeros_(self.head.weight)
            nn.init.constant_(self.head.bias, self.config.head_bias)
