"""Mixup and CutMix: two pictures in one, and their labels in the same parts.

Source: Zhang et al., "mixup: Beyond Empirical Risk Minimization", ICLR 2018, arXiv:1710.09412, eq.
in section 1; Yun et al., "CutMix", ICCV 2019, arXiv:1905.04899, eq. 1 and 2. One lambda for a
batch and its pictures in reverse as partners: timm, as DeiT trained (arXiv:2012.12877, table 9).

Axes: b pictures, c channels, h rows, w columns.

Differs: nothing from timm's Mixup in batch mode, but that a batch may be odd: the picture in its
middle is its own partner, and so is left as it is, pixels and label.
"""

import math
import random
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from saccade.errors import ConfigError, ShapeError
from saccade.shapes import expect

Box = tuple[int, int, int, int]  # top, bottom, left, right, in pixels


@dataclass(frozen=True, kw_only=True, slots=True)
class Mixing:
    """Mix the pictures of a batch, and smooth their labels.

    Args:
        mixup: alpha of mixup's Beta distribution; 0 mixes none.
        cutmix: alpha of CutMix's Beta distribution; 0 cuts none.
        mix_prob: share of the batches that are mixed, 0 to 1.
        switch_prob: share of the mixed batches that are cut, where both are on, 0 to 1.
        smoothing: share of a label that is spread over all classes, 0 to below 1; where a picture
            may have several classes, each moves by half of it towards 0.5.

    Raises:
        ConfigError: a value out of its range.
    """

    mixup: float = 0.0
    cutmix: float = 0.0
    mix_prob: float = 1.0
    switch_prob: float = 0.5
    smoothing: float = 0.0

    def __post_init__(self) -> None:
        if min(self.mixup, self.cutmix) < 0:
            raise ConfigError("mixup and cutmix of at least 0", f"{self.mixup}, {self.cutmix}")
        for name in ("mix_prob", "switch_prob"):
            if not 0 <= getattr(self, name) <= 1:
                raise ConfigError(f"{name} from 0 to 1", str(getattr(self, name)))
        if not 0 <= self.smoothing < 1:
            raise ConfigError("smoothing from 0 to below 1", str(self.smoothing))

    def apply(
        self, images: Tensor, labels: Tensor, *, classes: int, chances: random.Random
    ) -> tuple[Tensor, Tensor]:
        """Mix a batch; what came in stays as it was.

        Args:
            images: normalised floats (b c h w).
            labels: class indices (b), or 0 and 1 for each class (b classes).
            classes: how many there are.
            chances: the only source of chance; alike in all processes, so that all mix alike.

        Returns:
            The images (b c h w), and what to learn of them (b classes).

        Raises:
            ShapeError: the tensors have other axes.
        """
        expect(images, "b c h w", "images to mix")
        targets = smoothed(labels, classes=classes, smoothing=self.smoothing)
        kept, cut = self.draw(chances)
        if kept == 1.0:
            return images, targets
        if cut:
            box = draw_box((images.shape[2], images.shape[3]), kept, chances)
            images, kept = cut_in(images, box)
        else:
            images = blended(images, kept)
        return images, blended(targets, kept)

    def draw(self, chances: random.Random) -> tuple[float, bool]:
        """Draw lambda, the share that each picture keeps, and whether to cut instead of blend.

        Args:
            chances: the only source of chance.
        """
        if not (self.mixup or self.cutmix) or chances.random() >= self.mix_prob:
            return 1.0, False
        both = self.mixup > 0 and self.cutmix > 0
        cut = chances.random() < self.switch_prob if both else self.cutmix > 0
        alpha = self.cutmix if cut else self.mixup
        return chances.betavariate(alpha, alpha), cut


def smoothed(labels: Tensor, *, classes: int, smoothing: float = 0.0) -> Tensor:
    """Write labels as what to learn (b classes): off = eps / K and on = 1 - eps + eps / K.

    Args:
        labels: class indices (b), or 0 and 1 for each class (b classes).
        classes: K, how many there are.
        smoothing: eps, 0 to below 1.

    Raises:
        ShapeError: the labels have other axes.
    """
    if labels.dim() == 2 and labels.shape[1] == classes:
        return labels.float() * (1 - smoothing) + 0.5 * smoothing
    if labels.dim() != 1:
        raise ShapeError(f"labels (b) or (b {classes})", str(tuple(labels.shape)))
    return F.one_hot(labels, classes).float() * (1 - smoothing) + smoothing / classes


def blended(batch: Tensor, kept: float) -> Tensor:
    """Blend each with its partner, the batch in reverse: lambda x + (1 - lambda) x'.

    Args:
        batch: (b …).
        kept: lambda, 0 to 1.
    """
    return torch.lerp(batch.flip(0), batch, kept)


def draw_box(size: tuple[int, int], kept: float, chances: random.Random) -> Box:
    """Draw where a partner is cut in: its middle is anywhere, what sticks out is cut off.

    Args:
        size: (height, width) of the images, in pixels.
        kept: the share of the area that should stay, 0 to 1.
        chances: the only source of chance.
    """
    spans = []
    for side in size:
        cut = int(side * math.sqrt(1 - kept))
        middle = chances.randrange(side)
        spans += [max(middle - cut // 2, 0), min(middle + (cut + 1) // 2, side)]
    top, bottom, left, right = spans
    return top, bottom, left, right


def cut_in(images: Tensor, box: Box) -> tuple[Tensor, float]:
    """Show each picture's partner in a box.

    Args:
        images: (b c h w).
        box: top, bottom, left, right, in pixels.

    Returns:
        The images, and the share of the area that each kept.
    """
    top, bottom, left, right = box
    images = images.clone()
    images[:, :, top:bottom, left:right] = images[:, :, top:bottom, left:right].flip(0)
    area = (bottom - top) * (right - left)
    return images, 1 - area / (images.shape[2] * images.shape[3])
