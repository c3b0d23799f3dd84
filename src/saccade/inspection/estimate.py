"""How much memory a recording will take, before it is made."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from saccade.errors import TraceError
from saccade.inspection.frames import Run
from saccade.inspection.recognition import Recognised
from saccade.inspection.record import checked_model, listening, nothing_seen
from saccade.inspection.recorder import Recorder, Seen
from saccade.inspection.reduction import About, reduced_bytes
from saccade.inspection.request import Queries, Reduction, Request, size_of
from saccade.inspection.trace import Trace

_ENDLESS = 1 << 62


@dataclass(frozen=True, slots=True)
class Estimate:
    """Memory of what a recording keeps.

    Args:
        layers: (name, bytes) of each layer, in the order in which they ran.
        images: for how many images.
    """

    layers: tuple[tuple[str, int], ...]
    images: int

    @property
    def bytes(self) -> int:
        """Of all layers."""
        return sum(size for _, size in self.layers)

    def __str__(self) -> str:
        """Tell it in words."""
        most = max(self.layers, key=lambda layer: layer[1])
        return (
            f"{size_of(self.bytes)} for {self.images} images and {len(self.layers)} layers, at "
            f"most {size_of(most[1])} in one ({most[0]})"
        )


class _Survey(Recorder):
    """Counts what a recorder would keep, and keeps nothing."""

    def store(self, seen: Seen, shape: Sequence[int], make: Callable[[], Tensor]) -> None:
        """Count a map."""
        seen.bytes = math.prod(shape) * self.request.dtype.itemsize

    def reduce(self, seen: Seen, what: Recognised, about: About, run: Run) -> Seen:
        """Count what is kept until the end of a pass."""
        seen.bytes = reduced_bytes(self.request.reduce, what)
        return seen

    def keep(self, seen: list[Seen]) -> None:
        """Hold on to names and numbers of bytes."""
        self.layers = tuple((one.label, one.bytes) for one in seen)


def estimate(
    model: nn.Module,
    images: Tensor | Sequence[int],
    *,
    layers: Sequence[int | str] | None = None,
    heads: Sequence[int] | None = None,
    queries: Queries = "all",
    reduce: Reduction | Sequence[Reduction] = (),
    dtype: torch.dtype = torch.float32,
) -> Estimate:
    """Tell how much memory `record` would take with the same options.

    The model runs once, on one image; no map is made.

    Args:
        model: any module of torch.
        images: (b c h w), or these four sizes.
        layers: as in `record`, like all that follow.
        heads: numbers.
        queries: "all", "cls" or points.
        reduce: names of numbers.
        dtype: of the maps.

    Raises:
        TraceError: no attention was seen.

    Example:
        >>> import saccade
        >>> model = saccade.create_model("vit_tiny_patch16_224").eval()
        >>> print(saccade.estimate(model, (8, 3, 224, 224), queries="cls"))
        222 KiB for 8 images and 12 layers, at most 18.5 KiB in one (blocks.0.attn)
    """
    names = (reduce,) if isinstance(reduce, str) else tuple(reduce)
    request = Request(
        layers=layers, heads=heads, queries=queries, reduce=names, dtype=dtype, limit=_ENDLESS
    )
    inner = checked_model(model)
    one, count = _one(inner, images)
    with torch.no_grad(), listening(model, request, Trace(), _Survey) as (frames, survey):
        model(one)
    kept = tuple((name, size * count) for name, size in survey.layers if size)
    if not kept:
        raise nothing_seen(inner, frames)
    return Estimate(kept, count)


def _one(model: nn.Module, images: Tensor | Sequence[int]) -> tuple[Tensor, int]:
    """One image, and how many there will be."""
    if not isinstance(images, Tensor):
        sizes = tuple(images)
        if len(sizes) != 4 or min(sizes) < 1:
            raise TraceError("images (b c h w) or their four sizes", str(sizes), "(8, 3, 224, 224)")
        like = next(model.parameters(), torch.empty(0))
        return torch.zeros(1, *sizes[1:], dtype=like.dtype, device=like.device), sizes[0]
    if images.dim() == 0 or not len(images):
        raise TraceError("at least one image", str(tuple(images.shape)), "images[:1]")
    return images[:1], len(images)
