"""What somebody wants to see of the attention of a model, and what it would take to keep it."""

import fnmatch
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import torch

from saccade.attention.place import Place
from saccade.errors import ConfigError, TraceError
from saccade.layers.tokens import TokenLayout

Point = tuple[float, float]
Queries = Literal["all", "cls"] | Sequence[Point]
Reduction = Literal["mean", "entropy", "distance", "sinks", "rollout"]

REDUCTIONS: tuple[Reduction, ...] = ("mean", "entropy", "distance", "sinks", "rollout")
GIBIBYTE = 1 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Which maps are kept, and how.

    Args:
        layers: numbers, from 0 or negative from the end, or patterns of names such as "blocks.1*";
            all when None.
        heads: numbers; all when None.
        queries: "all"; "cls", the first of the tokens before the patches; or points (x, y) in
            pixels of the model's image.
        reduce: numbers to work out on the way in place of maps: "mean" over heads, "entropy" and
            "distance" of each head, "sinks" (what each key receives), "rollout" of the class token.
        dtype: of what is kept.
        device: where it is kept.
        limit: bytes that may be kept.

    Raises:
        ConfigError: an option is none of these.
    """

    layers: Sequence[int | str] | None = None
    heads: Sequence[int] | None = None
    queries: Queries = "all"
    reduce: tuple[Reduction, ...] = ()
    dtype: torch.dtype = torch.float32
    device: str | torch.device = "cpu"
    limit: int = 4 * GIBIBYTE

    def __post_init__(self) -> None:
        unknown = [name for name in self.reduce if name not in REDUCTIONS]
        if unknown:
            raise ConfigError(f"reductions out of {', '.join(REDUCTIONS)}", repr(unknown[0]))
        if isinstance(self.queries, str) and self.queries not in ("all", "cls"):
            raise ConfigError(
                "queries 'all', 'cls' or points [(x, y)]", repr(self.queries), "queries='cls'"
            )
        if self.reduce and (self.heads is not None or self.queries != "all"):
            raise ConfigError(
                "reduce= over all heads and queries",
                f"heads={self.heads} and queries={self.queries!r}",
                "one of them",
            )
        _check_lists(self.layers, self.heads)
        if not isinstance(self.queries, str):
            _check_points(self.queries)
        if self.limit < 0:
            raise ConfigError("a limit of at least 0 bytes", str(self.limit), "limit=1 << 30")
        if not isinstance(self.dtype, torch.dtype) or not self.dtype.is_floating_point:
            raise ConfigError("a dtype of floats", repr(self.dtype), "torch.float16")

    def wants(self, number: int, name: str, count: int | None) -> bool:
        """Tell whether a layer is asked for.

        Args:
            number: of the layer, in the order in which the model runs them.
            name: of the layer.
            count: how many layers there are, where that is known; negative numbers need it.
        """
        if self.layers is None:
            return True
        for layer in self.layers:
            if isinstance(layer, str):
                if fnmatch.fnmatchcase(name, layer):
                    return True
            elif number == (layer if layer >= 0 or count is None else layer + count):
                return True
        return False

    @property
    def partial(self) -> bool:
        """Whether something else than whole maps is asked for."""
        return bool(self.reduce) or self.heads is not None or self.queries != "all"

    @property
    def backwards(self) -> bool:
        """Whether layers are counted from the end, which only is known when all have run."""
        return any(isinstance(layer, int) and layer < 0 for layer in self.layers or ())

    def rows(
        self, name: str, count: int, place: Place | None, layout: TokenLayout | None
    ) -> list[int] | None:
        """Find the queries that are asked for; None for all.

        Args:
            name: of the layer.
            count: how many queries it has.
            place: where they lie, for positions of a map.
            layout: what they are, for tokens.

        Raises:
            TraceError: this layer has no such query.
        """
        if self.queries == "all" or count == 1:
            return None
        tokens = layout is not None and layout.tokens == count
        if self.queries == "cls":
            if not tokens or layout is None or not layout.prefix:
                raise TraceError(
                    "a class token among the queries",
                    f"{count} queries without one in {name}",
                    "queries=[(x, y)], or queries='all'",
                )
            return [0]
        if tokens and layout is not None:
            return [layout.token_at(x, y) for x, y in self.queries]
        if place is not None and layout is not None and len(place.queries) == 2:
            return [_cell(point, place.queries, layout.img_size) for point in self.queries]
        raise TraceError(
            "queries that lie on a grid", f"{count} of unknown places in {name}", "queries='all'"
        )

    def spend(self, name: str, shape: Sequence[int], size: int, kept: int) -> None:
        """Refuse what goes beyond the limit.

        Args:
            name: of the layer.
            shape: of its map, as far as it is asked for.
            size: bytes that are to be kept of it.
            kept: bytes that are kept already.

        Raises:
            TraceError: it is too much; cheaper requests are named with what they take.
        """
        if kept + size <= self.limit:
            return
        images, heads, rows, keys = (*shape, 1, 1, 1, 1)[:4]
        one = images * heads * keys * self.dtype.itemsize
        raise TraceError(
            f"maps of at most {size_of(self.limit)}",
            f"{size_of(kept + size)} with {name}, {size_of(size)} in each layer like it",
            f"queries='cls' ({size_of(one)} a layer), reduce='entropy', layers=[-1], "
            "fewer images, or a larger limit="
            if rows > 1 and not self.reduce
            else "layers=[-1], fewer images, or a larger limit=",
        )


def _check_lists(layers: object, heads: object) -> None:
    """Refuse layers and heads that are no lists of numbers, or of names."""
    for what, given in (("layers", layers), ("heads", heads)):
        if given is None:
            continue
        if isinstance(given, str) or not isinstance(given, Iterable):
            raise ConfigError(f"a list of {what}", repr(given), f"{what}=[{given!r}]")
        kinds = "numbers or patterns of names" if what == "layers" else "numbers"
        listed = list(given)
        named = [one for one in listed if isinstance(one, str)] if what == "layers" else []
        wrong = [one for one in listed if one not in named and not hasattr(one, "__index__")]
        if wrong or not listed:
            got = repr(wrong[0]) if wrong else "none"
            raise ConfigError(f"{what} that are {kinds}", got, f"{what}=[0]")


def _check_points(points: object) -> None:
    """Refuse what is no list of points."""
    sentence = "queries 'all', 'cls' or points [(x, y)]"
    listed = list(points) if isinstance(points, Iterable) else []
    pairs = [one for one in listed if isinstance(one, Sequence) and len(one) == 2]
    if not listed or len(pairs) < len(listed):
        hint = f"queries=[{points!r}]" if len(listed) == 2 and not pairs else "queries=[(40, 60)]"
        raise ConfigError(sentence, repr(points), hint)


def size_of(count: float) -> str:
    """Write a number of bytes for people."""
    for unit in ("B", "KiB", "MiB"):
        if count < 1024:
            return f"{count:.3g} {unit}"
        count /= 1024
    return f"{count:.3g} GiB"


def _cell(point: Point, grid: tuple[int, ...], size: tuple[int, int]) -> int:
    x, y = point
    height, width = size
    if not (0 <= y < height and 0 <= x < width):
        raise TraceError(
            f"a point inside the model's {width}x{height} image", f"({x:g}, {y:g})", "another point"
        )
    return int(y * grid[0] / height) * grid[1] + int(x * grid[1] / width)
