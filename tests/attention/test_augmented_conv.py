"""Attention-augmented convolution: the mathematics."""

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from saccade.attention import attention_channels, augmented_attention
from saccade.attention.augmented_conv import relative_logits, resize_table

Draw = Callable[..., Tensor]
GRIDS = [(3, 5), (4, 2), (1, 5), (5, 1), (1, 1), (4, 4)]


def attend_slowly(
    q: Tensor, k: Tensor, v: Tensor, rows: Tensor, columns: Tensor
) -> tuple[Tensor, Tensor]:
    """One image and head, (h w d) each, position by position: eq. 2 to 4 of the paper."""
    height, width, features = q.shape
    places = [(y, x) for y in range(height) for x in range(width)]
    weights = q.new_zeros(len(places), len(places))
    out = v.new_zeros(len(places), v.shape[2])
    for i, (iy, ix) in enumerate(places):
        scores = []
        for jy, jx in places:
            vertical = rows[jy - iy + height - 1]
            horizontal = columns[jx - ix + width - 1]
            both = k[jy, jx] + vertical + horizontal
            scores.append(math.exp(float(q[iy, ix] @ both) / features**0.5))
        for j, (jy, jx) in enumerate(places):
            weights[i, j] = scores[j] / sum(scores)
            out[i] += weights[i, j] * v[jy, jx]
    return out, weights


def draw(normal: Draw, grid: tuple[int, int], d: int = 3, v: int = 2) -> list[Tensor]:
    """Queries, keys, values of two images and heads, and the tables."""
    shapes = [(2, 2, *grid, d), (2, 2, *grid, d), (2, 2, *grid, v)]
    shapes += [(2 * grid[0] - 1, d), (2 * grid[1] - 1, d)]
    return [normal(*shape, dtype=torch.float64) for shape in shapes]


def test_by_hand() -> None:
    # A row of two positions, one feature. Queries are 1, keys 0; the column table holds ln 3 for
    # the distance -1 (key to the left) and 0 else. Position 0 reads itself and its right equally:
    # (2 + 6) / 2 = 4; position 1 reads its left three times as much as itself: (3·2 + 6) / 4 = 3.
    q, k = torch.ones(1, 1, 1, 2, 1), torch.zeros(1, 1, 1, 2, 1)
    v = torch.tensor([2.0, 6.0]).view(1, 1, 1, 2, 1)
    columns = torch.tensor([[math.log(3)], [0.0], [0.0]])
    out, weights = augmented_attention(q, k, v, torch.zeros(1, 1), columns)
    torch.testing.assert_close(weights[0, 0], torch.tensor([[0.5, 0.5], [0.75, 0.25]]))
    torch.testing.assert_close(out.flatten(), torch.tensor([4.0, 3.0]))


@pytest.mark.parametrize("grid", GRIDS, ids=str)
def test_slowly(normal: Draw, grid: tuple[int, int]) -> None:
    q, k, v, rows, columns = draw(normal, grid)
    out, weights = augmented_attention(q, k, v, rows, columns)
    for image in range(2):
        for head in range(2):
            one = (x[image, head] for x in (q, k, v))
            slow_out, slow_weights = attend_slowly(*one, rows, columns)
            torch.testing.assert_close(out[image, head], slow_out, atol=1e-12, rtol=0)
            torch.testing.assert_close(weights[image, head], slow_weights, atol=1e-12, rtol=0)


@pytest.mark.parametrize("grid", GRIDS, ids=str)
def test_relative_logits_by_direct_indexing(normal: Draw, grid: tuple[int, int]) -> None:
    q, _, _, rows, columns = draw(normal, grid)
    logits = relative_logits(q, rows, columns)
    height, width = grid
    for i in range(height * width):
        for j in range(height * width):
            (iy, ix), (jy, jx) = divmod(i, width), divmod(j, width)
            embedding = rows[jy - iy + height - 1] + columns[jx - ix + width - 1]
            wanted = q[:, :, iy, ix] @ embedding
            torch.testing.assert_close(logits[:, :, i, j], wanted, atol=1e-12, rtol=0)


def test_relative_logits_depend_on_the_distance_only(normal: Draw) -> None:
    q, _, _, rows, columns = draw(normal, (4, 5))
    logits = relative_logits(q[:, :, :1, :1].expand_as(q), rows, columns)
    maps = logits.view(2, 2, 4, 5, 4, 5)
    torch.testing.assert_close(maps[:, :, 1:, 1:, 1:, 1:], maps[:, :, :-1, :-1, :-1, :-1])


def test_without_positions_the_order_does_not_matter(normal: Draw) -> None:
    q, k, v, rows, columns = draw(normal, (2, 3))
    order = torch.tensor([4, 0, 5, 2, 1, 3])

    def moved(x: Tensor) -> Tensor:
        return x.flatten(2, 3)[:, :, order].view(x.shape)

    zeros = (torch.zeros_like(rows), torch.zeros_like(columns))
    plain = augmented_attention(q, k, v, *zeros)
    other = augmented_attention(moved(q), moved(k), moved(v), *zeros)
    torch.testing.assert_close(other.output, plain.output[:, :, order])
    torch.testing.assert_close(other.weights, plain.weights[:, :, order][..., order])
    other = augmented_attention(moved(q), moved(k), moved(v), rows, columns)
    assert (other.output - plain.output[:, :, order]).abs().max() > 0.01


@pytest.mark.parametrize(
    ("channels", "ratios", "wanted"),
    [  # dk is at least 20 for each of the 8 heads; v is cut down to whole heads
        (128, {}, (160, 8)),
        (256, {}, (160, 24)),
        (512, {}, (160, 48)),
        (1024, {}, (200, 96)),
        (160, {}, (160, 16)),
        (640, {}, (160, 64)),
        (64, {}, (160, 0)),
        (512, {"kappa": 0.25, "upsilon": 0.25}, (160, 128)),
        (512, {"kappa": 1, "upsilon": 1}, (512, 512)),
        (64, {"heads": 2, "min_head": 4}, (12, 6)),
    ],
)
def test_channels_by_the_ratios(
    channels: int, ratios: dict[str, float], wanted: tuple[int, int]
) -> None:
    assert attention_channels(channels, **ratios) == wanted


def test_stretching_a_table(normal: Draw) -> None:
    table = normal(7, 3)
    assert resize_table(table, 4) is table
    ramp = torch.linspace(-1, 1, 7)[:, None] * torch.tensor([1.0, -2.0])
    wanted = torch.linspace(-1, 1, 11)[:, None] * torch.tensor([1.0, -2.0])
    torch.testing.assert_close(resize_table(ramp, 6), wanted)
    for size in (1, 2, 9):
        stretched = resize_table(table, size)
        assert stretched.shape == (2 * size - 1, 3)
        if size > 1:  # the ends of the map stay its ends
            torch.testing.assert_close(stretched[[0, size - 1, -1]], table[[0, 3, -1]])
