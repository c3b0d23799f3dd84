"""Parts that are not attention, yet mechanisms and models need them."""

from saccade.layers.drop import DropPath, drop_path
from saccade.layers.mlp import Mlp
from saccade.layers.patches import PatchEmbedding, join_patches, split_patches
from saccade.layers.positions import GridPositions, resize_positions, sincos_positions
from saccade.layers.softmax import masked_softmax
from saccade.layers.tokens import TokenLayout

__all__ = [
    "DropPath",
    "GridPositions",
    "Mlp",
    "PatchEmbedding",
    "TokenLayout",
    "drop_path",
    "join_patches",
    "masked_softmax",
    "resize_positions",
    "sincos_positions",
    "split_patches",
]
