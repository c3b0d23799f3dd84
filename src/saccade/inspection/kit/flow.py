"""Attention flow: the most that can flow from an output token to each input token.

Source: Abnar & Zuidema, "Quantifying Attention Flow in Transformers", ACL 2020, arXiv:2005.00928,
section 4. Nodes are the tokens of each layer; the edge from token i above a layer to token j below
it holds Â[i, j] = (1 - residual) · (mean of the heads)[i, j] + residual · [i = j]; the flow is the
maximum flow from (last layer, i) to (input, j).
Axes: b images, t layers, heads, q chosen queries, i queries, j keys.
Differs: rows of the result are not divided by their sums; `FlowMap.shares` are.

Warning: no flow is larger than min(1, sum of column j of the first layer's Â), and this bound knows
nothing of the query. Since every Â keeps the residual on its diagonal, flows through the dozen
layers of a common vision transformer reach the bound at (nearly) all tokens, for any query: then
the flow tells how much the first layer reads each token and nothing else. `FlowMap.degenerate` says
where this is so, `FlowMap.warning` in words.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
import torch
from torch import Tensor

from saccade.errors import ConfigError
from saccade.inspection.kit.flow_certificate import bound_of, reaches_bound
from saccade.shapes import expect

_UNIT = 1 << 30  # capacities are counted in whole 2^-30, which 32 bits hold
_SAME = 1e-6


@dataclass(frozen=True, slots=True)
class FlowMap:
    """How much can flow to each input token.

    Args:
        values: from each chosen query (b q j), 0-1.
        bound: what no flow from any query exceeds (b j).
        searched: for how many pairs of query and token the flow had to be searched for; the others
            are proven to be at their bound.
    """

    values: Tensor
    bound: Tensor
    searched: int

    @property
    def degenerate(self) -> Tensor:
        """Whether all flows of a query are at their bound, to 1e-6: booleans (b q)."""
        return ((self.bound[:, None] - self.values).abs() <= _SAME).all(dim=-1)

    @property
    def shares(self) -> Tensor:
        """Flows divided by their sum, as the authors' code gives them (b q j)."""
        return self.values / self.values.sum(dim=-1, keepdim=True)

    @property
    def warning(self) -> str:
        """What a reader has to know; empty where every query has a flow of its own."""
        count = int(self.degenerate.sum())
        if not count:
            return ""
        return (
            f"{count} of {self.degenerate.numel()} flows equal min(1, column sums of the first "
            "layer) at every token: they are the same for every query and say nothing of this one"
        )


def attention_flow(
    attention: Tensor, queries: Sequence[int] = (0,), *, residual: float = 0.5, prove: bool = True
) -> FlowMap:
    """Find the maximum flow from some output tokens to all input tokens.

    Flows that are provably at their bound are not searched for; the others are found exactly, in
    capacities of 2^-30.

    Args:
        attention: maps (b t heads i j) whose rows sum to one, from the first layer to the last.
        queries: tokens above the last layer.
        residual: weight of the identity, in (0, 1).
        prove: look for the proof first; without it every flow is searched for.

    Raises:
        ShapeError: the maps are not (b t heads i i).
        ConfigError: there is no such query, a row is no distribution, or the residual is out of
            its range.
    """
    expect(attention, "b t heads i j", "the attention", j=attention.shape[-2])
    tokens = attention.shape[-1]
    _check(attention, queries, residual)
    mixed = attention.detach().cpu().mean(dim=2, dtype=torch.float64) * (1 - residual)
    mixed = mixed + residual * torch.eye(tokens, dtype=torch.float64)
    bound = torch.stack([bound_of(image) for image in mixed])
    values, searched = torch.empty(len(mixed), len(queries), tokens, dtype=torch.float64), 0
    for number, image in enumerate(mixed):
        for place, query in enumerate(queries):
            sure = reaches_bound(image, query) if prove else torch.zeros(tokens, dtype=torch.bool)
            rest = torch.nonzero(~sure).flatten().tolist()
            row = bound[number].clone()
            row[rest] = _searched(image, query, rest)
            values[number, place], searched = row, searched + len(rest)
    return FlowMap(values.to(attention.dtype), bound.to(attention.dtype), searched)


def _check(attention: Tensor, queries: Sequence[int], residual: float) -> None:
    tokens = attention.shape[-1]
    if not 0.0 < residual < 1.0:
        raise ConfigError("residual in (0, 1)", str(residual), "0.5")
    wrong = [query for query in queries if not 0 <= query < tokens]
    if wrong or not len(queries):
        got = str(wrong[0]) if wrong else "none"
        raise ConfigError(f"query tokens from 0 to {tokens - 1}", got, "queries=[0]")
    sums = attention.sum(dim=-1)
    if not bool(((sums - 1).abs() <= 1e-3).all()) or float(attention.min()) < 0:
        raise ConfigError(
            "maps whose rows are at least 0 and sum to one",
            f"sums from {float(sums.min()):.3g} to {float(sums.max()):.3g}",
            "the weights of a softmax, before any dropout",
        )


def _searched(capacities: Tensor, query: int, targets: Sequence[int]) -> Tensor:
    """Maximum flows from a query to some tokens, (targets)."""
    depth, tokens = len(capacities), capacities.shape[-1]
    if depth == 1:
        return capacities[0, query, list(targets)]
    # Row by row: layers' tokens from below up, the query, the target. Each token of the lowest
    # row has one edge, to the target, and those are the first entries.
    source, sink = (depth - 1) * tokens, (depth - 1) * tokens + 1
    whole = np.floor(capacities.numpy() * _UNIT).astype(np.int32)
    columns = [np.full(tokens, sink)]
    columns += [np.tile(np.arange(tokens) + level * tokens, tokens) for level in range(depth - 2)]
    columns.append(np.arange(tokens) + (depth - 2) * tokens)
    data = [whole[0, :, 0], *(layer.ravel() for layer in whole[1:-1]), whole[-1, query]]
    lengths = [1] * tokens + [tokens] * ((depth - 2) * tokens + 1) + [0]
    starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    parts = np.concatenate(data), np.concatenate(columns).astype(np.int32), starts
    # scipy comes with scikit-learn; only flows that are searched for wait for its import.
    sparse: Any = import_module("scipy.sparse")
    search: Any = import_module("scipy.sparse.csgraph")
    graph = sparse.csr_array(parts, shape=(sink + 1, sink + 1))
    found = []
    for target in targets:
        graph.data[:tokens] = whole[0, :, target]
        found.append(search.maximum_flow(graph, source, sink).flow_value / _UNIT)
    return torch.tensor(found, dtype=torch.float64)
