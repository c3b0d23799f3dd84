"""What a method of explaining gives back.

Axes: b images, h rows, w columns of the grid.
"""

from dataclasses import dataclass, field

from torch import Tensor

from saccade.layers.tokens import TokenLayout


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The maps of one method, and what they were made of.

    Args:
        map: (b h w), on the grid of the patches.
        logits: of the model (b classes).
        scores: what was asked about (b).
        classes: of each image (b); None where a function was asked, or the method knows no class.
        layout: of the model's tokens, where it has any.
        pixels: the same in pixels of the model's image (b height width), where the method has it.
        layers: whose attention or activations were used.
        notes: what else a reader must know, in sentences.
        details: numbers of the method, by name; images first.
    """

    map: Tensor
    logits: Tensor
    scores: Tensor
    classes: Tensor | None
    layout: TokenLayout | None = None
    pixels: Tensor | None = None
    layers: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    details: dict[str, Tensor] = field(default_factory=dict)
