"""The kit's part about sinks: keys that receive the most, and tokens that are far too long.

Each layer is measured on its own, so windows, stages and reduced keys will do; norms are told where
blocks give tokens.
Axes: b images, t layers, heads, i queries, j keys, n tokens.
"""

import math

import torch
from torch import Tensor

from saccade.errors import ShapeError, TraceError
from saccade.inspection.kit.charts import dots
from saccade.inspection.kit.findings import Choice, Findings, Seen
from saccade.inspection.kit.layer_numbers import layers_of, received_of
from saccade.inspection.kit.sinks import high_norms
from saccade.inspection.kit.spreads import summarize
from saccade.inspection.layer_map import LayerMap
from saccade.layers.tokens import TokenLayout

_TOP = 5  # keys whose share is told
_MASSES = ("mass on strongest key", f"mass on {_TOP} strongest", "mass on prefix")
_NORMS = (
    "norm of prefix",
    "median norm of patches",
    "largest norm of patches",
    "patches of high norm",
    "mass on high norms of the block before",
)


class SinksPart:
    """Keys that receive the most, and tokens whose vectors are far longer than others'.

    Args:
        choice: of no use here.
    """

    def __init__(self, choice: Choice) -> None:
        self._names: list[str] = []
        self._found: list[Tensor] = []

    def take(self, seen: Seen) -> None:
        """Measure a batch.

        Raises:
            ShapeError: there are norms, but not one for each layer and token.
        """
        layers = layers_of(seen.trace)
        received = [received_of(layer).mean(dim=1) for layer in layers]
        masses = torch.stack([_masses(*pair) for pair in zip(layers, received, strict=True)], dim=1)
        if seen.norms is not None:
            tokens = torch.stack(received, dim=1)
            masses = torch.cat([masses, _norms(seen.norms, tokens, seen.layout)], dim=-1)
        self._names = [layer.name for layer in layers]
        self._found.append(masses.double())

    def finish(self) -> Findings:
        """Give the table, and a chart of norms, or of the strongest keys where there are none.

        Raises:
            TraceError: there was no picture.
        """
        if not self._found:
            raise TraceError("at least one picture", "none", "part.take(seen)")
        values = torch.cat(self._found)
        measures = (*_MASSES, *_NORMS)[: values.shape[-1]]
        summary = summarize(("layer", "name"), list(enumerate(self._names)), measures, values)
        mean = values.mean(dim=0)
        what, drawn = "share of all attention on the strongest key", mean[:, :1]
        if len(measures) > len(_MASSES):
            what, drawn = "norms of patches, median and largest", mean[:, 4:6]
        title = f"{what}, mean over {len(values)} pictures"
        return Findings.of(summary, {"chart": dots(drawn, title=title)})


def _masses(layer: LayerMap, received: Tensor) -> Tensor:
    """What the keys of a layer receive (b positions), as (b 3)."""
    most = received.topk(min(_TOP, received.shape[-1])).values
    prefix = torch.full_like(most[:, 0], math.nan)
    if layer.over_tokens and layer.layout is not None and layer.layout.prefix:
        prefix = received[:, : len(layer.layout.prefix)].sum(dim=-1)
    return torch.stack([most[:, 0], most.sum(dim=-1), prefix], dim=-1)


def _norms(norms: Tensor, received: Tensor, layout: TokenLayout) -> Tensor:
    """Lengths of tokens behind each block (b t n), and what the long ones receive, as (b t 5)."""
    if norms.shape != received.shape:
        raise ShapeError(
            f"norms as (b t n) of {tuple(received.shape)}",
            str(tuple(norms.shape)),
            "watch_norms(model.blocks) around the pass that was recorded",
        )
    skip = len(layout.prefix)
    prefix = norms[..., :skip].mean(dim=-1)  # NaN where there is none
    patches, high = norms[..., skip:], high_norms(norms, layout)
    # What a layer reads is what the block before it gave.
    before = torch.cat([torch.zeros_like(high[:, :1]), high[:, :-1]], dim=1)
    numbers = (
        prefix,
        patches.median(dim=-1).values,
        patches.amax(dim=-1),
        high.sum(dim=-1),
        (received * before).sum(dim=-1),
    )
    return torch.stack([number.to(received.dtype) for number in numbers], dim=-1)
