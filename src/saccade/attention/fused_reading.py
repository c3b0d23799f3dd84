"""What went into the fused kernel of attention, of which any rows of its map can be made.

Axes: b images, heads, i queries, j keys, d features of a head.
"""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from saccade.attention.reading import Numbers, Reading, fine, within


@dataclass(frozen=True, slots=True)
class Fused(Reading):
    """What went into `scaled_dot_product_attention`, and what came out.

    Args:
        queries: (b heads i d), not scaled.
        keys: (b heads j d), or fewer heads that divide those of the queries.
        values: (b heads j d), likewise.
        added: numbers added to the scores, or booleans, True where a key may be read; broadcast to
            (b heads i j).
        scale: of the scores; 1/√d when None.
        causal: query i reads keys 0 to i only.
        output: what the kernel gave (b heads i d); None where it dropped some of it at random.
    """

    queries: Tensor
    keys: Tensor
    values: Tensor
    added: Tensor | None = None
    scale: float | None = None
    causal: bool = False
    output: Tensor | None = None

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """Sizes of the map."""
        b, heads, i, _ = self.queries.shape
        return b, heads, i, self.keys.shape[-2]

    @property
    def dtype(self) -> torch.dtype | None:
        """Type of the output."""
        return None if self.output is None else self.output.dtype

    def light(self) -> "Fused":
        """Copy queries and keys, and let go of values and output."""
        keys = self.keys.detach().clone()
        return replace(
            self, queries=self.queries.detach().clone(), keys=keys, values=keys, output=None
        )

    @property
    def bytes(self) -> int:
        """Memory of queries, keys and what is added to the scores."""
        parts = (self.queries, self.keys, *(() if self.added is None else (self.added,)))
        return sum(part.numel() * part.element_size() for part in parts)

    def image(self, index: int) -> "Fused":
        """Keep one image."""

        def cut(x: Tensor) -> Tensor:
            return x if x.shape[0] == 1 else x[index : index + 1]

        return replace(
            self,
            queries=cut(self.queries),
            keys=cut(self.keys),
            values=cut(self.values),
            added=None if self.added is None else cut(_four(self.added)),
            output=None if self.output is None else cut(self.output),
        )

    def error(self, rows: Tensor, queries: Numbers = None, heads: Numbers = None) -> float:
        """Compare rows, applied to the values, with the output."""
        if self.output is None or rows.numel() == 0:
            return 0.0
        which = within(queries, self.shape[2], "queries")
        part = within(heads, self.shape[1], "heads")
        values = _spread(fine(self.values), self.queries.shape[1], part)
        output = self.output if part is None else self.output[:, part]
        given = output if which is None else output[:, :, which]
        made, given = (rows @ values).detach(), given.detach()
        return float(
            (made - given.to(made.dtype)).abs().max() / given.abs().max().to(made).clamp_min(1)
        )

    def _with_logs(self, queries: list[int] | None) -> tuple[Tensor, Tensor]:
        if self.added is not None or self.causal:
            rows = self._rows(queries, None)
            return rows, rows.log().clamp_min_(torch.finfo(rows.dtype).min)
        scores = self._scores(queries, None)
        if scores.requires_grad:
            logs = scores.log_softmax(dim=-1)
        else:
            logs = torch.log_softmax(scores, -1, out=scores)
        return logs.exp(), logs

    def _rows(self, queries: list[int] | None, heads: list[int] | None) -> Tensor:
        scores = self._scores(queries, heads)
        if self.added is None:
            return _softmax(scores)
        # A query that may read nothing reads nothing, as in the kernel.
        empty = (scores == -torch.inf).all(-1, keepdim=True)
        return _softmax(scores).masked_fill(empty, 0.0)

    def _scores(self, queries: list[int] | None, heads: list[int] | None) -> Tensor:
        asked = self.queries if heads is None else self.queries[:, heads]
        asked = fine(asked if queries is None else asked[:, :, queries])
        keys = _spread(fine(self.keys), self.queries.shape[1], heads)
        scale = asked.shape[-1] ** -0.5 if self.scale is None else self.scale
        scores = (asked * scale) @ keys.mT
        if self.causal:
            scores = scores.masked_fill(~self._before(queries), -torch.inf)
        return scores if self.added is None else _add(scores, self._added(queries, heads))

    def _added(self, queries: list[int] | None, heads: list[int] | None) -> Tensor:
        added = _four(self.added) if self.added is not None else self.queries.new_zeros(1, 1, 1, 1)
        if heads is not None and added.shape[1] > 1:
            added = added[:, heads]
        return added if queries is None or added.shape[2] == 1 else added[:, :, queries]

    def _before(self, queries: list[int] | None) -> Tensor:
        """Which keys are not behind a query (queries j)."""
        device = self.queries.device
        numbers = torch.arange(self.shape[2], device=device)
        numbers = numbers if queries is None else numbers[queries]
        return torch.arange(self.shape[3], device=device) <= numbers[:, None]


def _four(added: Tensor) -> Tensor:
    """What is added, with the four axes of the map."""
    return added[(None,) * (4 - added.dim())] if added.dim() < 4 else added


def _spread(x: Tensor, heads: int, chosen: list[int] | None) -> Tensor:
    """Give each of the queries' heads, or the chosen ones, its keys or values."""
    share = heads // x.shape[1]
    if chosen is not None:
        return x[:, [head // share for head in chosen]]
    return x if share == 1 else x.repeat_interleave(share, 1)


def _add(scores: Tensor, added: Tensor) -> Tensor:
    if added.dtype == torch.bool:
        return scores.masked_fill(~added, -torch.inf)
    return scores + added.to(scores.dtype)


def _softmax(scores: Tensor) -> Tensor:
    """Softmax over keys, in the memory of the scores where no gradient needs them."""
    if scores.requires_grad:
        return scores.softmax(dim=-1)
    return torch.softmax(scores, -1, out=scores)
