"""Next patch: a picture as a sentence, told patch by patch; each is guessed from those before it.

Source: Chen et al., "Generative Pretraining from Pixels", ICML 2020, section 2.2 (autoregressive
objective), section 2.4 (a linear probe reads the mean of the tokens in the middle of the network).
Axes: b batch, c channels, h height, w width, n patches, t tokens (what starts, then the patches),
d features.
Differs: patches in the place of pixels, so that the network is our vision transformer; it guesses
one of 512 mean colours, or pixels. The class token starts the sentence where there is one. A patch
keeps its own position, that of the classifier, and is not moved on by one.
"""

import functools
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from saccade.data.transforms import Preprocessing
from saccade.errors import ConfigError
from saccade.layers.patches import join_patches, split_patches
from saccade.models.classifier import Classifier
from saccade.models.vit import ViT
from saccade.training.objectives.outcome import Examples, Outcome
from saccade.training.options import PretrainOptions
from saccade.training.pretraining.patch_lesson import Painted, PatchLesson, drawing, plain
from saccade.training.pretraining.patch_targets import Target, make_target
from saccade.training.setting import Setting

TARGET = "mean-colour"


class NextPatch(PatchLesson):
    """Each token reads only those before it, and guesses the patch that comes next.

    Args:
        model: a plain vision transformer, whose encoder learns.
        target: what is guessed.

    Raises:
        ConfigError: the model is no plain vision transformer.
    """

    name = "next-patch"

    def __init__(self, model: nn.Module, target: Target) -> None:
        super().__init__(model, target)
        width = self.model.config.embed_dim
        self.start = None if self.special else nn.Parameter(torch.zeros(1, 1, width))
        if self.start is not None:
            nn.init.normal_(self.start, std=0.02)
        self.guess = nn.Linear(width, target.outputs)
        nn.init.trunc_normal_(self.guess.weight, std=0.02)
        nn.init.zeros_(self.guess.bias)

    def forward(self, batch: Examples) -> Outcome:
        """Give the mean loss of all patches: for colours, nats per patch."""
        return self.outcome(self.guesses(batch.images), batch.images)

    def guesses(self, images: Tensor) -> Tensor:
        """Guess each patch (b n outputs) of pictures (b c h w) from the patches before it."""
        return self._guesses(causal_steps(self.model, images, self.start))

    def options(self) -> Mapping[str, Any]:
        """Give what this lesson was made with besides the model."""
        return {"target": self.target.name}

    @torch.no_grad()
    def paint(self, batch: Examples) -> Painted:
        """Show the upper half of pictures, what the model adds to it, and each guess on its own."""
        images = self.model.cut(batch.images)
        patches = split_patches(images, self.target.patch)
        given = self.patches // 2
        hidden = (torch.arange(self.patches, device=images.device) >= given).expand(len(images), -1)
        guessed = self.target.painted(self.guesses(batch.images), images)
        told = self.continued(images, given)
        return Painted(patches, hidden, told, guessed)

    @torch.no_grad()
    def continued(self, images: Tensor, given: int) -> Tensor:
        """Tell pictures on from their first patches, reading what was told before.

        Args:
            images: what the model cuts into patches (b c h w); only the first patches are read.
            given: how many.

        Returns:
            Patches (b n d) of normalised pixels.
        """
        patches = split_patches(images, self.target.patch).clone()
        patches[:, given:] = 0
        for place in range(given, self.patches):
            drawn = join_patches(patches, self.target.patch, self.model.layout.grid)
            guess = self._guesses(_causal(self.model, self.model.patch_embed(drawn), self.start))
            patches[:, place] = self.target.painted(guess, images)[:, place]
        return patches

    def _guesses(self, steps: list[Tensor]) -> Tensor:
        """What the tokens before each patch say of it (b n outputs)."""
        return self.guess(self.model.finish(steps[-1])[:, -self.patches - 1 : -1])


def causal_steps(model: ViT, images: Tensor, start: Tensor | None = None) -> list[Tensor]:
    """Give the tokens before the first block and after each, none of which saw a later one.

    Args:
        model: a plain vision transformer.
        images: (b c h w).
        start: a token (1 1 d) before the patches, for a model without special tokens.

    Returns:
        Tokens (b t d), one tensor more than there are blocks.
    """
    return _causal(model, model.embedded(images), start)


def middle_features(
    model: ViT, images: Tensor, *, start: Tensor | None = None, after: int | None = None
) -> Tensor:
    """Give the features that a linear probe reads: the mean of normed tokens in the middle.

    Args:
        model: a plain vision transformer that learned to guess the next patch.
        images: (b c h w).
        start: a token (1 1 d) before the patches, for a model without special tokens.
        after: how many blocks come before; half of them when None. The norm is that of the next
            block, after the last one the model's own.

    Returns:
        Features (b d).

    Raises:
        ConfigError: the model has not so many blocks.
    """
    blocks = list(model.blocks)
    after = len(blocks) // 2 if after is None else after
    if not 0 <= after <= len(blocks):
        raise ConfigError(f"0 to {len(blocks)} blocks", str(after), f"after={len(blocks) // 2}")
    x = causal_steps(model, images, start)[after]
    norm = model.norm if after == len(blocks) else blocks[after].get_submodule("norm1")
    normed: Tensor = norm(x)
    return normed.mean(dim=1)


def _causal(model: ViT, patches: Tensor, start: Tensor | None) -> list[Tensor]:
    x = model.placed(patches)
    if start is not None:
        x = torch.cat([start.to(x.dtype).expand(len(x), -1, -1), x], dim=1)
    count = x.shape[1]
    mask = torch.ones(1, count, count, dtype=torch.bool, device=x.device).tril()
    steps = [x]
    for block in model.blocks:
        x = model.run(functools.partial(block, mask=mask), x)
        steps.append(x)
    return steps


def make(setting: Setting) -> NextPatch:
    """Make the lesson of a run."""
    with drawing(setting):
        return build(setting.model, setting.config.pretrain, setting.preprocessing)


def build(
    model: Classifier, options: PretrainOptions, pixels: Preprocessing, *, fresh: bool = False
) -> NextPatch:
    """Make the lesson; new weights come from torch's generator.

    Args:
        model: a plain vision transformer.
        options: what is None is the paper's value.
        pixels: how pictures are normalised.
        fresh: whether the model knows nothing yet; of no use here.
    """
    return NextPatch(
        model, make_target(options.target or TARGET, pixels, plain(model).layout.patch)
    )
