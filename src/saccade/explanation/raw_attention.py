"""Raw attention: what the answer's tokens read in one layer.

Source: Dosovitskiy et al., "An Image is Worth 16x16 Words", ICLR 2021, arXiv:2010.11929, and Caron
et al., "Emerging Properties in Self-Supervised Vision Transformers", ICCV 2021, arXiv:2104.14294,
for the last layer and one head. The class that is asked about plays no part.
Axes: b images, t layers, heads, i queries, j keys.
"""

import torch
from torch import Tensor, nn

from saccade.errors import ConfigError
from saccade.explanation.answer import Answer
from saccade.explanation.attention_rollout import fused_maps
from saccade.explanation.token_maps import last_readers, lay, readers_of
from saccade.inspection.graded import unrounded
from saccade.inspection.targets import Target


def raw_attention(
    model: nn.Module,
    images: Tensor,
    target: Target = None,
    *,
    layer: int = -1,
    head: int | None = None,
    query: int | None = None,
) -> Answer:
    """Give what the answer's tokens read in one layer, as a mean over heads or in one head.

    Args:
        model: in eval mode.
        images: (b c h w).
        target: only used to see which tokens the answer is made of.
        layer: which one, negative from the end.
        head: which one; their mean when None.
        query: the token that reads; those that the answer is made of when None.

    Raises:
        TraceError: the maps are not ones of tokens.
        ConfigError: there is no such layer, head or query.
    """
    maps, names, layout = fused_maps(model, images, "raw attention", fuse=_kept(head))
    if not -len(maps) <= layer < len(maps):
        raise ConfigError(f"a layer from {-len(maps)} to {len(maps) - 1}", str(layer), "layer=-1")
    found, readers = last_readers(model, images, target, len(maps), layout)
    chosen = maps[layer]
    if chosen.shape[1] == 1:
        rows = chosen[:, 0]
    else:
        if maps[-1].shape[1] == 1 and query is None:  # a pool asks: its question, one layer down
            readers = maps[-1][:, 0]
        with unrounded():
            rows = torch.einsum("bi,bij->bj", readers_of(readers, query), chosen)
    return Answer(
        map=lay(rows, layout),
        logits=found.logits,
        scores=found.scores,
        classes=None,
        layout=layout,
        layers=(names[layer],),
    )


class _kept:  # noqa: N801
    """Keeps one head (b i j), or their mean."""

    def __init__(self, head: int | None) -> None:
        self._head = head

    def __call__(self, map_: Tensor) -> Tensor:
        """Fuse the heads of a map (b heads i j)."""
        if self._head is None:
            return map_.mean(dim=1)
        if not -map_.shape[1] <= self._head < map_.shape[1]:
            raise ConfigError(f"a head from 0 to {map_.shape[1] - 1}", str(self._head), "head=0")
        return map_[:, self._head]
