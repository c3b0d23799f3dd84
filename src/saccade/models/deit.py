"""DeiT with a second token that learns from a teacher.

Source: Touvron et al., "Training data-efficient image transformers & distillation through
attention", ICML 2021, arXiv:2012.12877, section 4 and figure 2. Names of the weights are timm's and
the authors'. DeiT without the second token is a plain vision transformer.
Axes: b batch, c channels, h height, w width, n tokens (class and distillation token, then the
patches), d features.
Differs: the distillation token stands second, as in all released code; the figure draws it last.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from saccade.errors import ConfigError
from saccade.models.vit import ViT
from saccade.models.vit_config import ViTConfig


@dataclass(frozen=True, kw_only=True, slots=True)
class DistilledDeiTConfig(ViTConfig):
    """Everything that makes a distilled DeiT: the fields of a vision transformer.

    The two tokens are what it classifies, so `global_pool` stays "token", and there are no
    registers, no pre-logits and no norm behind the pool.
    """

    def __post_init__(self) -> None:
        ViTConfig.__post_init__(self)
        wanted = {
            "class_token": True,
            "global_pool": "token",
            "reg_tokens": 0,
            "fc_norm": False,
            "representation_size": None,
        }
        for name, value in wanted.items():
            if getattr(self, name) != value:
                raise ConfigError(
                    f"{name}={value!r} beside a distillation token",
                    repr(getattr(self, name)),
                    f"{name}={value!r}, or a model without distillation such as "
                    "deit_tiny_patch16_224",
                )

    @property
    def prefix(self) -> tuple[str, ...]:
        """Names of the tokens before the patches."""
        return ("cls", "dist")


class DistilledDeiT(ViT):
    """A vision transformer with two tokens and two heads, whose logits are averaged.

    Args:
        config: its sizes.
    """

    config: DistilledDeiTConfig
    distilled_training: bool = False
    head_dist: nn.Module

    def features(self, images: Tensor) -> Tensor:
        """Turn images (b c h w) into one vector each (b d), the mean of the two tokens."""
        return self.both(images).mean(dim=1)

    def both(self, images: Tensor) -> Tensor:
        """Turn images (b c h w) into the normed class and distillation token (b 2 d)."""
        return self.head_drop(self.read_tokens(images)[:, :2])

    def pair(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Turn images (b c h w) into the logits (b classes) of the two heads.

        The first learns from the labels, the second from a teacher.
        """
        tokens = self.both(images)
        return self.head(tokens[:, 0]), self.head_dist(tokens[:, 1])

    def set_distilled_training(self, enable: bool = True) -> None:
        """Give the logits of both heads as a pair while training, for a loss with a teacher.

        Args:
            enable: whether to do so from now on. Outside of training the mean is given anyway.
        """
        self.distilled_training = enable

    def forward(self, images: Tensor) -> Tensor | tuple[Tensor, Tensor]:  # type: ignore[override]
        """Turn images (b c h w) into logits (b classes), the mean of the two heads.

        While training, after `set_distilled_training`, the pair of both.
        """
        first, second = self.pair(images)
        if self.training and self.distilled_training:
            return first, second
        return (first + second) / 2

    def reset_parameters(self) -> None:
        """Draw all weights anew as a vision transformer does; the new token with std 0.02."""
        super().reset_parameters()
        nn.init.trunc_normal_(self.dist_token, std=0.02)

    def _start_special(self) -> None:
        super()._start_special()
        self.dist_token = nn.Parameter(torch.zeros(1, 1, self.config.embed_dim))

    def _special(self) -> list[nn.Parameter]:
        return [*super()._special(), self.dist_token]

    def _start_heads(self) -> None:
        super()._start_heads()
        self.head_dist = self._fresh_head()

    def _heads(self) -> list[nn.Module]:
        return [self.head, self.head_dist]
