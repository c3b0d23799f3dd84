"""Trace: every attention map of some images, with named axes, tokens, grid and provenance.

One file holds it all: an npz whose entry `trace.json` is the description (its schema is
`trace.schema.json` beside this module) and whose other entries are the maps, float32.
"""

import json
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from saccade import __version__
from saccade.attention.place import Place
from saccade.errors import SaccadeError, TraceError
from saccade.files import replacing
from saccade.layers.tokens import TokenLayout
from saccade.shapes import AXES

SCHEMA = "saccade.trace/1"
# What zipfile, json and numpy raise on files that are cut, altered or made by someone else.
_DAMAGE = (
    OSError,
    zipfile.BadZipFile,
    zlib.error,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    EOFError,
    RuntimeError,
    MemoryError,
)


@dataclass(frozen=True, slots=True)
class LayerMap:
    """The map of one tap.

    Args:
        name: where the tap stands in the model, such as "blocks.3.attn".
        axes: what the axes mean, such as ("image", "head", "query", "key").
        weights: the map, one axis for each name.
    """

    name: str
    axes: tuple[str, ...]
    weights: Tensor


class Trace:
    """Attention maps of one model on some images.

    Args:
        layout: the model's tokens, or None for a mechanism that has no grid of tokens.
        model: what the model is called.
        names: what the images are called, in order; may be empty.
        geometries: how each image was cut from its picture, as plain dicts; may be empty.
    """

    def __init__(
        self,
        layout: TokenLayout | None = None,
        *,
        model: str = "",
        names: tuple[str, ...] = (),
        geometries: tuple[dict[str, object], ...] = (),
    ) -> None:
        self.layout = layout
        self.model = model
        self.names = names
        self.geometries = geometries
        self._axes: dict[str, tuple[str, ...]] = {}
        self._chunks: dict[str, list[Tensor]] = {}
        self._bytes = 0

    def add(
        self, name: str, axes: tuple[str, ...], weights: Tensor, place: Place | None = None
    ) -> None:
        """Append a batch of maps to the layer `name`; `axes` are letters of the axis alphabet."""
        del place
        self._put(name, tuple(AXES[axis] for axis in axes), weights)

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
        self.names += other.names
        self.geometries += other.geometries
        for layer, chunks in other._chunks.items():
            for chunk in chunks:
                self._put(layer, other._axes[layer], chunk)

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
        for chunks in self._chunks.values():
            if len(chunks) > 1:
                chunks[:] = [torch.cat(chunks)]  # kept joined, so that asking again costs nothing
        merged = [
            LayerMap(name, self._axes[name], chunks[0]) for name, chunks in self._chunks.items()
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

        Raises:
            TraceError: nothing was recorded, or the layers differ in shape.
        """
        layers = self.layers
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
        layers = self.layers
        about = {
            "schema": SCHEMA,
            "saccade": __version__,
            "model": self.model,
            "layout": self.layout.to_dict() if self.layout else None,
            "images": list(self.names),
            "geometries": list(self.geometries),
            "layers": [
                {
                    "name": layer.name,
                    "axes": list(layer.axes),
                    "shape": list(layer.weights.shape),
                    "array": f"layer_{index}",
                }
                for index, layer in enumerate(layers)
            ],
        }
        arrays = {f"layer_{i}": layer.weights.numpy() for i, layer in enumerate(layers)}
        with replacing(Path(path)) as temporary, zipfile.ZipFile(temporary, "w") as archive:
            archive.writestr("trace.json", json.dumps(about, indent=1, ensure_ascii=False))
            for name, array in arrays.items():
                with archive.open(f"{name}.npy", "w", force_zip64=True) as entry:
                    np.lib.format.write_array(entry, array, allow_pickle=False)

    @classmethod
    def load(cls, path: str | Path) -> "Trace":
        """Read a trace that `save` wrote.

        Raises:
            TraceError: the file is not a trace, is damaged, or has a newer schema.
        """
        try:
            with zipfile.ZipFile(path) as archive:
                return cls._from_archive(archive)
        except SaccadeError:
            raise
        except _DAMAGE as error:
            raise TraceError(
                f"a saccade trace in {path}", f"{type(error).__name__}: {error}", "recording again"
            ) from error

    @classmethod
    def _from_archive(cls, archive: zipfile.ZipFile) -> "Trace":
        about = json.loads(archive.read("trace.json"))
        if about["schema"] != SCHEMA:
            raise TraceError(f"the schema {SCHEMA}", str(about["schema"]), "a newer saccade")
        parts = about["layout"]
        layout = parts and TokenLayout(
            tuple(parts["prefix"]), tuple(parts["grid"]), tuple(parts["patch"])
        )
        trace = cls(
            layout,
            model=about["model"],
            names=tuple(about["images"]),
            geometries=tuple(about["geometries"]),
        )
        for layer in about["layers"]:
            with archive.open(f"{layer['array']}.npy") as entry:
                array = np.lib.format.read_array(entry, allow_pickle=False)
            ranked = len(array.shape) == len(layer["axes"])
            if not ranked or list(array.shape) != layer["shape"] or array.dtype != np.float32:
                raise ValueError(f"{layer['name']} is {array.dtype} of shape {array.shape}")
            trace._put(layer["name"], tuple(layer["axes"]), torch.from_numpy(array))
        return trace

    def _put(self, name: str, axes: tuple[str, ...], weights: Tensor) -> None:
        self._axes[name] = axes
        self._chunks.setdefault(name, []).append(weights)
        self._bytes += weights.numel() * weights.element_size()
