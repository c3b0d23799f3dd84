"""A batch of drawn maps with pictures, for tests of the kit."""

import torch
from PIL import Image
from torch import Tensor

from saccade.data.geometry import Geometry
from saccade.inspection.kit.findings import Seen
from saccade.inspection.trace import Trace
from saccade.layers import TokenLayout
from tests.samples import paint

LAYOUT = TokenLayout(("cls",), (2, 3), (4, 4))


def traced(attention: Tensor, layout: TokenLayout = LAYOUT) -> Trace:
    """A trace of maps (b t heads i j)."""
    trace = Trace(layout, model="drawn")
    for number, layer in enumerate(attention.unbind(dim=1)):
        trace.add(f"blocks.{number}.attn", ("b", "heads", "i", "j"), layer)
    return trace


def seen(
    count: int = 2,
    *,
    depth: int = 2,
    heads: int = 2,
    seed: int = 0,
    norms=True,
    layout: TokenLayout = LAYOUT,
) -> Seen:
    generator = torch.Generator().manual_seed(seed)
    shape = (count, depth, heads, layout.tokens, layout.tokens)
    attention = torch.randn(shape, generator=generator).softmax(-1)
    height, width = layout.img_size
    pictures: list[Image.Image] = [
        paint(2 * width, 2 * height, seed=number) for number in range(count)
    ]
    geometries = [
        Geometry.of((2 * width, 2 * height)).resized((width, height)) for _ in range(count)
    ]
    lengths = 1 + torch.rand(count, depth, layout.tokens, generator=generator) if norms else None
    names = [f"photos/{seed}_{number}.png" for number in range(count)]
    return Seen(traced(attention, layout), names, pictures, geometries, lengths)
