"""Proof without search that a flow through many layers reaches its bound.

What leaves a query is at most 1, and what reaches token j is at most the sum of column j of the
first layer; so no flow is larger than v = min(1, that sum). A flow of that size is built in three
parts, each for all tokens j at once, and every capacity it uses is checked:

    push    the top layer's row, times v, goes down one layer in proportion to the capacities
    pull    what token j wants, (column j of the first layer) · v / (its sum), is drawn down through
            a few layers in proportion to the columns
    bridge  between them, flows of the form a(k) K(k, m) b(m), fitted to both ends by turns

Where all capacities hold and both ends fit to 1e-7, the flow is the bound; elsewhere nothing is
proven, and the flow has to be searched for.

Sources: own construction; the bridge is Schrödinger's, fitted as by Sinkhorn, Annals of
Mathematical Statistics 35, 1964.
Axes: t layers, the first of the model first; i queries (above), j keys (below); columns of vectors
are the targets j.
"""

from typing import NamedTuple

import torch
from torch import Tensor

_PULLED = (3, 4)  # layers that are drawn through; the first choice proves the most
_FITS = 8  # turns of fitting; a turn makes the misfit some ten times smaller
_TOLERANCE = 1e-7


class _Bridge(NamedTuple):
    """Layers between push and pull, the upper first, and what stands at both ends (n targets)."""

    layers: list[Tensor]
    start: Tensor
    end: Tensor


def bound_of(capacities: Tensor) -> Tensor:
    """The most that can flow to each token: (t i j) to (j)."""
    return capacities[0].sum(dim=0).clamp_max(1.0)


def reaches_bound(capacities: Tensor, query: int) -> Tensor:
    """Say to which tokens the flow from a query provably reaches its bound, booleans (j).

    Args:
        capacities: float64 (t i j), rows summing to one, diagonals above 0.
        query: the token of the last layer that the flow starts from.
    """
    proven = torch.zeros(capacities.shape[-1], dtype=torch.bool)
    for pulled in _PULLED:
        if len(capacities) >= pulled + 4 and not bool(proven.all()):
            open_ = torch.nonzero(~proven).flatten()
            proven[open_] = _proven(capacities, query, pulled, open_)
    return proven


def _proven(capacities: Tensor, query: int, pulled: int, targets: Tensor) -> Tensor:
    columns = capacities[0].sum(dim=0)[targets]
    worth = columns.clamp_max(1.0)
    # Push: a token never gets more than 1 in all, so no capacity is passed.
    start = (capacities[-1, query] @ capacities[-2])[:, None] * worth
    holds = torch.ones(len(targets), dtype=torch.bool)
    wanted = capacities[0][:, targets] * (worth / columns)
    for layer in capacities[1 : 1 + pulled]:
        room = layer.sum(dim=0)[:, None]
        holds &= (wanted <= room).all(dim=0)
        wanted = layer @ (wanted / room)
    middle = list(reversed(capacities[1 + pulled : -2]))
    return holds & _bridged(_Bridge(middle, start, wanted))


def _bridged(bridge: _Bridge) -> Tensor:
    """Whether flows between the ends hold all capacities, for each target."""
    kernels = [_even(layer) for layer in bridge.layers]
    above = bridge.start
    for turn in range(_FITS + 1):
        downs = [above]
        for kernel in kernels:
            downs.append(kernel.T @ downs[-1])
        if turn < _FITS:
            last = _ratio(bridge.end, downs[-1])
            ups = [last]
            for kernel in reversed(kernels):
                ups.append(kernel @ ups[-1])
            above = _ratio(bridge.start, ups[-1])
    missing = (bridge.end - downs[-1] * last).clamp_min(0).sum(dim=0)
    over = (bridge.start - above * ups[-1]).abs().sum(dim=0)
    holds = (missing <= _TOLERANCE) & (over <= _TOLERANCE)
    for place, (layer, kernel) in enumerate(zip(bridge.layers, kernels, strict=True)):
        share = kernel / layer.clamp_min(torch.finfo(layer.dtype).tiny)
        low = ups[len(kernels) - 1 - place]
        for target in torch.nonzero(holds).flatten().tolist():
            most = ((share * low[:, target]).amax(dim=1) * downs[place][:, target]).max()
            holds[target] = bool(most <= 1.0)
    return holds


def _even(layer: Tensor) -> Tensor:
    """A kernel that leads little into tokens that many read, and lets go of half of the diagonal.

    Off the diagonal it is the harmonic mean of both directions, which is small where one is.
    """
    other = layer.T
    kernel = 2 * layer * other / (layer + other).clamp_min(torch.finfo(layer.dtype).tiny)
    kernel.diagonal().mul_(0.5)
    return kernel


def _ratio(one: Tensor, other: Tensor) -> Tensor:
    return one / other.clamp_min(torch.finfo(other.dtype).tiny)
