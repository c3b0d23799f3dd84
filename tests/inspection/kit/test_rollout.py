"""Attention rollout."""

import itertools

import pytest
import torch
from torch import Tensor

from saccade.errors import ConfigError, ShapeError
from saccade.inspection import rollout, to_grid
from saccade.layers import TokenLayout

FIRST = torch.tensor([[0.2, 0.8], [0.6, 0.4]])
SECOND = torch.tensor([[1.0, 0.0], [0.5, 0.5]])


def test_by_hand() -> None:
    # Half of each layer plus half the identity: [[.6 .4] [.3 .7]], then [[1 0] [.25 .75]].
    # The second times the first: [[.6 .4] [.25·.6+.75·.3  .25·.4+.75·.7]].
    joined = rollout(torch.stack([FIRST, SECOND])[None, :, None])
    torch.testing.assert_close(joined, torch.tensor([[[0.6, 0.4], [0.375, 0.625]]]))
    last = rollout(torch.stack([FIRST, SECOND])[None, :, None], start_layer=1)
    torch.testing.assert_close(last, torch.tensor([[[1.0, 0.0], [0.25, 0.75]]]))


def test_fusing_by_the_largest_divides_each_row_by_its_own_sum() -> None:
    # max = [[1 .8] [.6 .5]]; mixed = [[1 .4] [.3 .75]]; row sums 1.4 and 1.05.
    heads = torch.stack([FIRST, torch.tensor([[1.0, 0.0], [0.5, 0.5]])])[None, None]
    expected = torch.tensor([[[1 / 1.4, 0.4 / 1.4], [0.3 / 1.05, 0.75 / 1.05]]])
    torch.testing.assert_close(rollout(heads, head_fusion="max"), expected)


def slowly(attention: Tensor, fusion: str, ratio: float, keep: int, residual: float) -> Tensor:
    """One image (layer heads i j), entry by entry."""
    depth, heads, n, _ = attention.shape
    joined = [[float(i == j) for j in range(n)] for i in range(n)]
    fuse = {"mean": lambda x: sum(x) / heads, "max": max, "min": min}[fusion]
    for layer in range(depth):
        entry = {
            (i, j): fuse([float(attention[layer, h, i, j]) for h in range(heads)])
            for i, j in itertools.product(range(n), range(n))
        }
        loose = [place for place in entry if place[1] >= keep]
        loose.sort(key=lambda place: (entry[place], [-x for x in place]))
        for place in loose[: int(n * n * ratio)]:
            entry[place] = 0.0
        rows = []
        for i in range(n):
            row = [(1 - residual) * entry[i, j] + residual * (i == j) for j in range(n)]
            rows.append([x / sum(row) for x in row])
        joined = [
            [sum(rows[i][k] * joined[k][j] for k in range(n)) for j in range(n)] for i in range(n)
        ]
    return torch.tensor(joined, dtype=attention.dtype)


@pytest.mark.parametrize("fusion", ["mean", "max", "min"])
@pytest.mark.parametrize(("ratio", "keep"), [(0.0, 1), (0.5, 1), (0.9, 1), (0.9, 0), (0.99, 2)])
@pytest.mark.parametrize("residual", [0.5, 0.2])
def test_slowly(normal, fusion: str, ratio: float, keep: int, residual: float) -> None:
    attention = normal(2, 3, 2, 5, 5, dtype=torch.float64).softmax(-1)
    options = {"head_fusion": fusion, "discard_ratio": ratio, "keep": keep, "residual": residual}
    joined = rollout(attention, **options)
    torch.testing.assert_close(joined.sum(-1), torch.ones(2, 5, dtype=torch.float64))
    for image, fast in zip(attention, joined, strict=True):
        torch.testing.assert_close(fast, slowly(image, fusion, ratio, keep, residual))


def test_among_equal_entries_the_later_go_first() -> None:
    # Nine entries of 1/3, none kept: int(9·0.4) = 3 go, which is the last row.
    joined = rollout(torch.full((1, 1, 1, 3, 3), 1 / 3), discard_ratio=0.4, keep=0)
    expected = torch.tensor([[2 / 3, 1 / 6, 1 / 6], [1 / 6, 2 / 3, 1 / 6], [0, 0, 1]])
    torch.testing.assert_close(joined[0], expected)


def test_rows_that_are_kept() -> None:
    # Of three rows of 1/3 the last two may go: int(9 · 0.6) = 5, and the first row stays whole.
    options = {"discard_ratio": 0.6, "keep": 0, "keep_rows": 1}
    joined = rollout(torch.full((1, 1, 1, 3, 3), 1 / 3), **options)
    expected = torch.tensor([[2 / 3, 1 / 6, 1 / 6], [1 / 4, 3 / 4, 0], [0, 0, 1]])
    torch.testing.assert_close(joined[0], expected)


def test_identical_layers_of_identity_stay_the_identity() -> None:
    attention = torch.eye(4).expand(1, 6, 2, 4, 4)
    torch.testing.assert_close(rollout(attention)[0], torch.eye(4))


def test_to_grid() -> None:
    layout = TokenLayout(("cls", "dist"), (2, 2), (4, 4))
    rows = torch.arange(36.0).reshape(1, 6, 6)
    torch.testing.assert_close(to_grid(rows, layout), torch.tensor([[[2.0, 3], [4, 5]]]))
    torch.testing.assert_close(to_grid(rows, layout, query=1), torch.tensor([[[8.0, 9], [10, 11]]]))
    assert torch.equal(
        to_grid(rows, TokenLayout(("dist", "cls"), (2, 2), (4, 4)))[0, 0, 0], rows[0, 1, 2]
    )
    registers = TokenLayout(("reg0", "reg1"), (2, 2), (4, 4))
    torch.testing.assert_close(to_grid(rows, registers), rows[:, 2:, 2:].mean(1).reshape(1, 2, 2))
    bare = TokenLayout((), (2, 3), (4, 4))
    torch.testing.assert_close(to_grid(rows, bare), rows.mean(1).reshape(1, 2, 3))
    torch.testing.assert_close(to_grid(rows, bare, query=0), rows[:, 0].reshape(1, 2, 3))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"head_fusion": "median"}, "head_fusion mean, max or min, got 'median'; try mean"),
        ({"discard_ratio": 1.0}, r"discard_ratio in \[0, 1\), got 1.0"),
        ({"residual": 0.0}, r"residual in \(0, 1\), got 0.0"),
        ({"start_layer": 2}, "start_layer from 0 to 1, got 2"),
        ({"start_layer": -1}, "start_layer from 0 to 1, got -1"),
        ({"keep": -1}, "keep from 0 to 3, got -1"),
        ({"keep_rows": 4}, "keep_rows from 0 to 3, got 4"),
    ],
)
def test_options_out_of_range(options: dict[str, object], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        rollout(torch.eye(3).expand(1, 2, 1, 3, 3), **options)


def test_maps_that_are_not_square() -> None:
    with pytest.raises(ShapeError, match=r"the attention as \(b t heads i j\)"):
        rollout(torch.zeros(1, 2, 1, 3, 4))


@pytest.mark.parametrize("query", [-1, 4])
def test_a_query_that_is_no_token(query: int) -> None:
    with pytest.raises(ConfigError, match=f"a query token from 0 to 3, got {query}"):
        to_grid(torch.zeros(1, 4, 4), TokenLayout((), (2, 2), (4, 4)), query=query)
