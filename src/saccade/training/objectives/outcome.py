"""What an objective is given, and what it returns."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b

import numpy as np
import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class Examples:
    """A batch as the model sees it.

    Args:
        images: normalised floats (b c h w), on the model's device.
        labels: class indices (b), or 0 and 1 for each class (b classes) where a picture may have
            several, on the model's device.
        targets: what to learn instead of the labels (b classes), where pictures were mixed; each
            row sums to 1 unless pictures have several labels.
        indices: of the pictures in their set.
        views: other crops of the same pictures, each (b c height width), normalised.
        chance: what random draws depend on besides the picture: the same in every process.
        copies: how often each picture came before in this epoch; empty where none comes twice.
    """

    images: Tensor
    labels: Tensor
    targets: Tensor | None = None
    indices: tuple[int, ...] = ()
    views: tuple[Tensor, ...] = ()
    chance: str = ""
    copies: tuple[int, ...] = ()

    def chances(self, name: str) -> list[str]:
        """Give what the draws of each picture depend on: `chance`, a name, the picture, its copy.

        Args:
            name: of the draw, so that two draws differ.
        """
        copies = self.copies or (0,) * len(self.indices)
        return [
            f"{self.chance}/{name}/{index}" + (f"/copy {copy}" if copy else "")
            for index, copy in zip(self.indices, copies, strict=True)
        ]

    def noise(self, *shape: int, name: str = "") -> Tensor:
        """Draw numbers from 0 to 1 for each picture (b ...), on the device of the images.

        They depend on `chances` alone, not on the batch a picture is in nor on the process, so that
        runs are the same however they are spread.

        Args:
            shape: of each picture's numbers.
            name: of the draw, so that two draws differ.
        """
        drawn = [
            np.random.Generator(np.random.PCG64(_seed(chance))).random(shape, dtype=np.float32)
            for chance in self.chances(name)
        ]
        return torch.from_numpy(np.stack(drawn)).to(self.images.device)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one pass through the model gave.

    Args:
        loss: what to make small, the mean over the pictures, with a gradient.
        numbers: what else to report: sums over the pictures of the batch, such as "correct".
    """

    loss: Tensor
    numbers: Mapping[str, Tensor] = field(default_factory=dict)


def _seed(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little")
