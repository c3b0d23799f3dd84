"""What is guessed of a hidden patch: its colour out of few, a small picture of it, its pixels.

Sources: Dosovitskiy et al., arXiv:2010.11929, appendix B.1.2 (mean colour, 4x4 patch, pixels);
He et al., arXiv:2111.06377, section 3 (pixels, and pixels normalised by each patch).
Axes: b batch, n patches, c channels, h height, w width, s cells of a patch, d numbers of a patch,
in the order row, column, channel.
Differs: colours are counted in whole 8-bit levels, so that rounding never moves one over a border;
grey pictures have 8 colours instead of 512.
"""

from abc import ABC, abstractmethod
from typing import Any

import torch
import torch.nn.functional as F
from einops import rearrange, reduce
from torch import Tensor

from saccade.data.transforms import Preprocessing
from saccade.errors import ConfigError
from saccade.layers.patches import split_patches
from saccade.table import Table

BINS = 8  # 3 bits for each channel
CELLS = 4  # of a small patch, along each side
LEVELS = 255
EPS = 1e-6


class Target(ABC):
    """What a model has to tell of each patch, and how wrong it is.

    Args:
        pixels: how pictures were normalised.
        patch: (height, width) in pixels.
    """

    name: str

    def __init__(self, pixels: Preprocessing, patch: tuple[int, int]) -> None:
        self.pixels = pixels
        self.patch = patch
        self.size = patch[0] * patch[1] * pixels.in_chans

    @property
    @abstractmethod
    def outputs(self) -> int:
        """How many numbers a model gives for a patch."""

    @property
    @abstractmethod
    def told(self) -> str:
        """What a picture of guesses shows, for people."""

    @abstractmethod
    def of(self, images: Tensor) -> Tensor:
        """Read off pictures (b c h w) what is right for each patch (b n ...)."""

    @abstractmethod
    def losses(self, guessed: Tensor, right: Tensor) -> Tensor:
        """Say how wrong each guess is (b n).

        Args:
            guessed: outputs (b n outputs).
            right: what `of` gave.
        """

    @abstractmethod
    def painted(self, guessed: Tensor, images: Tensor) -> Tensor:
        """Turn guesses (b n outputs) into patches of normalised pixels (b n d).

        Args:
            guessed: outputs.
            images: what the patches were cut from (b c h w); used where a target lacks something.
        """

    def hits(self, guessed: Tensor, right: Tensor) -> Tensor | None:
        """Say how often guesses are right (b n), 0 to 1; None for pixels, which never are."""
        return None


class Colours(Target):
    """The mean colour of a patch, or of each of its cells, in 3 bits a channel.

    The label of a colour is red + 8 green + 64 blue, each the whole part of 8 times its mean over
    the largest value, at most 7. Pixels are averaged before that, not after.

    Args:
        pixels: how pictures were normalised.
        patch: (height, width) in pixels.
        cells: along each side of a patch.

    Raises:
        ConfigError: the patch cannot be cut into so many cells.
    """

    def __init__(self, pixels: Preprocessing, patch: tuple[int, int], cells: int) -> None:
        super().__init__(pixels, patch)
        if patch[0] % cells or patch[1] % cells:
            raise ConfigError(
                f"a patch side divisible by {cells} for the target {self.name}",
                f"{patch[0]}x{patch[1]}",
                'target="mean-colour"',
            )
        self.cells = cells
        self.colours: int = BINS**pixels.in_chans

    @property
    def outputs(self) -> int:
        """One for each colour of each cell."""
        return self.cells**2 * self.colours

    def of(self, images: Tensor) -> Tensor:
        """Give the label of each cell (b n s)."""
        height, width = self.patch[0] // self.cells, self.patch[1] // self.cells
        sums = reduce(
            self._levels(images),
            "b c (y i p) (x j q) -> b (y x) (i j) c",
            "sum",
            p=height,
            q=width,
            i=self.cells,
            j=self.cells,
        )
        bins = (BINS * sums // (LEVELS * height * width)).clamp_max(BINS - 1)
        return (bins * self._weights(images)).sum(dim=-1)

    def losses(self, guessed: Tensor, right: Tensor) -> Tensor:
        """Cross-entropy in nats, the mean over the cells of each patch (b n)."""
        scores = self._scores(guessed.float())
        found = F.cross_entropy(scores.flatten(0, 2), right.flatten(), reduction="none")
        return found.view(right.shape).mean(dim=2)

    def hits(self, guessed: Tensor, right: Tensor) -> Tensor:
        """Share of the cells whose likeliest colour is right (b n)."""
        return (self._scores(guessed).argmax(dim=-1) == right).float().mean(dim=2)

    def painted(self, guessed: Tensor, images: Tensor) -> Tensor:
        """Fill each cell with the middle of its likeliest colour."""
        labels = self._scores(guessed).argmax(dim=-1)
        bins = labels[..., None] // self._weights(images) % BINS
        mean, std = (images.new_tensor(v) for v in (self.pixels.mean, self.pixels.std))
        colours = ((bins + 0.5) / BINS - mean) / std
        cells = rearrange(colours, "b n (i j) c -> b n i j c", i=self.cells)
        for axis in (0, 1):
            cells = cells.repeat_interleave(self.patch[axis] // self.cells, dim=2 + axis)
        return rearrange(cells, "b n i j c -> b n (i j c)")

    def _levels(self, images: Tensor) -> Tensor:
        mean, std = (
            images.new_tensor(v, dtype=torch.float32).view(-1, 1, 1)
            for v in (self.pixels.mean, self.pixels.std)
        )
        return ((images.float() * std + mean) * LEVELS).round().clamp(0, LEVELS).long()

    def _weights(self, images: Tensor) -> Tensor:
        return BINS ** torch.arange(self.pixels.in_chans, device=images.device)

    def _scores(self, guessed: Tensor) -> Tensor:
        return rearrange(guessed, "b n (s k) -> b n s k", k=self.colours)


class MeanColour(Colours):
    """The mean colour of a patch out of 512."""

    name = "mean-colour"

    def __init__(self, pixels: Preprocessing, patch: tuple[int, int]) -> None:
        super().__init__(pixels, patch, 1)

    @property
    def told(self) -> str:
        """One colour a patch."""
        return f"mean colour of a patch, {self.colours} colours"


class SmallPatch(Colours):
    """A patch made small, 4x4 cells, each one of 512 colours."""

    name = "small-patch"

    def __init__(self, pixels: Preprocessing, patch: tuple[int, int]) -> None:
        super().__init__(pixels, patch, CELLS)

    @property
    def told(self) -> str:
        """Sixteen colours a patch."""
        return f"each patch made small, {CELLS}x{CELLS} cells of {self.colours} colours"


class Pixels(Target):
    """The normalised pixels of a patch."""

    name = "pixels"

    @property
    def outputs(self) -> int:
        """One for each channel of each pixel."""
        return self.size

    @property
    def told(self) -> str:
        """The pixels themselves."""
        return "pixels"

    def of(self, images: Tensor) -> Tensor:
        """Give the pixels of each patch (b n d)."""
        return split_patches(images.float(), self.patch)

    def losses(self, guessed: Tensor, right: Tensor) -> Tensor:
        """Mean squared error of each patch (b n)."""
        return (guessed.float() - right).square().mean(dim=2)

    def painted(self, guessed: Tensor, images: Tensor) -> Tensor:
        """The guesses as they are."""
        return guessed


class NormPixels(Pixels):
    """The pixels of a patch less their mean, by their standard deviation (unbiased variance)."""

    name = "norm-pixels"

    def __init__(self, pixels: Preprocessing, patch: tuple[int, int]) -> None:
        super().__init__(pixels, patch)
        if self.size < 2:
            raise ConfigError("patches of several numbers", "one grey pixel", 'target="pixels"')

    @property
    def told(self) -> str:
        """A guess says nothing of a patch's brightness and contrast."""
        return (
            "pixels normalised per patch; shown with each patch's own mean and spread, "
            "which the model does not guess"
        )

    def of(self, images: Tensor) -> Tensor:
        """Give the normalised pixels of each patch (b n d)."""
        patches, mean, spread = self._parts(images)
        return (patches - mean) / spread

    def painted(self, guessed: Tensor, images: Tensor) -> Tensor:
        """Give each guess the mean and the spread of the patch that was there."""
        _, mean, spread = self._parts(images)
        return guessed * spread + mean

    def _parts(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        patches = split_patches(images.float(), self.patch)
        mean = patches.mean(dim=2, keepdim=True)
        spread = (patches.var(dim=2, keepdim=True) + EPS).sqrt()
        return patches, mean, spread


TARGETS: Table[Any] = Table(
    "target of a patch", {one.name: one for one in (MeanColour, SmallPatch, Pixels, NormPixels)}
)


def make_target(name: str, pixels: Preprocessing, patch: tuple[int, int]) -> Target:
    """Make a target by its name.

    Args:
        name: "mean-colour", "small-patch", "pixels" or "norm-pixels".
        pixels: how pictures were normalised.
        patch: (height, width) in pixels.

    Raises:
        UnknownName: there is no such target.
        ConfigError: it does not fit the patch.
    """
    found: Target = TARGETS[name](pixels, patch)
    return found
