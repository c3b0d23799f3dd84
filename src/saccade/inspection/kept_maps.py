"""The maps of a trace, pass after pass, layer by layer; joined when they are read."""

from collections.abc import Sequence
from typing import TypeVar

import torch
from torch import Tensor

from saccade.errors import TraceError
from saccade.inspection.layer_map import Kept, LayerMap, changed, check_same
from saccade.layers.tokens import TokenLayout

_Item = TypeVar("_Item")


class KeptMaps:
    """Maps that only grow, each layer with what is the same for all of its images."""

    def __init__(self) -> None:
        self.kept: dict[str, Kept] = {}
        self._chunks: dict[str, list[Tensor]] = {}
        self.bytes = 0

    def __bool__(self) -> bool:
        return bool(self._chunks)

    @property
    def images(self) -> int:
        """How many images the first layer has so far."""
        chunks = next(iter(self._chunks.values()), [])
        return sum(len(chunk) for chunk in chunks)

    def put(self, name: str, weights: Tensor, kept: Kept) -> None:
        """Append the maps of some images to a layer.

        Raises:
            TraceError: the layer has another place, other queries or other heads.
        """
        if name in self.kept:
            check_same(name, self.kept[name], kept)
        else:
            index = None if kept.place is None else kept.place.index
            self.bytes += 0 if index is None else index.numel() * index.element_size()
            self.kept[name] = kept
        self._chunks.setdefault(name, []).append(weights)
        self.bytes += weights.numel() * weights.element_size()

    def lengthen(self, name: str, weights: Tensor) -> bool:
        """Append to the second axis of the last maps of a layer; False where there is none yet."""
        if name not in self._chunks:
            return False
        chunks = self._chunks[name]
        chunks[-1] = torch.cat([chunks[-1], weights], dim=1)
        self.bytes += weights.numel() * weights.element_size()
        return True

    def check_alike(self, other: "KeptMaps") -> None:
        """Refuse maps whose images cannot stand beside these.

        Raises:
            TraceError: there are other layers, or one of them differs in its size, its place, its
                queries or its heads.
        """
        if self.kept.keys() != other.kept.keys():
            one, two = (", ".join(maps.kept) or "no maps" for maps in (self, other))
            raise TraceError(f"the layers {one}", two, "recording both with the same layers=")
        for name, kept in self.kept.items():
            check_same(name, kept, other.kept[name])
            own, new = (tuple(maps._chunks[name][0].shape[1:]) for maps in (self, other))
            if own != new:
                raise changed(name, own, new)

    def extend(self, other: "KeptMaps") -> None:
        """Append the images of others, of which `check_alike` was asked."""
        for name, chunks in other._chunks.items():
            first = self._chunks.get(name, chunks)[0]
            for chunk in list(chunks):
                self.put(name, chunk.to(first.device), other.kept[name])

    def layers(
        self, layout: TokenLayout | None, size: tuple[int, int] | None
    ) -> tuple[LayerMap, ...]:
        """All maps, in the order in which the model ran them.

        Args:
            layout: the model's tokens.
            size: (height, width) in pixels of the model's image.

        Raises:
            TraceError: images differ in size, or the model stopped in the middle of a pass.
        """
        found = tuple(
            LayerMap(
                name,
                kept.axes,
                self._joined(name),
                kept.place,
                layout,
                size,
                kept.queries,
                kept.heads,
            )
            for name, kept in self.kept.items()
        )
        counts = {len(layer.weights) for layer in found}
        if len(counts) > 1:
            raise TraceError(
                "as many images in each layer",
                f"{min(counts)} to {max(counts)}",
                "recording again: a forward pass stopped in the middle",
            )
        return found

    def _joined(self, name: str) -> Tensor:
        """All maps of a layer; kept joined, so that asking again costs nothing."""
        chunks = self._chunks[name]
        for chunk in chunks[1:]:
            if chunk.shape[1:] != chunks[0].shape[1:]:
                raise changed(name, tuple(chunks[0].shape), tuple(chunk.shape))
        if len(chunks) > 1:
            chunks[:] = [torch.cat(chunks)]
        return chunks[0]


def one_each(
    own: tuple[_Item, ...], other: tuple[_Item, ...], images: Sequence[int], none: _Item
) -> tuple[_Item, ...]:
    """Join what is known of images: one item for each, also where one stood for all or for none."""
    if not own and not other:
        return ()
    parts = (
        x * n if len(x) == 1 else x or (none,) * n
        for x, n in zip((own, other), images, strict=True)
    )
    return tuple(item for part in parts for item in part)
