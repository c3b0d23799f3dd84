"""Trace: every attention map of some images, with named axes, places, tokens and provenance.

One file holds it all: an npz whose entry `trace.json` is the description (its schema is
`trace.schema.json` beside this module) and whose other entries are the maps, float32, and the
indices of their places, int32.
"""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from saccade import __version__
from saccade.attention.place import Place
from saccade.errors import TraceError
from saccade.inspection.archive import damaged, read_archive, write_archive
from saccade.inspection.layer_map import LayerMap, check_place, same_place
from saccade.layers.tokens import TokenLayout
from saccade.shapes import AXES


class Trace:
    """Attention maps of one model on some images.

    Args:
        layout: the model's tokens, or None for a mechanism that has no grid of tokens.
        model: what the model is called.
        names: what the images are called, in order; may be empty.
        geometries: how each image was cut from its picture, as plain dicts; may be empty.
        size: (height, width) in pixels of the model's image, when known.
    """

    def __init__(
        self,
        layout: TokenLayout | None = None,
        *,
        model: str = "",
        names: tuple[str, ...] = (),
        geometries: tuple[dict[str, object], ...] = (),
        size: tuple[int, int] | None = None,
    ) -> None:
        self.layout = layout
        self.size = size or (layout.img_size if layout else None)
        self.model = model
        self.names = names
        self.geometries = geometries
        self._axes: dict[str, tuple[str, ...]] = {}
        self._places: dict[str, Place | None] = {}
        self._chunks: dict[str, list[Tensor]] = {}
        self._bytes = 0

    def add(
        self,
        name: str,
        axes: tuple[str, ...],
        weights: Tensor,
        place: Place | None = None,
        *,
        call: int = 0,
    ) -> None:
        """Append the maps of a batch of images to the layer `name`.

        Args:
            name: where the tap stands in the model.
            axes: letters of the axis alphabet.
            weights: the map.
            place: where its queries and keys lie; the same for all batches of a layer.
            call: how often the tap had already run in this pass. Boxes of further calls follow in
                time those of the first; other maps of further calls are a layer of their own,
                "name (call 2)".

        Raises:
            TraceError: the place does not fit the map, or is another one than before.
        """
        named = tuple(AXES[axis] for axis in axes)
        if named == ("image", "scale", "edge"):
            named, weights = ("image", "time", "scale", "edge"), weights[:, None]
            if call and name in self._chunks:
                chunks = self._chunks[name]
                chunks[-1] = torch.cat([chunks[-1], weights], dim=1)
                self._bytes += weights.numel() * weights.element_size()
                return
        label = f"{name} (call {call + 1})" if call else name
        check_place(label, named, weights, place)
        self._put(label, named, weights, place)

    def extend(self, other: "Trace", *, limit: int = 8 << 30) -> None:
        """Append the images of another trace of the same model.

        Args:
            other: the trace to take over.
            limit: bytes of maps to keep at most.

        Raises:
            TraceError: the maps would take more than `limit`.
        """
        if self.bytes + other.bytes > limit:
            raise TraceError(
                f"maps of at most {limit / (1 << 30):.3g} GiB", "more", "tracing fewer pictures"
            )
        self.size = self.size or other.size
        self.names += other.names
        self.geometries += other.geometries
        for layer, chunks in other._chunks.items():
            for chunk in chunks:
                self._put(layer, other._axes[layer], chunk, other._places[layer])

    @property
    def bytes(self) -> int:
        """Memory that the maps take."""
        return self._bytes

    @property
    def layers(self) -> tuple[LayerMap, ...]:
        """All maps, one for each tap, in the order in which the model ran them.

        Raises:
            TraceError: nothing was recorded, or the model stopped in the middle of a pass.
        """
        if not self._chunks:
            raise TraceError(
                "a forward pass inside `with record(model)`",
                "none",
                "calling model(images) there before reading the trace",
            )
        merged = [
            LayerMap(
                name,
                self._axes[name],
                self._joined(name),
                self._places[name],
                self.layout,
                self.size,
            )
            for name in self._chunks
        ]
        counts = {len(layer.weights) for layer in merged}
        if len(counts) > 1:
            raise TraceError(
                "as many images in each layer",
                f"{min(counts)} to {max(counts)}",
                "recording again: a forward pass stopped in the middle",
            )
        return tuple(merged)

    @property
    def attention(self) -> Tensor:
        """All maps of a plain transformer as one tensor (image layer head query key).

        The map of a pool behind the blocks is left out.

        Raises:
            TraceError: nothing was recorded, or the layers differ in shape.
        """
        layers = tuple(layer for layer in self.layers if not layer.pooled) or self.layers
        shapes = {tuple(layer.weights.shape) for layer in layers}
        axes = {layer.axes for layer in layers}
        if len(shapes) > 1 or axes != {("image", "head", "query", "key")}:
            raise TraceError(
                "layers that all map (image head query key) alike",
                " and ".join(str(shape) for shape in sorted(shapes)),
                "reading trace.layers one by one",
            )
        return torch.stack([layer.weights for layer in layers], dim=1)

    @property
    def grid(self) -> TokenLayout:
        """The token layout.

        Raises:
            TraceError: the model did not say what its tokens are.
        """
        if self.layout is None:
            raise TraceError(
                "a model with an attribute `layout`",
                "one without",
                "model.layout = saccade.layers.TokenLayout(prefix, grid, patch)",
            )
        return self.layout

    def save(self, path: str | Path) -> None:
        """Write the trace as one npz file, atomically.

        Raises:
            TraceError: there is nothing to save.
            OutputError: the file cannot be written.
        """
        about = {
            "saccade": __version__,
            "model": self.model,
            "layout": self.layout.to_dict() if self.layout else None,
            "images": list(self.names),
            "geometries": list(self.geometries),
            "size": list(self.size) if self.size else None,
        }
        write_archive(Path(path), about, self.layers)

    @classmethod
    def load(cls, path: str | Path) -> "Trace":
        """Read a trace that `save` wrote.

        Raises:
            TraceError: the file is not a trace, is damaged, or has a newer schema.
        """
        about, layers = read_archive(path)
        try:
            trace = cls._from(about)
            for layer in layers:
                trace._put(layer.name, layer.axes, layer.weights, layer.place)
        except (LookupError, TypeError, ValueError) as error:
            raise damaged(path, error) from error
        return trace

    @classmethod
    def _from(cls, about: dict[str, Any]) -> "Trace":
        parts, size = about["layout"], about.get("size")
        layout = parts and TokenLayout(
            tuple(parts["prefix"]), tuple(parts["grid"]), tuple(parts["patch"])
        )
        return cls(
            layout,
            model=about["model"],
            names=tuple(about["images"]),
            geometries=tuple(about["geometries"]),
            size=size and (int(size[0]), int(size[1])),
        )

    def _put(self, name: str, axes: tuple[str, ...], weights: Tensor, place: Place | None) -> None:
        if name not in self._chunks:
            index = None if place is None else place.index
            self._bytes += 0 if index is None else index.numel() * index.element_size()
            self._axes[name], self._places[name] = axes, place
        elif self._axes[name] != axes or not same_place(self._places[name], place):
            raise _changed(name, self._places[name], place)
        self._chunks.setdefault(name, []).append(weights)
        self._bytes += weights.numel() * weights.element_size()

    def _joined(self, name: str) -> Tensor:
        """All maps of a layer; kept joined, so that asking again costs nothing."""
        chunks = self._chunks[name]
        for chunk in chunks[1:]:
            if chunk.shape[1:] != chunks[0].shape[1:]:
                raise _changed(name, tuple(chunks[0].shape), tuple(chunk.shape))
        if len(chunks) > 1:
            chunks[:] = [torch.cat(chunks)]
        return chunks[0]


def _changed(name: str, before: object, after: object) -> TraceError:
    def told(what: object) -> object:
        if not isinstance(what, Place):
            return what
        keys = "all" if what.index is None else f"each other {what.index.shape[1]}"
        return f"queries {what.queries} reading {keys} of keys {what.keys}"

    return TraceError(
        f"maps of one size and place in {name}",
        f"{told(after)} after {told(before)}",
        "one recording for each size of the images",
    )
