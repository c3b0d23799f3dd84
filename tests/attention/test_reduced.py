"""Spatial-reduction attention."""

import math
from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from saccade.attention import ReducedAttention, reduced_attention
from saccade.attention.place import Place
from saccade.attention.reading import whole

Draw = Callable[..., Tensor]
Fill = Callable[..., nn.Module]


def test_by_hand() -> None:
    # One query of 2 features, scores 0 and ln 3 after the division by sqrt(2).
    q = torch.tensor([[[[math.sqrt(2), 0.0]]]])
    k = torch.tensor([[[[0.0, 5.0], [math.log(3), 7.0]]]])
    v = torch.tensor([[[[4.0], [8.0]]]])
    out, weights = reduced_attention(q, k, v)
    torch.testing.assert_close(weights.flatten(), torch.tensor([0.25, 0.75]))
    assert out.item() == pytest.approx(7)


def coarse_slowly(layer: ReducedAttention, x: Tensor) -> Tensor:
    """The tokens (h' w' c) that are read, from one map (c h w)."""
    if layer.sr is None:
        return x.movedim(0, -1)
    side = layer.reduction
    if layer.linear:
        height, width = x.shape[1:]
        spans = [
            [(n * size // 7, -(-(n + 1) * size // 7)) for n in range(7)] for size in (height, width)
        ]
        cells = [[x[:, a:b, c:d].flatten(1).mean(1) for c, d in spans[1]] for a, b in spans[0]]
        x = torch.stack([torch.stack(row, 1) for row in cells], 1)
    rows = []
    for y in range(x.shape[1] // side):
        row = []
        for z in range(x.shape[2] // side):
            square = x[:, y * side : (y + 1) * side, z * side : (z + 1) * side]
            token = (layer.sr.weight * square).sum((1, 2, 3)) + layer.sr.bias
            spread = ((token - token.mean()).square().mean() + 1e-5).sqrt()
            token = (token - token.mean()) / spread * layer.norm.weight + layer.norm.bias
            row.append(F.gelu(token) if layer.linear else token)
        rows.append(torch.stack(row))
    return torch.stack(rows)


def slowly(layer: ReducedAttention, x: Tensor) -> Tensor:
    """One image (c h w), position by position: eq. 1 to 3 of the paper."""
    channels, height, width = x.shape
    d = channels // layer.heads
    tokens = coarse_slowly(layer, x).reshape(-1, channels)
    memory = [layer.kv.weight @ token + layer.kv.bias for token in tokens]
    out = torch.zeros_like(x)
    for y in range(height):
        for z in range(width):
            q, mixed = layer.q.weight @ x[:, y, z] + layer.q.bias, []
            for head in range(layer.heads):
                part = slice(head * d, (head + 1) * d)
                scores = [math.exp(float(q[part] @ both[part]) / d**0.5) for both in memory]
                values = [both[channels:][part] for both in memory]
                mixed.append(
                    sum(s / sum(scores) * value for s, value in zip(scores, values, strict=True))
                )
            out[:, y, z] = layer.proj.weight @ torch.cat(mixed) + layer.proj.bias
    return out


@pytest.mark.parametrize(
    ("grid", "options", "keys"),
    [
        ((4, 6), {}, (2, 3)),
        ((5, 7), {}, (2, 3)),
        ((5, 7), {"reduction": 3, "heads": 1}, (1, 2)),
        ((3, 4), {"reduction": 1}, (3, 4)),
        ((1, 5), {"reduction": 1}, (1, 5)),
        ((9, 8), {"linear": True}, (7, 7)),
        ((1, 5), {"linear": True}, (7, 7)),
    ],
    ids=str,
)
@torch.no_grad()
def test_slowly(
    grid: tuple[int, int],
    options: dict[str, object],
    keys: tuple[int, int],
    normal: Draw,
    drawn: Fill,
) -> None:
    layer = drawn(ReducedAttention(4, **{"heads": 2, **options}).double())
    x = normal(2, 4, *grid, dtype=torch.float64)
    heard: list[tuple[Tensor, Place]] = []
    plain = layer(x)
    layer.tap.listeners.append(lambda _, weights, place: heard.append((whole(weights), place)))
    watched = layer(x)
    ((weights, place),) = heard
    assert (place.queries, place.keys, place.index) == (grid, keys, None)
    assert weights.shape == (2, layer.heads, grid[0] * grid[1], keys[0] * keys[1])
    for image in range(2):
        wanted = slowly(layer, x[image])
        torch.testing.assert_close(plain[image], wanted, atol=1e-12, rtol=0)
        torch.testing.assert_close(watched[image], wanted, atol=1e-12, rtol=0)
    torch.testing.assert_close(layer(x[:1])[0], plain[0], atol=1e-12, rtol=0)
