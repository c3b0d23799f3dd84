"""Masked patch prediction: a vision transformer guesses what stood in half of its places.

Source: Dosovitskiy et al., arXiv:2010.11929, section 4.6 and appendix B.1.2.
Axes: b batch, c channels, h height, w width, n patches, d features.
Differs: exactly half of the patches are corrupted (the larger half of an odd number), where the
paper draws each; a swapped embedding comes from the same picture.
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from saccade.data.transforms import Preprocessing
from saccade.layers.patches import split_patches
from saccade.models.classifier import Classifier
from saccade.training.objectives.outcome import Examples, Outcome
from saccade.training.options import PretrainOptions
from saccade.training.pretraining.masking import Corruption, corrupt, kept_count, taken
from saccade.training.pretraining.patch_lesson import Painted, PatchLesson, drawing, plain
from saccade.training.pretraining.patch_targets import Target, make_target
from saccade.training.setting import Setting

MASK_RATIO = 0.5
TARGET = "mean-colour"


class MaskedPatches(PatchLesson):
    """Patch embeddings are corrupted before the positions are added; their patches are guessed.

    Args:
        model: a plain vision transformer, whose encoder learns.
        target: what is guessed.
        mask_ratio: share of the patches that are corrupted, above 0 to below 1.

    Raises:
        ConfigError: the model is no plain vision transformer, or too few patches would be left.
    """

    name = "masked-patches"

    def __init__(self, model: nn.Module, target: Target, *, mask_ratio: float = MASK_RATIO) -> None:
        super().__init__(model, target)
        self.mask_ratio = mask_ratio
        kept_count(self.patches, mask_ratio)
        width = self.model.config.embed_dim
        self.mask_token = nn.Parameter(torch.zeros(1, 1, width))
        self.guess = nn.Linear(width, target.outputs)
        nn.init.normal_(self.mask_token, std=0.02)
        nn.init.trunc_normal_(self.guess.weight, std=0.02)
        nn.init.zeros_(self.guess.bias)

    def forward(self, batch: Examples) -> Outcome:
        """Give the mean loss of the corrupted patches."""
        corruption = self._corruption(batch)
        guessed = self.guesses(batch.images, corruption)
        return self.outcome(guessed, batch.images, corruption.hidden)

    def guesses(self, images: Tensor, corruption: Corruption) -> Tensor:
        """Guess every patch (b n outputs) of pictures (b c h w) that are partly corrupted."""
        x = taken(self.model.embedded(images), corruption.source)
        x = torch.where(corruption.masked[:, :, None], self.mask_token.to(x.dtype), x)
        x = self.model.placed(x)
        for block in self.model.blocks:
            x = self.model.run(block, x)
        return self.guess(self.model.finish(x)[:, self.special :])

    def options(self) -> Mapping[str, Any]:
        """Give what this lesson was made with besides the model."""
        return {"mask_ratio": self.mask_ratio, "target": self.target.name}

    @torch.no_grad()
    def paint(self, batch: Examples) -> Painted:
        """Show pictures with corrupted patches, and the guesses."""
        corruption = self._corruption(batch)
        images = self.model.cut(batch.images)
        patches = split_patches(images, self.target.patch)
        guessed = self.target.painted(self.guesses(batch.images, corruption), images)
        shown = taken(patches, corruption.source)
        completed = torch.where(corruption.hidden[:, :, None], guessed, patches)
        return Painted(shown, corruption.masked, completed, guessed)

    def _corruption(self, batch: Examples) -> Corruption:
        return corrupt(batch.noise(self.patches, 3, name="mask"), self.mask_ratio)


def make(setting: Setting) -> MaskedPatches:
    """Make the lesson of a run."""
    with drawing(setting):
        return build(setting.model, setting.config.pretrain, setting.preprocessing)


def build(
    model: Classifier, options: PretrainOptions, pixels: Preprocessing, *, fresh: bool = False
) -> MaskedPatches:
    """Make the lesson; new weights come from torch's generator.

    Args:
        model: a plain vision transformer.
        options: what is None is the paper's value.
        pixels: how pictures are normalised.
        fresh: whether the model knows nothing yet; of no use here.
    """
    target = make_target(options.target or TARGET, pixels, plain(model).layout.patch)
    return MaskedPatches(model, target, mask_ratio=options.mask_ratio or MASK_RATIO)
