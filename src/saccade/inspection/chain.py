"""The rollout of the class token while a model runs, though it goes from the last layer back.

Each layer leaves a link behind: its map with heads averaged, or its queries and keys, of which rows
are made again on the way back. The smaller of the two is kept, so that for ViT-B/16 no map is held
from 1,537 tokens on. No product of two maps is made.

Source: Abnar & Zuidema, arXiv:2005.00928, section 3; heads are fused by their mean.
Axes: b images, heads, i queries, j keys, n tokens.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor

from saccade.attention.reading import Reading
from saccade.errors import TraceError
from saccade.inspection.kit.rollout_rows import step_back


class Link(ABC):
    """What is kept of one layer, whose tokens read each other.

    Args:
        images: how many there are.
        tokens: how many an image has.
    """

    def __init__(self, images: int, tokens: int) -> None:
        self.images = images
        self.tokens = tokens

    @abstractmethod
    def back(self, rows: Tensor) -> Tensor:
        """Carry rows of the rollout (b q n) through the layer, towards the first (b q n)."""


class FusedLink(Link):
    """A map with heads averaged.

    Args:
        fused: (b n n).
    """

    def __init__(self, fused: Tensor) -> None:
        super().__init__(len(fused), fused.shape[-1])
        self._fused = fused

    def back(self, rows: Tensor) -> Tensor:
        """Multiply by the map."""
        return step_back(rows, self._fused[:, None].to(rows))


class ReadingLink(Link):
    """Queries and keys, of which rows are made again, a chunk at a time.

    Args:
        reading: of the layer.
    """

    def __init__(self, reading: Reading) -> None:
        super().__init__(reading.shape[0], reading.shape[-1])
        self._reading = reading

    def back(self, rows: Tensor) -> Tensor:
        """Multiply by the rows of the map, as they are made."""
        read = torch.zeros_like(rows)
        for image, first, part, _ in self._reading.chunks():
            span = range(first, first + part.shape[1])
            read[image] += step_back(rows[image, None], part[None].to(rows), queries=span)[0]
        return read


def link_bytes(reading: Reading) -> int:
    """Memory of the link that a layer leaves."""
    return reading.bytes if keeps_reading(reading) else _fused_bytes(reading)


def keeps_reading(reading: Reading) -> bool:
    """Tell whether queries and keys take less memory than the averaged map."""
    return 0 < reading.bytes < _fused_bytes(reading)


def check_link(name: str, kind: str, reading: Reading, before: Sequence[Link]) -> None:
    """Refuse a layer through which the rollout of the layers before does not go.

    Args:
        name: of the layer.
        kind: of its map, in words; "" where it is one of tokens.
        reading: its map.
        before: links of the layers before.

    Raises:
        TraceError: its tokens do not read each other, or are not those of the layer before.
    """
    queries, keys = reading.shape[2:]
    tokens = before[-1].tokens if before else keys
    if kind or not queries == keys == tokens:
        raise TraceError(
            "layers whose tokens read each other, as many in each, for a rollout",
            f"{kind or f'{queries}x{keys}'} in {name}"
            + (f" behind {tokens}x{tokens}" if before else ""),
            "reduce='entropy', or a model without stages",
        )


def class_rollout(links: Sequence[Link], *, first: bool) -> Tensor:
    """Roll attention out to the first layer (b n).

    Args:
        links: of all layers, in the order in which they ran.
        first: follow the first token, a class token; else the mean over all tokens.
    """
    images, tokens = links[-1].images, links[-1].tokens
    rows = torch.zeros(images, 1, tokens) if first else torch.full((images, 1, tokens), 1 / tokens)
    if first:
        rows[..., 0] = 1.0
    for link in reversed(links):
        rows = link.back(rows)
    return rows[:, 0]


def _fused_bytes(reading: Reading) -> int:
    images, _, queries, keys = reading.shape
    return images * queries * keys * torch.float32.itemsize
