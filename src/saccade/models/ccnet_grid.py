"""Criss-cross attention on the grid of any classifier, such as a vision transformer's patches.

Source: the head of Huang et al., "CCNet", arXiv:1811.11721, section 3, on maps of a network that
classifies: of the ViT of Dosovitskiy et al., arXiv:2010.11929, as in Zheng et al., "Rethinking
Semantic Segmentation from a Sequence-to-Sequence Perspective", arXiv:2012.15840, section 3.
Axes: b batch, c channels, h height, w width, d features.
Differs: the network of CCNet is a dilated ResNet; here it is what its weights say, and may rest.
Its classes were learned from whole pictures, so maps of several blocks are read side by side.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from saccade.errors import ConfigError
from saccade.models import build
from saccade.models.catalog import CATALOG
from saccade.models.ccnet import Context, ContextHead, PixelLogits, at_size, check_head
from saccade.models.classifier import Classifier, chosen_steps
from saccade.models.words.freezing import freeze, rest, steps_of


@dataclass(frozen=True, kw_only=True, slots=True)
class CCNetGridConfig:
    """A classifier without its head, and what stands on its grid; saved beside the weights.

    Args:
        network: name of the classifier in the catalogue.
        options: fields of its config that differ, such as `img_size`.
        steps: which blocks or stages are read, from 0, negative ones from the end.
        tuned: how many of its last blocks or stages learn; 0 freezes all, -1 none.
        num_classes: labels of a pixel.
        width: channels of each map that is read, and of the head.
        recurrence: passes of the criss-cross attention; 0 leaves it unused.
        reduction: channels of the attention over those of its queries and keys.
        drop_rate: dropout of whole channels before the last convolution, 0-1.
        context: "criss_cross" or "non_local".

    Raises:
        ConfigError: a value that cannot work.
    """

    network: str = "vit_tiny_patch16_224"
    options: Mapping[str, Any] = field(default_factory=dict)
    steps: tuple[int, ...] = (-1,)
    tuned: int = 0
    num_classes: int = 19
    width: int = 128
    recurrence: int = 2
    reduction: int = 8
    drop_rate: float = 0.1
    context: Context = "criss_cross"

    def __post_init__(self) -> None:
        plain = {k: tuple(v) if isinstance(v, list) else v for k, v in self.options.items()}
        object.__setattr__(self, "options", plain)
        object.__setattr__(self, "steps", tuple(self.steps))
        for name in ("num_classes", "width"):
            if getattr(self, name) < 1:
                raise ConfigError(f"a positive {name}", str(getattr(self, name)), f"{name}=1")
        if self.tuned < -1:
            raise ConfigError("tuned of -1 or more", str(self.tuned), "tuned=0")
        check_head(self.context, self.recurrence, self.drop_rate)
        if CATALOG[self.network].task != "classify":
            raise ConfigError("a network that classifies", self.network, "vit_tiny_patch16_224")


class CCNetGrid(nn.Module):
    """A classifier's maps, each brought to the same width, and a head that labels every pixel.

    Args:
        config: its sizes and choices.
        network: the classifier, where it is there already, perhaps with weights; its head is left
            out. One with fresh weights is made otherwise.
    """

    name: str = ""  # in the catalogue

    def __init__(self, config: CCNetGridConfig, network: Classifier | None = None) -> None:
        super().__init__()
        self.config = config
        self.model = network or build(config.network, num_classes=0, **config.options)
        self.model.reset_classifier(0)
        self.steps = sorted(chosen_steps(self.model.steps, config.steps))
        channels = self._measure()
        self.bring = nn.ModuleList(
            nn.Sequential(nn.BatchNorm2d(own), nn.Conv2d(own, config.width, 1)) for own in channels
        )
        self.head = ContextHead(config.width * len(channels), config.width, config)
        self.train(self.training)

    @torch.no_grad()
    def _measure(self) -> list[int]:
        """Send a blank image through: the features of each map, and which parameters learn."""
        own = self.model.config
        self.model.eval()
        blank = next(self.model.parameters()).new_zeros(1, own.in_chans, *own.image)
        freeze(self.model, steps_of(self.model, blank), self.config.tuned, norms=False)
        return [found.shape[1] for found in self._maps(blank)]

    def train(self, mode: bool = True) -> "CCNetGrid":
        """Set the mode of what learns; what is frozen stays in evaluation mode."""
        super().train(mode)
        rest(self.model, norms=False)
        return self

    def forward(self, images: Tensor) -> Tensor:
        """Turn images (b c h w) into logits of every pixel (b classes h w).

        Raises:
            ShapeError: the images are not as the network takes them.
        """
        maps = self._maps(images)
        finest = max((found.shape[-2:] for found in maps), key=lambda size: size[0] * size[1])
        read = [bring(found) for bring, found in zip(self.bring, maps, strict=True)]
        return at_size(self.head(torch.cat([_at(found, finest) for found in read], 1)), images)

    def forward_with_aux(self, images: Tensor) -> PixelLogits:
        """Turn images (b c h w) into the logits (b classes h w); there is no second head."""
        return PixelLogits(self(images), None)

    def reset_classifier(self, num_classes: int) -> None:
        """Start a fresh last convolution for another number of classes.

        Raises:
            ConfigError: there would be no class.
        """
        self.config = dataclasses.replace(self.config, num_classes=num_classes)
        self.head.reset_classifier(num_classes)

    def _maps(self, images: Tensor) -> list[Tensor]:
        """Give the maps (b d h' w') that are read."""
        found = self.model.forward_intermediates(
            images, indices=self.steps, stop_early=True, intermediates_only=True
        )
        return [one for one in found if isinstance(one, Tensor)]


def _at(found: Tensor, size: torch.Size) -> Tensor:
    if found.shape[-2:] == size:
        return found
    return F.interpolate(found, size=size, mode="bilinear", align_corners=True)
