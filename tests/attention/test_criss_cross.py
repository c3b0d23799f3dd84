"""Criss-cross attention against loops over its equations."""

import itertools
import math

import pytest
import torch
from torch import Tensor

from saccade.attention import CrissCrossAttention, criss_cross_attention
from saccade.attention.criss_cross import criss_cross_index
from saccade.attention.place import Place
from saccade.errors import ConfigError, ShapeError

SHAPES = [(2, 4, 3, 5), (1, 4, 1, 6), (1, 4, 6, 1), (1, 4, 1, 1), (2, 4, 2, 3, 4), (1, 4, 1, 3, 2)]


def test_by_hand() -> None:
    # 2x2 map, all queries 1, keys [[ln 2, 0], [ln 3, ln 5]]: position (0, 0) reads (1, 0), then
    # (0, 0) and (0, 1) of its row: e to the keys is 3, 2, 1, of 6. Values [[6, 12], [18, 24]].
    keys = torch.tensor([[math.log(2), 0.0], [math.log(3), math.log(5)]]).view(1, 2, 2, 1)
    values = torch.tensor([[6.0, 12.0], [18.0, 24.0]]).view(1, 2, 2, 1)
    output, weights = criss_cross_attention(torch.ones_like(keys), keys, values)
    torch.testing.assert_close(weights[0, 0], torch.tensor([3.0, 2.0, 1.0]) / 6)
    torch.testing.assert_close(output[0, 0, 0, 0], torch.tensor((3 * 18.0 + 2 * 6 + 1 * 12) / 6))
    assert criss_cross_index((2, 2)).tolist() == [[2, 0, 1], [3, 0, 1], [0, 2, 3], [1, 2, 3]]


def cross(place: tuple[int, ...], grid: tuple[int, ...]) -> list[tuple[int, ...]]:
    """Positions that one position reads: its lines without itself, its row with itself last."""
    found = []
    for axis, size in enumerate(grid):
        for position in range(size):
            if position != place[axis] or axis == len(grid) - 1:
                found.append((*place[:axis], position, *place[axis + 1 :]))
    return found


def project(layer: torch.nn.Module, column: Tensor) -> Tensor:
    return layer.weight.flatten(1) @ column + layer.bias


def slowly(layer: CrissCrossAttention, x: Tensor) -> tuple[Tensor, list[Tensor]]:
    """One image (c ..), pass by pass and position by position."""
    grid = tuple(x.shape[1:])
    places = list(itertools.product(*map(range, grid)))
    maps = []
    for _ in range(layer.recurrence):
        columns = {place: x[(slice(None), *place)] for place in places}
        rows, weights = [], []
        for place in places:
            query = project(layer.query_conv, columns[place])
            scores = [
                sum(
                    q * k for q, k in zip(query, project(layer.key_conv, columns[key]), strict=True)
                )
                for key in cross(place, grid)
            ]
            share = [math.exp(score) for score in scores]
            weights.append(torch.tensor([one / sum(share) for one in share], dtype=x.dtype))
            mixed = sum(
                weight * project(layer.value_conv, columns[key])
                for weight, key in zip(weights[-1], cross(place, grid), strict=True)
            )
            rows.append(layer.gamma * mixed + columns[place])
        x = torch.stack(rows, 1).view(-1, *grid)
        maps.append(torch.stack(weights))
    return x, maps


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("recurrence", [1, 2, 3])
@torch.no_grad()
def test_slowly(drawn, normal, shape: tuple[int, ...], recurrence: int) -> None:
    layer = CrissCrossAttention(4, reduction=2, recurrence=recurrence, dims=len(shape) - 2)
    layer, seen = drawn(layer.double()), []
    x = normal(*shape, dtype=torch.float64)
    alone = layer(x)
    layer.tap.listeners.append(lambda _, weights, place: seen.append((weights, place)))
    watched, (weights, place) = layer(x), seen[0]
    assert isinstance(place, Place)
    grid = shape[2:]
    positions = [[flat(key, grid) for key in cross(one, grid)] for one in places(grid)]
    assert place.queries == place.keys == grid
    assert place.index.tolist() == positions
    for image in range(shape[0]):
        expected, maps = slowly(layer, x[image])
        torch.testing.assert_close(alone[image], expected, atol=1e-12, rtol=0)
        torch.testing.assert_close(watched[image], expected, atol=1e-12, rtol=0)
        torch.testing.assert_close(weights[image], torch.stack(maps), atol=1e-12, rtol=0)


def places(grid: tuple[int, ...]) -> list[tuple[int, ...]]:
    return list(itertools.product(*map(range, grid)))


def flat(place: tuple[int, ...], grid: tuple[int, ...]) -> int:
    return places(grid).index(place)


def test_parameters() -> None:
    sizes = {channels: CrissCrossAttention(channels) for channels in (64, 512)}
    counts = {c: sum(p.numel() for p in layer.parameters()) for c, layer in sizes.items()}
    assert counts == {64: 5_201, 512: 328_321}
    convolutions = [f"{name}_conv" for name in ("query", "key", "value")]
    names = {f"{one}.{part}" for one in convolutions for part in ("weight", "bias")}
    assert set(sizes[64].state_dict()) == names | {"gamma"}


@pytest.mark.parametrize("shape", SHAPES)
def test_it_starts_as_the_identity(normal, shape: tuple[int, ...]) -> None:
    x = normal(*shape)
    torch.testing.assert_close(CrissCrossAttention(4, dims=len(shape) - 2)(x), x, atol=0, rtol=0)


@pytest.mark.parametrize(("recurrence", "reached"), [(1, 15), (2, 63)])
def test_how_far_a_position_reads(drawn, normal, recurrence: int, reached: int) -> None:
    layer = drawn(CrissCrossAttention(4, reduction=2, recurrence=recurrence).double())
    x = normal(1, 4, 7, 9, dtype=torch.float64).requires_grad_()
    layer(x)[0, :, 2, 3].square().sum().backward()
    assert int((x.grad.abs().sum(1) > 0).sum()) == reached


def test_the_transposed_map_gives_the_transposed_answer(drawn, normal) -> None:
    layer, x = drawn(CrissCrossAttention(4, reduction=2)), normal(1, 4, 3, 5)
    torch.testing.assert_close(layer(x.mT), layer(x).mT, atol=1e-6, rtol=0)


def test_errors() -> None:
    with pytest.raises(ConfigError) as error:
        CrissCrossAttention(64, dims=1)
    assert str(error.value) == "expected dims 2 or 3, got 1; try dims=2 for images"
    with pytest.raises(ConfigError, match="expected positive channels, reduction and recurrence"):
        CrissCrossAttention(64, recurrence=0)
    with pytest.raises(ShapeError, match=r"the feature map as \(b c h w\), c=64"):
        CrissCrossAttention(64)(torch.zeros(1, 32, 4, 4))
