"""The part of a report that every mechanism has: its layers as pictures, within a budget.

What a map is, is read from its axes and its place alone.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from saccade.inspection.layer_map import LayerMap
from saccade.inspection.pictures import pictures, row_entropy
from saccade.viewer.sheets import Sheet, sheet

_SIDES = (16, 12, 8, 4, 2, 1)


class LayerPart:
    """Gathers the pictures of all layers, and the entropy of their rows."""

    def __init__(self) -> None:
        self._sheets: list[Sheet[Any]] = []
        self._entropies: dict[str, list[Tensor | None]] = {}

    def take(self, layers: Sequence[LayerMap], allowance: int) -> None:
        """Count the maps of a batch; the first batch decides what is stored of each layer.

        Args:
            layers: the layers that are shown as pictures.
            allowance: bytes that the maps of one picture may take.
        """
        for layer in layers:
            self._entropies.setdefault(layer.name, []).append(row_entropy(layer))
        if not self._sheets:
            self._sheets = [
                sheet(layer, number, picture)
                for layer in layers
                for number, picture in enumerate(pictures(layer))
            ]
            plan(self._sheets, allowance)

    @property
    def bytes(self) -> int:
        """What the maps of one picture take in the page."""
        return sum(one.bytes for one in self._sheets if one.kept)

    def picture(self, layers: Sequence[LayerMap], image: int) -> list[dict[str, object] | None]:
        """The numbers of one image, one entry for each of `describe`; None for what is left out."""
        found = {layer.name: pictures(layer, image) for layer in layers}
        return [
            one.numbers(found[one.layer.name][one.number]) if one.kept else None
            for one in self._sheets
        ]

    def describe(self) -> list[dict[str, object]]:
        """What each entry of `picture` is, with the entropy of its rows."""
        return [{**one.describe(), "entropy": self._entropy(one)} for one in self._sheets]

    def _entropy(self, one: Sheet[Any]) -> dict[str, object] | None:
        all_batches = self._entropies[one.layer.name]
        found = [batch for batch in all_batches if batch is not None]
        if len(found) < len(all_batches):
            return None
        values = torch.cat(found)
        return {
            "mean": [round(float(value), 5) for value in values.mean(dim=0)],
            "std": [round(float(value), 5) for value in values.std(dim=0, correction=0)],
            "uniform": float(torch.tensor(float(one.layer.weights.shape[-1])).log()),
        }


def plan(sheets: Sequence[Sheet[Any]], allowance: int) -> None:
    """Decide how much of each sheet is stored: its summary first, then parts while there is room.

    Args:
        sheets: all sheets of a picture.
        allowance: bytes that they may take together.
    """
    for side in _SIDES:
        for one in sheets:
            one.side = side
        if sum(one.bytes for one in sheets) <= allowance:
            break
    left = allowance
    for one in sheets:
        one.kept = one.bytes <= left
        left -= one.bytes if one.kept else 0
    for one in sorted(sheets, key=lambda each: each.part_bytes):
        if one.kept and one.parts:
            one.stored = min(one.parts, left // one.part_bytes)
            left -= one.stored * one.part_bytes
