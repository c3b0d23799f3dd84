"""Trace: every attention map of some images, with named axes, places, tokens and provenance.

One file holds it all: an npz whose entry `trace.json` is the description (its schema is
`trace.schema.json` beside this module) and whose other entries are the maps, the numbers that were
kept in place of maps, and the indices of places, int32.
"""

from pathlib import Path
from typing import Any

from torch import Tensor

from saccade import __version__
from saccade.attention.place import Place
from saccade.errors import TraceError
from saccade.inspection.archive import damaged, read_archive, write_archive
from saccade.inspection.kept_maps import KeptMaps, one_each
from saccade.inspection.layer_map import Kept, LayerMap, check_picked, check_place
from saccade.inspection.looking import Look, looks_at, looks_to, model_point
from saccade.inspection.plain_tensors import between_tokens, called, stacked
from saccade.inspection.reduced_numbers import (
    Reduced,
    append,
    bytes_of,
    check_alike,
    images_of,
    joined,
)
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

    Attributes:
        errors: by layer, the largest difference between what its map gives and what the model's
            kernel gave, over the largest number of that output (over 1 if that is less).
        reduced: numbers that were asked for in place of maps: by reducer and layer, a tensor for
            each pass; `numbers` has them with the passes put together.
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
        self._maps = KeptMaps()
        self.errors: dict[str, float] = {}
        self.reduced: Reduced = {}

    def add(
        self,
        name: str,
        axes: tuple[str, ...],
        weights: Tensor,
        place: Place | None = None,
        *,
        call: int = 0,
        queries: tuple[int, ...] | None = None,
        heads: tuple[int, ...] | None = None,
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
            queries: which queries the rows are of; all when None.
            heads: which heads were kept; all when None. Of a map that has more or none of them it
                is not said: it was shown whole.

        Raises:
            TraceError: the place or the queries do not fit the map, or are others than before.
        """
        named = tuple(AXES[axis] for axis in axes)
        if named == ("image", "scale", "edge"):
            named, weights = ("image", "time", "scale", "edge"), weights[:, None]
            if call and self._maps.lengthen(name, weights):
                return
        label = f"{name} (call {call + 1})" if call else name
        if heads and ("head" not in named or weights.shape[named.index("head")] != len(heads)):
            heads = None
        check_picked(label, named, weights, queries, heads)
        check_place(label, named, weights, place, queries)
        self._maps.put(label, weights, Kept(named, place, queries, heads))

    def extend(self, other: "Trace", *, limit: int = 8 << 30) -> None:
        """Append the images of another trace of the same model and the same request.

        Args:
            other: the trace to take over.
            limit: bytes of maps and numbers to keep at most.

        Raises:
            TraceError: it would take more than `limit`, or layers, places, queries, heads or
                reducers differ; this trace is then as it was.
        """
        kept = bytes_of(self.reduced) + bytes_of(other.reduced)
        if self.bytes + other.bytes + kept > limit:
            raise TraceError(
                f"maps of at most {limit / (1 << 30):.3g} GiB", "more", "tracing fewer pictures"
            )
        self._check_alike(other)
        numbers = tuple(x._maps.images or images_of(x.reduced) for x in (self, other))
        self.names = one_each(self.names, other.names, numbers, "")
        self.geometries = one_each(self.geometries, other.geometries, numbers, {})
        self.layout, self.size = self.layout or other.layout, self.size or other.size
        self._maps.extend(other._maps)
        append(self.reduced, other.reduced)
        for layer, error in other.errors.items():
            self.errors[layer] = max(error, self.errors.get(layer, error))

    def _check_alike(self, other: "Trace") -> None:
        """Refuse another trace whose images cannot stand in one with these."""
        if not (self._maps or self.reduced) or not (other._maps or other.reduced):
            return
        if self.layout and other.layout and self.layout != other.layout:
            raise TraceError(
                f"tokens as in {self.layout}", str(other.layout), "one trace for each size"
            )
        self._maps.check_alike(other._maps)
        check_alike(self.reduced, other.reduced)

    @property
    def bytes(self) -> int:
        """Memory that the maps take."""
        return self._maps.bytes

    @property
    def layers(self) -> tuple[LayerMap, ...]:
        """All maps, one for each tap, in the order in which the model ran them.

        Raises:
            TraceError: nothing was recorded, only numbers were, or the model stopped in the middle
                of a pass.
        """
        if not self._maps and self.reduced:
            raise TraceError(
                "maps",
                f"only numbers, of reduce={tuple(self.reduced)!r}",
                f"trace.reduced[{next(iter(self.reduced))!r}], or record(model) without reduce=",
            )
        if not self._maps:
            raise TraceError(
                "a forward pass inside `with record(model)`",
                "none",
                "calling model(images) there before reading the trace",
            )
        return self._maps.layers(self.layout, self.size)

    @property
    def attention(self) -> Tensor:
        """All maps of a plain transformer as one tensor (image layer head query key).

        The map of a pool behind the blocks is left out.

        Raises:
            TraceError: nothing was recorded, or the layers differ in shape.
        """
        return stacked(self.layers)

    @property
    def numbers(self) -> dict[str, dict[str, Tensor]]:
        """What `reduce=` asked for: by reducer and layer one tensor, images first.

        Raises:
            TraceError: images of different sizes gave numbers of different shapes.
        """
        return joined(self.reduced)

    def as_tuple(self) -> tuple[Tensor, ...]:
        """The maps as transformers gives `attentions`: (b heads n n), one for each layer.

        Maps of other axes, and that of a pool behind the blocks, are left out; layers may differ
        in their sizes. Rows and heads are those that were asked for.

        Raises:
            TraceError: there is no map (image head query key).
        """
        return tuple(layer.weights for layer in between_tokens(self.layers))

    def __getitem__(self, key: str | tuple[str, int]) -> Tensor:
        """The map of one layer, by the key that a cache of TransformerLens would have.

        Args:
            key: its name, with ".pattern" or ".hook_pattern" behind it or not, or ("pattern", 3).

        Raises:
            UnknownName: there is no such layer.
        """
        return called(self.layers, key)

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

    def at(self, x: float, y: float, *, image: int = 0) -> tuple[Look, ...]:
        """Tell what a point looks at, layer by layer, on the grid of the keys.

        Args:
            x: to the right, in pixels of the picture's file where its geometry is known, else of
                the model's image.
            y: down, likewise.
            image: which image, from 0.
        """
        return looks_at(self.layers, model_point((x, y), self.geometries, image), image)

    def to(self, x: float, y: float, *, image: int = 0) -> tuple[Look, ...]:
        """Tell who looks at a point, layer by layer, on the grid of the queries; as in `at`."""
        return looks_to(self.layers, model_point((x, y), self.geometries, image), image)

    def save(self, path: str | Path) -> None:
        """Write the trace as one npz file, atomically.

        Raises:
            TraceError: there is nothing to save, or a pass stopped in the middle.
            OutputError: the file cannot be written.
        """
        about = {
            "saccade": __version__,
            "model": self.model,
            "layout": self.layout.to_dict() if self.layout else None,
            "images": list(self.names),
            "geometries": list(self.geometries),
            "size": list(self.size) if self.size else None,
            "errors": self.errors,
        }
        layers = () if self.reduced and not self._maps else self.layers
        write_archive(Path(path), about, layers, self.reduced)

    @classmethod
    def load(cls, path: str | Path) -> "Trace":
        """Read a trace that `save` wrote.

        Raises:
            TraceError: the file is not a trace, is damaged, or has a newer schema.
        """
        about, layers, reduced = read_archive(path)
        try:
            trace = cls._from(about)
            trace.reduced = reduced
            for layer in layers:
                kept = Kept(layer.axes, layer.place, layer.queries, layer.heads)
                trace._maps.put(layer.name, layer.weights, kept)
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise damaged(path, error) from error
        return trace

    @classmethod
    def _from(cls, about: dict[str, Any]) -> "Trace":
        parts, size = about["layout"], about.get("size")
        layout = parts and TokenLayout(
            tuple(parts["prefix"]), tuple(parts["grid"]), tuple(parts["patch"])
        )
        made = cls(
            layout,
            model=about["model"],
            names=tuple(about["images"]),
            geometries=tuple(about["geometries"]),
            size=size and (int(size[0]), int(size[1])),
        )
        made.errors = {str(name): float(x) for name, x in about.get("errors", {}).items()}
        return made
