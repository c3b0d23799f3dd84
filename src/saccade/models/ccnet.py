"""CCNet: labels for every pixel, each of which has read the whole picture through two crosses.

Source: Huang et al., "CCNet: Criss-Cross Attention for Semantic Segmentation", ICCV 2019,
arXiv:1811.11721, section 3; layers and names of the weights as in the authors' code,
github.com/speedinghzl/CCNet (branch pure-python), networks/ccnet.py.
Axes: b batch, c channels, h height, w width; maps have an eighth of the image's size.
Differs: the norms are plain batch norms followed by a leaky ReLU where the authors have theirs in
place; those multiply by |weight| + 1e-5, so their weights go through `plain_norms` first. Two
passes are the default; the authors' script runs none unless told. The loss is left to training.
A non-local block (Wang et al., arXiv:1711.07971) can stand in the place of the crosses.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol, get_args

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from saccade.attention.criss_cross import CrissCrossAttention
from saccade.attention.non_local import NonLocal
from saccade.errors import ConfigError
from saccade.models.dilated_resnet import EXPANSION, BlockKind, DilatedResNet, Stem
from saccade.shapes import expect, expect_dtype

Context = Literal["criss_cross", "non_local"]
AUX_WEIGHT = 0.4
_SLOPE = 0.01
_NORM_EPS = 1e-5


class PixelLogits(NamedTuple):
    """Logits of every pixel (b classes h w), and those of a head on an earlier stage, if any."""

    logits: Tensor
    aux: Tensor | None


@dataclass(frozen=True, kw_only=True, slots=True)
class CCNetConfig:
    """Everything that makes a CCNet; saved beside its weights.

    Args:
        in_chans: channels of the image.
        num_classes: labels of a pixel.
        depths: blocks of each of the four stages; (3, 4, 23, 3) is ResNet-101.
        width: channels of the stem, 64 in every ResNet.
        recurrence: passes of the criss-cross attention, which share their weights; 0 leaves it
            unused, 2 let every position reach every other.
        reduction: channels of the attention over those of its queries and keys.
        drop_rate: dropout of whole channels before the last convolutions, 0-1.
        block: of the stages: "bottleneck", or "basic" as in ResNet-18.
        stem: "deep" is the authors', "plain" that of ResNet, so that its weights fit.
        context: "criss_cross", or "non_local" for a block in which every position reads every
            other in one pass; `recurrence` then has no meaning.
    """

    in_chans: int = 3
    num_classes: int = 19
    depths: tuple[int, ...] = (3, 4, 23, 3)
    width: int = 64
    recurrence: int = 2
    reduction: int = 8
    drop_rate: float = 0.1
    block: BlockKind = "bottleneck"
    stem: Stem = "deep"
    context: Context = "criss_cross"

    def __post_init__(self) -> None:
        object.__setattr__(self, "depths", tuple(self.depths))
        if len(self.depths) != 4 or min(self.depths) < 1:
            raise ConfigError(
                "depths of four stages, each at least 1", str(self.depths), "depths=(3, 4, 23, 3)"
            )
        for name in ("in_chans", "num_classes", "width"):
            if getattr(self, name) < 1:
                raise ConfigError(f"a positive {name}", str(getattr(self, name)), f"{name}=1")
        for name, known in (("block", get_args(BlockKind)), ("stem", get_args(Stem))):
            if getattr(self, name) not in known:
                raise ConfigError(f"{name} {' or '.join(known)}", repr(getattr(self, name)))
        check_head(self.context, self.recurrence, self.drop_rate)


class LeakyNorm(nn.BatchNorm2d):
    """Batch norm and leaky ReLU with slope 0.01 in one, under the names of a norm."""

    def forward(self, x: Tensor) -> Tensor:
        """Map (b c h w) to (b c h w)."""
        return F.leaky_relu(super().forward(x), _SLOPE)


def check_head(context: str, recurrence: int, drop_rate: float) -> None:
    """Refuse options of a `ContextHead` that cannot work.

    Raises:
        ConfigError: one cannot.
    """
    if not 0.0 <= drop_rate < 1.0:
        raise ConfigError("drop_rate in [0, 1)", str(drop_rate), "drop_rate=0.1")
    if recurrence < 0:
        raise ConfigError("recurrence of at least 0", str(recurrence), "recurrence=2")
    if context not in get_args(Context):
        words = " or ".join(get_args(Context))
        raise ConfigError(f"context {words}", repr(context), "context=criss_cross")


class HeadConfig(Protocol):
    """What a `ContextHead` is told; every config of a network of pixels has it."""

    @property
    def num_classes(self) -> int:
        """Labels of a pixel."""

    @property
    def recurrence(self) -> int:
        """Passes of the criss-cross attention."""

    @property
    def reduction(self) -> int:
        """Channels of the attention over those of its queries and keys."""

    @property
    def drop_rate(self) -> float:
        """Dropout of whole channels."""

    @property
    def context(self) -> Context:
        """What lets positions read others."""


class ContextHead(nn.Module):
    """Convolution, attention to the whole map, convolution; beside the input, classified.

    Args:
        channels: of the input.
        inner: channels that pay attention and give the features.
        config: of the network.
    """

    def __init__(self, channels: int, inner: int, config: HeadConfig) -> None:
        super().__init__()
        self.conva = nn.Sequential(_conv(channels, inner), LeakyNorm(inner))
        self.cca: CrissCrossAttention | None = None
        self.non_local: NonLocal | None = None
        if config.context == "non_local":
            self.non_local = NonLocal(inner)
        else:
            self.cca = CrissCrossAttention(
                inner, reduction=config.reduction, recurrence=max(config.recurrence, 1)
            )
        self.recurrence = config.recurrence
        self.convb = nn.Sequential(_conv(inner, inner), LeakyNorm(inner))
        self.bottleneck = nn.Sequential(
            _conv(channels + inner, inner),
            LeakyNorm(inner),
            nn.Dropout2d(config.drop_rate),
            nn.Conv2d(inner, config.num_classes, 1),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Map (b c h w) to logits (b classes h w)."""
        context = self.conva(x)
        if self.non_local is not None:
            context = self.non_local(context)
        elif self.cca is not None and self.recurrence:
            context = self.cca(context)
        return self.bottleneck(torch.cat([x, self.convb(context)], dim=1))

    def reset_classifier(self, num_classes: int) -> None:
        """Start a fresh last convolution for another number of classes."""
        fresh_classifier(self.bottleneck, num_classes)


class CCNet(DilatedResNet):
    """A dilated ResNet, a head with criss-cross attention, and one on the third stage.

    Args:
        config: its sizes and choices.
    """

    name: str = ""  # in the catalogue

    def __init__(self, config: CCNetConfig) -> None:
        super().__init__(
            config.depths,
            width=config.width,
            in_chans=config.in_chans,
            block=config.block,
            stem=config.stem,
        )
        self.config = config
        third, fourth = (EXPANSION[config.block] * config.width * scale for scale in (4, 8))
        inner = third // 2
        self.head = ContextHead(fourth, fourth // 4, config)
        self.dsn = nn.Sequential(
            nn.Conv2d(third, inner, 3, padding=1),
            LeakyNorm(inner),
            nn.Dropout2d(config.drop_rate),
            nn.Conv2d(inner, config.num_classes, 1),
        )

    def forward(self, images: Tensor) -> Tensor:
        """Turn images (b c h w) into logits of every pixel (b classes h w).

        Raises:
            ShapeError: the images have another number of channels than the config, or are not
                floating point numbers.
        """
        _, fourth = self._checked_maps(images)
        return at_size(self.head(fourth), images)

    def forward_with_aux(self, images: Tensor) -> PixelLogits:
        """Turn images (b c h w) into the logits of both heads, each (b classes h w).

        The authors train with the cross-entropy of the first plus `AUX_WEIGHT` times that of the
        second.

        Raises:
            ShapeError: the images have another number of channels than the config, or are not
                floating point numbers.
        """
        third, fourth = self._checked_maps(images)
        return PixelLogits(at_size(self.head(fourth), images), at_size(self.dsn(third), images))

    def reset_classifier(self, num_classes: int) -> None:
        """Start fresh last convolutions of both heads for another number of classes.

        Raises:
            ConfigError: there would be no class.
        """
        self.config = dataclasses.replace(self.config, num_classes=num_classes)
        self.head.reset_classifier(num_classes)
        fresh_classifier(self.dsn, num_classes)

    def reset_parameters(self) -> None:
        """Draw all weights anew: torch's defaults, as in the authors' code; gamma is 0.

        The authors always start the stages from weights that were trained on ImageNet.
        """
        for module in self.modules():
            if isinstance(module, nn.Conv2d | nn.BatchNorm2d | CrissCrossAttention):
                module.reset_parameters()
        if self.head.non_local is not None:
            self.head.non_local.reset_parameters()

    def _checked_maps(self, images: Tensor) -> tuple[Tensor, Tensor]:
        expect(images, "b c h w", "the images", c=self.config.in_chans)
        expect_dtype(images, "floats", "the images")
        return self.maps(images)


def plain_norms(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Turn the weights of in-place activated norms into those of plain ones.

    The norms of the authors' checkpoints multiply by |weight| + 1e-5 whatever the sign of the
    weight; a plain norm gives the same output with that number as its weight.

    Args:
        state: weights by name, of a network all of whose norms are in-place activated.
    """
    norms = {name.removesuffix("running_var") for name in state if name.endswith("running_var")}
    return {
        name: value.abs() + _NORM_EPS if name.removesuffix("weight") in norms else value
        for name, value in state.items()
    }


def _conv(channels: int, out: int) -> nn.Conv2d:
    return nn.Conv2d(channels, out, 3, padding=1, bias=False)


def fresh_classifier(parts: nn.Sequential, num_classes: int) -> None:
    """Put a fresh convolution for another number of classes at the end of some parts."""
    old = parts[-1].get_parameter("weight")
    parts[-1] = nn.Conv2d(old.shape[1], num_classes, 1).to(old)


def at_size(logits: Tensor, images: Tensor) -> Tensor:
    """Stretch logits (b classes h' w') to the size of the images (b c h w), corner on corner."""
    size = images.shape[-2:]
    return F.interpolate(logits, size=size, mode="bilinear", align_corners=True)
