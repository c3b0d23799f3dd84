"""Masked autoencoder: most patches are left out, and a small decoder paints them from the rest.

Source: He et al., "Masked Autoencoders Are Scalable Vision Learners", CVPR 2022,
arXiv:2111.06377, section 3 and appendix A.1. The encoder is a vision transformer that reads only
the patches that are seen; a learned token stands for each hidden one in the decoder alone.
Axes: b batch, c channels, h height, w width, n patches, k patches that are seen, d features.
Differs: decoders of encoders narrower than ViT-B's shrink with them; a model with weights keeps its
positions, and they learn.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from saccade.attention.multi_head import MultiHeadAttention
from saccade.data.transforms import Preprocessing
from saccade.errors import CheckpointError
from saccade.layers.mlp import Mlp
from saccade.layers.patches import split_patches
from saccade.layers.positions import sincos_positions
from saccade.layers.tokens import TokenLayout
from saccade.models.classifier import Classifier
from saccade.models.encoder import Block
from saccade.models.vit import ViT
from saccade.models.vit_config import ViTConfig
from saccade.training.choices import Choice
from saccade.training.objectives.outcome import Examples, Outcome
from saccade.training.options import PretrainOptions
from saccade.training.pretraining.masking import Hiding, hide, kept_count, taken
from saccade.training.pretraining.patch_lesson import Painted, PatchLesson, drawing, plain
from saccade.training.pretraining.patch_targets import Target, make_target
from saccade.training.setting import Setting

MASK_RATIO = 0.75
TARGET = "norm-pixels"
_SIZE = "pretrain.decoder_"
_WIDTH, _DEPTH, _HEAD = 512, 8, 32  # of the paper's decoder: features, blocks, features of a head


@dataclass(frozen=True, kw_only=True, slots=True)
class DecoderSizes:
    """The sizes of a decoder.

    Args:
        dim: features d of a token.
        depth: number of blocks.
        heads: attention heads of a block.
    """

    dim: int = _WIDTH
    depth: int = _DEPTH
    heads: int = _WIDTH // _HEAD


def decoder_choices(config: ViTConfig, options: PretrainOptions) -> tuple[Choice, ...]:
    """Choose the sizes of a decoder, each with its reason.

    Args:
        config: of the encoder.
        options: what is not None there is taken.
    """
    rule = "two thirds of the encoder's, as for ViT-B in the paper, whose 512/8/16 is the most"
    dim = min(_WIDTH, max(_HEAD, 2 * config.embed_dim // 3 // _HEAD * _HEAD))
    depth = min(_DEPTH, max(1, round(2 * config.depth / 3)))
    taken_dim = options.decoder_dim or dim
    heads = max(1, taken_dim // _HEAD)
    heads = next(count for count in range(heads, 0, -1) if taken_dim % count == 0)
    usual = f"{_HEAD} features a head, as in the paper"
    found = (
        ("dim", dim, rule, options.decoder_dim),
        ("depth", depth, rule, options.decoder_depth),
        ("heads", heads, usual, options.decoder_heads),
    )
    return tuple(
        Choice(_SIZE + name, own or value, why if own is None else "as asked for")
        for name, value, why, own in found
    )


class Decoder(nn.Module):
    """Paint every patch from the tokens of those that were seen.

    Names of weights are the authors', without their "decoder_".

    Args:
        width: features of the encoder's tokens.
        layout: the order of its tokens.
        sizes: of the decoder.
        outputs: numbers that are guessed of a patch.
        eps: added to the variance in the norms.
    """

    pos_embed: Tensor

    def __init__(
        self, width: int, layout: TokenLayout, sizes: DecoderSizes, outputs: int, *, eps: float
    ) -> None:
        super().__init__()
        self.special = len(layout.prefix)
        self.embed = nn.Linear(width, sizes.dim)
        self.mask_token = nn.Parameter(torch.zeros(1, 1, sizes.dim))
        positions = fixed_positions(layout, sizes.dim)
        self.register_buffer("pos_embed", positions)
        self.blocks = nn.Sequential(
            *(
                Block(
                    sizes.dim,
                    MultiHeadAttention(sizes.dim, sizes.heads),
                    Mlp(sizes.dim, 4 * sizes.dim),
                    eps=eps,
                )
                for _ in range(sizes.depth)
            )
        )
        self.norm = nn.LayerNorm(sizes.dim, eps=eps)
        self.pred = nn.Linear(sizes.dim, outputs)
        start_xavier(self)
        nn.init.normal_(self.mask_token, std=0.02)

    def forward(self, tokens: Tensor, restore: Tensor) -> Tensor:
        """Guess every patch.

        Args:
            tokens: special ones, then those of the patches that were seen (b special+k d).
            restore: where in the order "seen, then hidden" each patch stands (b n).

        Returns:
            Guesses (b n outputs), row by row.
        """
        x = self.embed(tokens)
        special, seen = x[:, : self.special], x[:, self.special :]
        missing = restore.shape[1] - seen.shape[1]
        hidden = self.mask_token.to(x.dtype).expand(len(x), missing, -1)
        patches = taken(torch.cat([seen, hidden], dim=1), restore)
        x = torch.cat([special, patches], dim=1) + self.pos_embed
        return self.pred(self.norm(self.blocks(x)))[:, self.special :]


class MaskedAutoencoder(PatchLesson):
    """An encoder that sees few patches, and a decoder that paints the others.

    Args:
        model: a plain vision transformer, whose encoder learns.
        target: what is guessed.
        sizes: of the decoder.
        mask_ratio: share of the patches that are hidden, above 0 to below 1.

    Raises:
        ConfigError: the model is no plain vision transformer, or too few patches would be left.
    """

    name = "mae"

    def __init__(
        self,
        model: nn.Module,
        target: Target,
        *,
        sizes: DecoderSizes,
        mask_ratio: float = MASK_RATIO,
    ) -> None:
        super().__init__(model, target)
        self.mask_ratio = mask_ratio
        self.sizes = sizes
        kept_count(self.patches, mask_ratio)
        config = self.model.config
        self.decoder = Decoder(
            config.embed_dim, self.model.layout, sizes, target.outputs, eps=config.norm_eps
        )

    def forward(self, batch: Examples) -> Outcome:
        """Give the mean loss of the hidden patches."""
        hiding = self._hiding(batch)
        return self.outcome(self.guesses(batch.images, hiding), batch.images, hiding.hidden)

    def guesses(self, images: Tensor, hiding: Hiding) -> Tensor:
        """Guess every patch (b n outputs) of pictures (b c h w) from those that are seen."""
        x = self.model.placed(self.model.embedded(images))
        seen = taken(x[:, self.special :], hiding.kept)
        x = torch.cat([x[:, : self.special], seen], dim=1)
        for block in self.model.blocks:
            x = self.model.run(block, x)
        return self.decoder(self.model.finish(x), hiding.restore)

    def options(self) -> Mapping[str, Any]:
        """Give what this lesson was made with besides the model."""
        return {
            "mask_ratio": self.mask_ratio,
            "target": self.target.name,
            "decoder_dim": self.sizes.dim,
            "decoder_depth": self.sizes.depth,
            "decoder_heads": self.sizes.heads,
        }

    @torch.no_grad()
    def paint(self, batch: Examples) -> Painted:
        """Show pictures with hidden patches, and the guesses."""
        hiding = self._hiding(batch)
        images = self.model.cut(batch.images)
        patches = split_patches(images, self.target.patch)
        guessed = self.target.painted(self.guesses(batch.images, hiding), images)
        completed = torch.where(hiding.hidden[:, :, None], guessed, patches)
        return Painted(patches, hiding.hidden, completed, guessed)

    def _hiding(self, batch: Examples) -> Hiding:
        return hide(batch.noise(self.patches, name="mask"), self.mask_ratio)


def make(setting: Setting) -> MaskedAutoencoder:
    """Make the lesson of a run; a model without weights starts as the authors' does."""
    fresh = setting.config.checkpoint is None
    with drawing(setting):
        return build(setting.model, setting.config.pretrain, setting.preprocessing, fresh=fresh)


def build(
    model: Classifier, options: PretrainOptions, pixels: Preprocessing, *, fresh: bool = False
) -> MaskedAutoencoder:
    """Make the lesson; new weights come from torch's generator.

    Args:
        model: a plain vision transformer.
        options: what is None is the paper's value, or follows from the encoder's size.
        pixels: how pictures are normalised.
        fresh: start the encoder as the authors do, its positions fixed.
    """
    target = make_target(options.target or TARGET, pixels, plain(model).layout.patch)
    chosen = {one.name: one.value for one in decoder_choices(model.config, options)}
    sizes = DecoderSizes(**{name.removeprefix(_SIZE): v for name, v in chosen.items()})
    lesson = MaskedAutoencoder(
        model, target, sizes=sizes, mask_ratio=options.mask_ratio or MASK_RATIO
    )
    if fresh:
        start_encoder(lesson.model)
    return lesson


@torch.no_grad()
def start_encoder(model: ViT) -> None:
    """Start a vision transformer as the authors do: Xavier's rule, and fixed positions.

    A learned table of positions is filled with sines and cosines and stands still; other kinds of
    positions stay as they are.
    """
    start_xavier(model.blocks)
    kernel = model.patch_embed.proj
    nn.init.xavier_uniform_(kernel.weight.view(kernel.weight.shape[0], -1))
    for name in ("cls_token", "reg_token", "dist_token"):
        token = getattr(model, name, None)
        if token is not None:
            nn.init.normal_(token, std=0.02)
    config = model.config
    if config.pos_embed == "learn" and isinstance(model.pos_embed, nn.Parameter):
        prefix = () if config.no_embed_class else model.layout.prefix
        layout = TokenLayout(prefix, model.layout.grid, model.layout.patch)
        model.pos_embed.copy_(fixed_positions(layout, config.embed_dim))
        model.pos_embed.requires_grad_(False)


def fixed_positions(layout: TokenLayout, dim: int) -> Tensor:
    """Make a table of sines and cosines (1 n d), with zeros for special tokens."""
    special = torch.zeros(len(layout.prefix), dim)
    return torch.cat([special, sincos_positions(layout.grid, dim)])[None]


def start_xavier(module: nn.Module) -> None:
    """Draw all matrices by Xavier's uniform rule, each as it is stored; biases are zeros."""
    for part in module.modules():
        if isinstance(part, nn.Linear):
            nn.init.xavier_uniform_(part.weight)
            if part.bias is not None:
                nn.init.zeros_(part.bias)


def decoder_weights(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Find a decoder in weights under the authors' names, as in `mae_visualize_vit_large.pth`.

    Args:
        state: all weights of such a file.

    Returns:
        Weights under the names of `Decoder`.

    Raises:
        CheckpointError: there is no decoder, as in files called `mae_pretrain_...`.
    """
    found = {
        name.removeprefix("decoder_"): value
        for name, value in state.items()
        if name.startswith("decoder_") or name == "mask_token"
    }
    if "embed.weight" not in found:
        raise CheckpointError(
            "a decoder beside the encoder", "none", "a file called mae_visualize_..._full or so"
        )
    return found
