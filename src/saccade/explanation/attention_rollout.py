"""Rollout: what the answer's tokens have read of the image through all layers.

Source: Abnar & Zuidema, "Quantifying Attention Flow in Transformers", ACL 2020, arXiv:2005.00928,
section 3. The class that is asked about plays no part.
Axes: b images, t layers, heads, i queries, j keys.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial

import torch
from torch import Tensor, nn

from saccade.attention.reading import Reading
from saccade.explanation.answer import Answer
from saccade.explanation.token_maps import known_layout, last_readers, lay, readers_of
from saccade.inspection.frames import Frames, Run
from saccade.inspection.graded import layout_among, nothing_held, unrounded
from saccade.inspection.interception import Interception
from saccade.inspection.kit.rollout import FUSIONS, HeadFusion, rollout
from saccade.inspection.kit.rollout_rows import step_back
from saccade.inspection.targets import Target
from saccade.layers.tokens import TokenLayout

Fuse = Callable[[Tensor], Tensor]


def attention_rollout(
    model: nn.Module,
    images: Tensor,
    target: Target = None,
    *,
    head_fusion: HeadFusion = "mean",
    discard_ratio: float = 0.0,
    residual: float = 0.5,
    start_layer: int = 0,
    query: int | None = None,
    keep: int | None = None,
) -> Answer:
    """Follow what the answer's tokens read, from the last layer to the patches.

    Args:
        model: in eval mode.
        images: (b c h w).
        target: only used to see which tokens the answer is made of.
        head_fusion: how the heads of a layer become one map: "mean", "max" or "min".
        discard_ratio: share of each fused map, lowest first, that is set to 0, in [0, 1).
        residual: weight of the identity, in (0, 1).
        start_layer: first layer that takes part, counted from 0.
        query: the token that reads; those that the answer is made of when None.
        keep: the first columns, none of which is discarded; those of the tokens before the patches
            when None.

    Raises:
        TraceError: the layers are not maps of the same tokens.
        ConfigError: an option is out of its range.
    """
    fuse = FUSIONS.get(head_fusion, FUSIONS["mean"])
    maps, names, layout = fused_maps(model, images, "rollout", fuse=fuse)
    found, readers = last_readers(model, images, target, len(maps), layout)
    rows = readers_of(readers, query)
    body = maps[:-1] if maps[-1].shape[1] == 1 else maps

    join = partial(
        rollout,
        head_fusion=head_fusion,
        discard_ratio=discard_ratio,
        residual=residual,
        start_layer=start_layer,
    )
    join(_stacked([x[:1, :1, :1] for x in body]), keep=0)  # sees that options are in their range
    with unrounded():
        if discard_ratio:
            whole = join(_stacked(body), keep=len(layout.prefix) if keep is None else keep)
            read = torch.einsum("bi,bij->bj", rows, whole)
        else:
            read = _carried(rows, body[start_layer:], residual)
    return Answer(
        map=lay(read, layout),
        logits=found.logits,
        scores=found.scores,
        classes=None,
        layout=layout,
        layers=tuple(names[start_layer:]),
    )


def _stacked(maps: list[Tensor]) -> Tensor:
    return torch.stack(maps, dim=1)[:, :, None]


def _carried(rows: Tensor, maps: list[Tensor], residual: float) -> Tensor:
    """Carry what is read (b i) from the last map to the first."""
    chain = rows[:, None]
    for layer in reversed(maps):
        chain = step_back(chain, layer[:, None], residual=residual)
    return chain[:, 0]


def fused_maps(
    model: nn.Module, images: Tensor, method: str, *, fuse: Fuse
) -> tuple[list[Tensor], list[str], TokenLayout]:
    """Run a model and keep one map (b i j) of each layer, and its name.

    Args:
        model: any.
        images: (b c h w).
        method: that asks, for the error.
        fuse: makes one map of the heads (b heads i j).

    Raises:
        TraceError: there is no attention, or the layers are not maps of the same tokens.
    """
    maps: list[Tensor] = []
    names: list[str] = []
    shapes: list[tuple[int, ...]] = []

    class _Fuser:
        def begin(self, run: Run) -> AbstractContextManager[object]:
            def visit(reading: Reading, run: Run) -> None:
                with unrounded():
                    whole = reading.rows()
                shapes.append(tuple(whole.shape))
                names.append(run.frame.name or "attention")
                maps.append(fuse(whole))

            return Interception(run, visit)

        def end(self, run: Run, *, whole: bool) -> None:
            pass

    with torch.no_grad(), Frames(model, _Fuser()):
        model(images)
    if not maps:
        raise nothing_held(model, None)
    size = images.shape[-2], images.shape[-1]
    layout = known_layout(layout_among(model, maps, size), shapes, len(images), method)
    return maps, names, layout
