"""The sizes of a vision transformer that a forecast needs, and what they cost one picture.

Source of the numbers of multiplications: Vaswani et al., arXiv:1706.03762, table 1; of what the
backward pass keeps: Korthikanti et al., "Reducing Activation Recomputation in Large Transformer
Models", MLSys 2023, arXiv:2205.05198, section 4, counted anew for the blocks here.
Axes: n tokens, d features, h hidden units.
Differs: a fused kernel keeps no weights of attention, so the term of n² is not there.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from torch import nn

from saccade.checkpoints.skeleton import skeleton
from saccade.errors import ConfigError
from saccade.models.catalog import CATALOG
from saccade.models.classifier import Classifier
from saccade.models.encoder import Block
from saccade.models.vit_config import ViTConfig

PUBLISHED = (
    *("vit_tiny_patch16_224", "vit_small_patch16_224", "vit_base_patch16_224"),
    *("vit_large_patch16_224", "vit_huge_patch14_224", "vit_giant_patch14_224"),
    "vit_gigantic_patch14_224",
)
_CLOSE = 0.02  # of the parameters; a published shape this near is taken as it is


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    """A vision transformer as a forecast sees it.

    Args:
        name: of the model, and how it was scaled.
        model: its name in the catalogue.
        changes: fields of its config that differ.
        width: features d.
        depth: blocks.
        heads: of a block.
        hidden: units h that the perceptron's first layer gives.
        second: units that its second layer takes; the half where they are gated.
        bent: numbers that are kept for each token between the two.
        tokens: n, special ones included.
        patches: n without special tokens.
        patch_numbers: numbers in a patch.
        image: height, width and channels.
        classes: outputs.
        parameters: all.
        block_parameters: of one block.
        cast_parameters: weights and biases that are copied to be computed with in 16 bits.
        extra: numbers that LayerScale and norms of queries and keys keep for each token.
    """

    name: str
    model: str
    changes: Mapping[str, object]
    width: int
    depth: int
    heads: int
    hidden: int
    second: int
    bent: int
    tokens: int
    patches: int
    patch_numbers: int
    image: tuple[int, int, int]
    classes: int
    parameters: int
    block_parameters: int
    cast_parameters: int
    extra: int = 0

    @property
    def pixels(self) -> int:
        """Numbers in a picture."""
        return math.prod(self.image)

    @property
    def other_parameters(self) -> int:
        """Those outside the blocks."""
        return self.parameters - self.depth * self.block_parameters

    @property
    def block_multiply_adds(self) -> int:
        """Of one block and one picture: four projections, two products of attention, two layers."""
        n, d = self.tokens, self.width
        return n * d * (4 * d + self.hidden + self.second) + 2 * n * n * d

    @property
    def multiply_adds(self) -> int:
        """Of a forward pass of one picture."""
        patches = self.patches * self.patch_numbers * self.width
        return patches + self.depth * self.block_multiply_adds + self.width * self.classes

    def kept_by_block(self, narrow: int) -> int:
        """Bytes that the backward pass needs of one block and one picture.

        | kept by | numbers for a token | bytes each |
        |---|---|---|
        | both norms: their inputs, mean and deviation | 2 d + 4 | 4 |
        | attention: a sum for each head | heads | 4 |
        | projection to queries, keys, values: its input | d | narrow |
        | attention: queries, keys, values | 3 d | narrow |
        | attention: what was read, which the last projection takes | d | narrow |
        | first layer: its input | d | narrow |
        | GELU and second layer: their inputs | 2 h | narrow |

        Args:
            narrow: bytes of a number in the products: 4, or 2 in 16 bits.
        """
        wide = 2 * self.width + 4 + self.heads
        return self.tokens * (4 * wide + narrow * (6 * self.width + self.bent + self.extra))


def shape_of(name: str, changes: Mapping[str, object] | None = None, *, called: str = "") -> Shape:
    """Give the shape of a model of the catalogue; no memory is taken for its weights.

    Args:
        name: of the model.
        changes: fields of its config that differ, such as `img_size`.
        called: what to call it instead.

    Raises:
        UnknownName: no model has this name.
        ConfigError: it is no transformer of equal blocks.
    """
    model = skeleton(name, changes or {})
    config = getattr(model, "config", None)
    blocks = [module for module in model.modules() if isinstance(module, Block)]
    if not isinstance(config, ViTConfig) or len(blocks) != config.depth:
        raise ConfigError(
            "a vision transformer of equal blocks to forecast, such as vit_* or deit_*",
            name,
            "the model of a like size: vit_small_patch16_224 has 22M parameters, "
            "vit_base_patch16_224 87M",
        )
    return _measured(model, config, blocks[0], (called or name, name, dict(changes or {})))


def _measured(
    model: Classifier, config: ViTConfig, block: Block, names: tuple[str, str, dict[str, object]]
) -> Shape:
    layout, (height, width) = config.layout, config.patch
    hidden, gated = config.mlp_width, config.mlp == "swiglu_packed"
    cast = [layer for layer in model.modules() if isinstance(layer, nn.Linear | nn.Conv2d)]
    return Shape(
        name=names[0],
        model=names[1],
        changes=names[2],
        width=config.embed_dim,
        depth=config.depth,
        heads=config.num_heads,
        hidden=hidden,
        second=hidden // 2 if gated else hidden,
        bent=hidden * (3 if config.act == "quick_gelu" and not gated else 2),
        tokens=layout.grid[0] * layout.grid[1] + len(layout.prefix),
        patches=layout.grid[0] * layout.grid[1],
        patch_numbers=config.in_chans * height * width,
        image=(*config.image, config.in_chans),
        classes=config.num_classes,
        parameters=_count(model),
        block_parameters=_count(block),
        cast_parameters=sum(_count(layer) for layer in cast),
        extra=_extra(config),
    )


def _extra(config: ViTConfig) -> int:
    """Count what LayerScale (its inputs) and norms of queries and keys make a block keep besides.

    Behind these norms, the values that were read are copied too.
    """
    scales = 2 * config.embed_dim if config.init_values is not None else 0
    return scales + (3 * config.embed_dim + 4 * config.num_heads) * config.qk_norm


def nearest_shape(parameters: float, changes: Mapping[str, object] | None = None) -> Shape:
    """Give the published shape nearest to a number of parameters, its width scaled to meet it.

    Depth and number of heads stay; a shape within 2 % is taken as it is.

    Args:
        parameters: wanted, from a million on.
        changes: fields of the config that differ, such as `img_size`.

    Raises:
        ConfigError: the number is too small.
    """
    if not 1e6 <= parameters <= 1e12:
        raise ConfigError("from 1M to 1000B parameters", f"{parameters:g}", "--params 86M")
    near = min(PUBLISHED, key=lambda name: abs(math.log(CATALOG[name].parameters / parameters)))
    found = first = shape_of(near, changes)
    width = float(first.width)
    for _ in range(3):
        if abs(found.parameters / parameters - 1) <= _CLOSE:
            break
        width *= math.sqrt(parameters / found.parameters)
        whole = max(1, round(width / first.heads)) * first.heads
        told = f"{near}, its width {first.width} scaled to {whole}"
        found = shape_of(near, {**(changes or {}), "embed_dim": whole}, called=told)
    return found


def _count(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())
