"""Criss-cross attention by a mask over the full table of positions, pass after pass."""

import itertools

import pytest
import torch
from torch import Tensor

from saccade.attention import CrissCrossAttention, criss_cross_attention
from tests.oracles.support import Slow, Weights, close, compare, conv, draw, randomised


def _crosses(shape: tuple[int, ...]) -> list[list[int]]:
    """For each position the keys in the order of the docs: axis by axis, itself on the last."""
    positions = list(itertools.product(*map(range, shape)))
    number = {position: i for i, position in enumerate(positions)}
    found = []
    for position in positions:
        keys = []
        for axis, size in enumerate(shape):
            for other in range(size):
                if other == position[axis] and axis < len(shape) - 1:
                    continue
                keys.append(number[(*position[:axis], other, *position[axis + 1 :])])
        found.append(keys)
    return found


def _slow(passes: int) -> Slow:
    def attend(weights: Weights, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        crosses = torch.tensor(_crosses(tuple(x.shape[2:])))
        mask = torch.full((len(crosses), len(crosses)), float("-inf"), dtype=x.dtype)
        mask.scatter_(1, crosses, 0.0)
        maps = []
        for _ in range(passes):
            q, k, v = (conv(weights, f"{n}_conv", x).flatten(2) for n in ("query", "key", "value"))
            shares = (q.mT @ k + mask).softmax(-1)
            maps.append(shares.gather(2, crosses.expand(len(x), -1, -1)))
            x = weights["gamma"] * (v @ shares.mT).unflatten(2, x.shape[2:]) + x
        return x, [torch.stack(maps, 1)]

    return attend


@pytest.mark.parametrize("passes", [1, 2, 3])
@pytest.mark.parametrize(
    "shape", [(2, 4, 7), (1, 1, 6), (1, 6, 1), (1, 1, 1), (1, 5, 5), (2, 2, 3, 4), (1, 1, 1, 5)]
)
def test_layer_is_masked_attention(passes: int, shape: tuple[int, ...]) -> None:
    layer = CrissCrossAttention(8, reduction=4, recurrence=passes, dims=len(shape) - 1)
    compare(randomised(layer), _slow(passes), draw(shape[0], 8, *shape[1:]))


def test_function_takes_features_last() -> None:
    q, k = draw(2, 3, 5, 4, seed=1), draw(2, 3, 5, 4, seed=2)
    v = draw(2, 3, 5, 6, seed=3)
    crosses = torch.tensor(_crosses((3, 5)))
    table = torch.einsum("bid,bjd->bij", q.flatten(1, 2), k.flatten(1, 2))
    shares = table.gather(2, crosses.expand(2, -1, -1)).softmax(-1)
    got = criss_cross_attention(q, k, v)
    close(got.weights, shares, 1e-12)
    mixed = (shares[..., None] * v.flatten(1, 2)[:, crosses]).sum(2)
    close(got.output, mixed.unflatten(1, (3, 5)), 1e-12)


def test_gradient_reaches_a_cross_and_then_everything() -> None:
    for passes, wanted in ((1, 7 + 9 - 1), (2, 63)):
        layer = randomised(CrissCrossAttention(8, recurrence=passes))
        x = draw(1, 8, 7, 9).requires_grad_()
        (pull,) = torch.autograd.grad(layer(x)[0, :, 2, 3].sum(), x)
        assert int((pull.abs().sum(1) > 0).sum()) == wanted
