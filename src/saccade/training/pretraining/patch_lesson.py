"""What the lessons share in which a vision transformer guesses patches: judging and freezing.

The model stays a whole classifier; only its encoder learns. What the guesses do not go through
(the head, and what pools for it) stands still: it has `requires_grad=False`, so that every
parameter that learns has a gradient in each step.
Axes: b batch, c channels, h height, w width, n patches, d numbers of a patch.
"""

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from saccade.data.batches import Batches
from saccade.errors import ConfigError, DataError
from saccade.layers.patches import PatchEmbedding
from saccade.models.vit import ViT
from saccade.training.evaluate import evaluating
from saccade.training.lesson import Judgement, Lesson, Tick
from saccade.training.objectives.outcome import Examples, Outcome
from saccade.training.pretraining.patch_targets import Target
from saccade.training.randomness import own_randomness
from saccade.training.setting import Setting

_ENCODER = ("patch_embed", "cls_token", "reg_token", "dist_token", "pos_embed", "norm_pre")
_APART = 1_000_000  # from the seed of the model's first weights
_LEARNING = (*_ENCODER, "blocks", "norm")


@dataclass(frozen=True, slots=True)
class Painted:
    """What a model was shown of pictures, and what it makes of them, as normalised pixels.

    Args:
        shown: patches as the model got them (b n d).
        unseen: True for patches of which it got nothing (b n).
        completed: patches as they are, and guesses where they had to be guessed (b n d).
        guessed: the guess of every patch (b n d).
    """

    shown: Tensor
    unseen: Tensor
    completed: Tensor
    guessed: Tensor


class PatchLesson(Lesson):
    """A vision transformer that guesses patches.

    Args:
        model: a plain vision transformer, whose encoder learns.
        target: what is guessed.

    Raises:
        ConfigError: the model is no plain vision transformer.
    """

    name: ClassVar[str]
    model: ViT

    def __init__(self, model: nn.Module, target: Target) -> None:
        super().__init__(plain(model))
        self.target = target
        for name, parameter in model.named_parameters():
            if name.split(".")[0] not in _LEARNING:
                parameter.requires_grad_(False)

    @property
    def patches(self) -> int:
        """How many patches a picture has."""
        rows, columns = self.model.layout.grid
        return rows * columns

    @property
    def special(self) -> int:
        """How many tokens stand before the patches."""
        return len(self.model.layout.prefix)

    @abstractmethod
    def options(self) -> Mapping[str, Any]:
        """Give what this lesson was made with besides the model, under the names of the options."""

    @abstractmethod
    def paint(self, batch: Examples) -> Painted:
        """Show what the model sees and guesses of pictures; the lesson should be in eval mode."""

    def outcome(self, guessed: Tensor, images: Tensor, asked: Tensor | None = None) -> Outcome:
        """Compare guesses with pictures.

        Args:
            guessed: (b n outputs).
            images: (b c h w).
            asked: True for patches that count (b n); all when None.

        Returns:
            The mean loss of the patches that count; for colours how often they are right, summed
            over the pictures, as "patch_accuracy".
        """
        with torch.no_grad():
            right = self.target.of(self.model.cut(images))
        loss = _mean(self.target.losses(guessed, right), asked).mean()
        hits = self.target.hits(guessed.detach(), right)
        return Outcome(loss, {} if hits is None else {"patch_accuracy": _mean(hits, asked).sum()})

    def judge(self, batches: Batches, *, tick: Tick | None = None) -> Judgement:
        """Measure the loss on pictures that it does not learn from, in evaluation mode.

        What is hidden of a picture is the same every time, so that epochs can be compared.

        Args:
            batches: in the order of the set.
            tick: called after each batch with its position.

        Raises:
            DataError: no picture can be read.
        """
        device = next(self.parameters()).device
        sums: dict[str, float] = {}
        count = 0
        with evaluating(self), torch.no_grad():
            for batch in batches.epoch(0):
                if len(batch):
                    pixels = batches.preprocessing.normalize(batch.images.to(device))
                    labels = batch.labels.to(device)
                    examples = Examples(pixels, labels, indices=batch.indices, chance="judge")
                    outcome = self(examples)
                    numbers = {"loss": outcome.loss * len(batch), **outcome.numbers}
                    sums = {k: sums.get(k, 0.0) + float(v) for k, v in numbers.items()}
                    count += len(batch)
                if tick is not None:
                    tick(batch.position)
        if not count:
            raise DataError(f"pictures in {batches.images.name}", "none that can be read")
        found: dict[str, float | None] = {name: total / count for name, total in sums.items()}
        return Judgement(found, -sums["loss"] / count)


@contextmanager
def drawing(setting: Setting) -> Iterator[None]:
    """Draw first weights by the run's seed inside, alike in every process."""
    device = next(setting.model.parameters()).device
    with own_randomness(setting.config.seed + _APART, device):
        yield


def plain(model: nn.Module) -> ViT:
    """Give the model back if it is a vision transformer that cuts pictures into patches.

    Raises:
        ConfigError: it is another model; neighbouring patches may tell of each other there.
    """
    if isinstance(model, ViT) and type(model.patch_embed) is PatchEmbedding:
        return model
    got = getattr(model, "name", "") or type(model).__name__
    raise ConfigError(
        "a plain vision transformer to guess patches with", got, "vit_tiny_patch16_224"
    )


def _mean(values: Tensor, asked: Tensor | None) -> Tensor:
    """The mean of those that count, for each picture (b n) to (b)."""
    if asked is None:
        return values.mean(dim=1)
    return (values * asked).sum(dim=1) / asked.sum(dim=1)
