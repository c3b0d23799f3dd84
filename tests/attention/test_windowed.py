"""Windowed attention against its definition."""

import math
from collections.abc import Callable, Iterator

import pytest
import torch
from torch import Tensor, nn

from saccade.attention import WindowedAttention, window_attention
from saccade.attention.place import Place
from saccade.attention.reading import whole
from saccade.layers.neighbours import reflected

Draw = Callable[..., Tensor]
Fill = Callable[..., nn.Module]
GRIDS = [(6, 8), (4, 4), (5, 7), (2, 9), (1, 6), (6, 1), (1, 1)]


def test_by_hand() -> None:
    # Two positions with equal scores and a bias of ln 2 for looking at the second.
    q = torch.zeros(1, 2, 1)
    v = torch.tensor([[[3.0], [6.0]]])
    bias = torch.tensor([[[0.0, math.log(2)], [0.0, math.log(2)]]])
    out, weights = window_attention(q, q, v, bias)
    torch.testing.assert_close(weights[0], torch.tensor([[1.0, 2.0], [1.0, 2.0]]) / 3)
    torch.testing.assert_close(out[0], torch.tensor([[5.0], [5.0]]))
    mask = torch.tensor([[True, False], [True, True]])
    assert window_attention(q, q, v, bias, mask).weights[0, 0].tolist() == [1, 0]


def window_of(layer: WindowedAttention, at: int, size: int) -> list[int]:
    """Positions along one axis, maybe beyond the end, that `at` may read."""
    side = min(layer.window_size, size)
    shift = layer.shift if size > layer.window_size else 0
    first = (at - shift) // side * side + shift
    whole = -(-size // side) * side
    return [place for place in range(first, first + side) if 0 <= place < whole]


def keys_of(
    layer: WindowedAttention, x: Tensor, at: tuple[int, int]
) -> Iterator[tuple[int, int, Tensor]]:
    """What one position of a map (c h w) reads: place or -1, row of the table, and the token."""
    (height, width), side = x.shape[1:], layer.window_size
    for row in window_of(layer, at[0], height):
        for column in window_of(layer, at[1], width):
            offset = (at[0] - row + side - 1) * (2 * side - 1) + at[1] - column + side - 1
            if layer.boundary == "reflect":
                a = int(reflected(torch.tensor(row), height))
                b = int(reflected(torch.tensor(column), width))
                yield a * width + b, offset, x[:, a, b]
            elif row < height and column < width:
                yield row * width + column, offset, x[:, row, column]
            elif layer.boundary == "zero":
                yield -1, offset, x.new_zeros(x.shape[0])


def slowly(layer: WindowedAttention, x: Tensor) -> tuple[Tensor, Tensor]:
    """One image (c h w), position by position; also the weights (heads i j) of all positions."""
    channels, height, width = x.shape
    d = channels // layer.heads
    (w_q, w_k, w_v), bias = layer.qkv.weight.chunk(3), layer.qkv.bias
    b_q, b_k, b_v = (0, 0, 0) if bias is None else bias.chunk(3)
    out, dense = torch.zeros_like(x), x.new_zeros(layer.heads, height * width, height * width)
    for i in range(height * width):
        y, z = divmod(i, width)
        seen = list(keys_of(layer, x, (y, z)))
        q = w_q @ x[:, y, z] + b_q
        for head in range(layer.heads):
            part = slice(head * d, (head + 1) * d)
            scores = [
                q[part] @ (w_k @ token + b_k)[part] / d**0.5
                + layer.relative_position_bias_table[offset, head]
                for _, offset, token in seen
            ]
            for share, (place, _, token) in zip(torch.stack(scores).softmax(0), seen, strict=True):
                out[part, y, z] += share * (w_v @ token + b_v)[part]
                if place >= 0:
                    dense[head, i, place] += share
    projected = torch.einsum("oc,chw->ohw", layer.proj.weight, out)
    return projected + layer.proj.bias.view(-1, 1, 1), dense


@pytest.mark.parametrize("grid", GRIDS, ids=str)
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"shift": 2},
        {"shift": 1, "boundary": "mask"},
        {"shift": 2, "boundary": "reflect", "qkv_bias": False},
        {"boundary": "mask"},
        {"shift": 3, "heads": 1, "boundary": "zero"},
    ],
    ids=str,
)
@torch.no_grad()
def test_slowly(
    grid: tuple[int, int], options: dict[str, object], normal: Draw, drawn: Fill
) -> None:
    layer = drawn(WindowedAttention(4, **{"heads": 2, "window_size": 4, **options}).double())
    x = normal(2, 4, *grid, dtype=torch.float64)
    heard: list[tuple[Tensor, Place]] = []
    plain = layer(x)
    layer.tap.listeners.append(lambda _, weights, place: heard.append((whole(weights), place)))
    watched = layer(x)
    ((weights, place),) = heard
    assert (place.queries, place.keys) == (grid, grid)
    dense = place.dense(weights)
    for image in range(2):
        wanted, wanted_dense = slowly(layer, x[image])
        torch.testing.assert_close(plain[image], wanted, atol=1e-12, rtol=0)
        torch.testing.assert_close(watched[image], wanted, atol=1e-12, rtol=0)
        torch.testing.assert_close(dense[image], wanted_dense, atol=1e-12, rtol=0)
    torch.testing.assert_close(layer(x[:1])[0], plain[0], atol=1e-12, rtol=0)
