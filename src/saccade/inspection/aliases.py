"""Ways of other tools to ask for attention, answered by `record`; the model's own kernel runs.

Source: `run_with_cache` of TransformerLens and ViT-Prisma; `get_last_selfattention` of DINO
(Caron et al., arXiv:2104.14294); `Recorder` of vit-pytorch.
Axes: b images, c channels, h rows, w columns, heads, i queries, j keys, n tokens.
Differs: any model is answered for, nothing is left in it, and maps carry no gradient.
"""

from collections.abc import Sequence
from types import TracebackType

import torch
from torch import Tensor, nn

from saccade.data.geometry import Geometry
from saccade.errors import TraceError
from saccade.inspection.description import describe
from saccade.inspection.record import record
from saccade.inspection.request import GIBIBYTE, Queries, Reduction
from saccade.inspection.trace import Trace


def run_with_cache(
    model: nn.Module,
    images: Tensor,
    *,
    layers: Sequence[int | str] | str | int | None = None,
    heads: Sequence[int] | None = None,
    queries: Queries = "all",
    reduce: Reduction | Sequence[Reduction] = (),
    limit: int = 4 * GIBIBYTE,
    dtype: torch.dtype = torch.float32,
    device: str | torch.device = "cpu",
    geometry: Geometry | None = None,
) -> tuple[object, Trace]:
    """Run a model once, and give what it gives together with the trace, as TransformerLens does.

    Args:
        model: any module of torch that attends.
        images: what it is given (b c h w).
        layers: those to keep (there `names_filter`): numbers, patterns, or one of them.
        heads: numbers; all when None.
        queries: "all", "cls", or points (x, y) in pixels, as in `record`.
        reduce: numbers to work out in place of maps.
        limit: bytes to keep at most.
        dtype: of the maps that are kept.
        device: where they are kept.
        geometry: how the images were cut from their picture.

    Returns:
        What the model gives, such as logits (b classes), and the trace; `trace["pattern", 3]` and
        `trace["blocks.3.attn"]` are maps (b heads i j).

    Raises:
        TraceError: as in `record`.

    Example:
        >>> import torch, saccade
        >>> model = saccade.create_model("vit_pico_patch2_8").eval()
        >>> logits, cache = saccade.run_with_cache(model, torch.zeros(2, 3, 8, 8))
        >>> tuple(cache["pattern", 0].shape)  # image head query key
        (2, 4, 17, 17)
    """
    chosen = [layers] if isinstance(layers, str | int) else layers
    with record(
        model,
        layers=chosen,
        heads=heads,
        queries=queries,
        reduce=reduce,
        limit=limit,
        dtype=dtype,
        device=device,
        geometry=geometry,
    ) as trace:
        answer = model(images)
    return answer, trace


def get_last_selfattention(model: nn.Module, images: Tensor) -> Tensor:
    """Give the map of the last layer in which tokens read each other, as DINO's models do.

    Layers behind it that ask one question, such as a pool, are no such layer.

    Args:
        model: any module of torch; it is run in the mode it is in.
        images: what it is given (b c h w).

    Returns:
        The map after its softmax (b heads n n); row 0 is what a class token reads.

    Raises:
        TraceError: no layer has as many queries as keys, or as in `record`.
    """
    found = _last(model, images, -1)
    if found is None:
        facts = describe(model, images[:1]).layers
        square = [n for n, fact in enumerate(facts) if fact.queries == fact.keys > 1]
        inner = [n for n in square if facts[n].kind != "channels"]
        found = _last(model, images, inner[-1]) if inner else None
    if found is None:
        raise TraceError(
            "a layer in which tokens read each other",
            f"none in {type(model).__name__}",
            "saccade.record(model) and trace.layers",
        )
    return found


class Recorder(nn.Module):
    """Runs a model and gives its maps beside its answer, as vit-pytorch's Recorder does.

    It may be used as a context manager, which ejects it at the end. Between calls nothing stands
    in the model.

    Args:
        vit: any module of torch whose layers attend alike.
        device: where the maps are put; to that of the images when None.

    Example:
        >>> import torch, saccade
        >>> model = saccade.create_model("vit_pico_patch2_8").eval()
        >>> preds, attns = saccade.Recorder(model)(torch.zeros(2, 3, 8, 8))
        >>> tuple(attns.shape)  # image layer head query key
        (2, 3, 4, 17, 17)
    """

    def __init__(self, vit: nn.Module, device: torch.device | str | None = None) -> None:
        super().__init__()
        self.vit = vit
        self.device = device
        self.ejected = False

    def forward(self, images: Tensor) -> tuple[object, Tensor]:
        """Run the model (b c h w), and give its answer and the maps (b layers heads i j).

        Raises:
            TraceError: it was ejected, its layers differ in shape, or as in `record`.
        """
        if self.ejected:
            raise TraceError("a recorder in use", "one that was ejected", "Recorder(vit) once more")
        with record(self.vit) as trace:
            answer = self.vit(images)
        return answer, trace.attention.to(self.device or images.device)

    def eject(self) -> nn.Module:
        """End the use of the recorder, and give the model back as it was."""
        self.ejected = True
        return self.vit

    def __enter__(self) -> "Recorder":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.eject()


def _last(model: nn.Module, images: Tensor, number: int) -> Tensor | None:
    """The map (b heads n n) of one layer, or None where its tokens do not read each other."""
    with torch.no_grad(), record(model, layers=[number]) as trace:
        model(images)
    layer = trace.layers[0]
    if layer.axes != ("image", "head", "query", "key"):
        return None
    if layer.place is not None and layer.place.queries == layer.place.keys:
        return layer.place.dense(layer.weights)
    rows, keys = layer.weights.shape[-2:]
    return layer.weights if rows == keys else None
