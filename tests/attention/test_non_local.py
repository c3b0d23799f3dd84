"""The non-local block against loops over its equations."""

import itertools
import math

import pytest
import torch
from torch import Tensor

from saccade.attention import NonLocal, non_local_attention
from saccade.attention.place import Place

SIMILARITIES = ("embedded_gaussian", "gaussian", "dot_product", "concatenation")
GRIDS = {1: (5,), 2: (3, 5), 3: (2, 3, 5)}


def test_by_hand() -> None:
    # Products 1·ln 3 and 1·0; e to them is 3 and 1, so 3/4·4 + 1/4·8 = 5. Divided by two keys
    # instead: (ln 3·4 + 0·8) / 2. Concatenated with w_f = (2, -1): relu(2 - ln 3) = 2 - ln 3 and
    # relu(2 - 0) = 2, so ((2 - ln 3)·4 + 2·8) / 2.
    queries, keys = torch.tensor([[[1.0]]]), torch.tensor([[[math.log(3)], [0.0]]])
    values, score = torch.tensor([[[4.0], [8.0]]]), torch.tensor([2.0, -1.0])
    expected = {
        "embedded_gaussian": 5.0,
        "gaussian": 5.0,
        "dot_product": 2 * math.log(3),
        "concatenation": 12 - 2 * math.log(3),
    }
    for similarity, answer in expected.items():
        output, _ = non_local_attention(
            queries,
            keys,
            values,
            similarity=similarity,
            score=score if "con" in similarity else None,
        )
        torch.testing.assert_close(output, torch.tensor([[[answer]]]))


def conv(layer: torch.nn.Module | None, column: Tensor) -> Tensor:
    """A convolution of one position (c) by its weight (d c 1 ..)."""
    if layer is None:
        return column
    rows = [
        sum(w * x for w, x in zip(row.flatten(), column, strict=True)) + bias
        for row, bias in zip(layer.weight, layer.bias, strict=True)
    ]
    return torch.stack(rows)


def pooled(columns: dict, grid: tuple[int, ...], dims: int) -> dict:
    """The largest number of each channel in windows of 2 in space; an odd rest is left out."""
    window = [1 if dims == 3 and axis == 0 else min(2, grid[axis]) for axis in range(dims)]
    small = [range(size // side) for size, side in zip(grid, window, strict=True)]
    answer = {}
    for place in itertools.product(*small):
        inside = itertools.product(
            *(range(p * side, (p + 1) * side) for p, side in zip(place, window, strict=True))
        )
        answer[place] = torch.stack([columns[one] for one in inside]).amax(0)
    return answer


def reads(query: tuple[int, ...], key: tuple[int, ...], span: str) -> bool:
    """Whether a key is within the span of a query."""
    return (
        span == "spacetime"
        or (span == "space" and query[0] == key[0])
        or (span == "time" and query[1:] == key[1:])
    )


def similar(block: NonLocal, theta: Tensor, phi: Tensor, scale: bool) -> Tensor:
    """f of one pair, not yet normalised."""
    if block.similarity == "concatenation":
        return sum(w * x for w, x in zip(block.w_f, torch.cat([theta, phi]), strict=True)).relu()
    product = sum(a * b for a, b in zip(theta, phi, strict=True))
    if block.similarity == "dot_product":
        return product
    return (product * len(theta) ** -0.5 if scale else product).exp()


def slowly(block: NonLocal, x: Tensor, scale: bool) -> tuple[Tensor, Tensor]:
    """One image (c ..): what is read at each position, and the weights over all (pooled) keys."""
    grid = tuple(x.shape[1:])
    columns = {place: x[(slice(None), *place)] for place in itertools.product(*map(range, grid))}
    source = pooled(columns, grid, block.dims) if block.pool == "before" else columns
    phi = {place: conv(block.phi, column) for place, column in source.items()}
    g = {place: conv(block.g, column) for place, column in source.items()}
    if block.pool == "after":
        phi, g = pooled(phi, grid, block.dims), pooled(g, grid, block.dims)
    rows, maps = [], []
    for place, column in columns.items():
        theta, zero = conv(block.theta, column), column.new_zeros(())
        row = [
            similar(block, theta, phi[key], scale) if reads(place, key, block.span) else zero
            for key in phi
        ]
        softmax = block.similarity.endswith("gaussian")
        total = sum(row) if softmax else sum(reads(place, key, block.span) for key in phi)
        maps.append(torch.stack([one / total for one in row]))
        rows.append(sum(weight * g[key] for weight, key in zip(maps[-1], g, strict=True)))
    return torch.stack(rows, 1).view(-1, *grid), torch.stack(maps)


OPTIONS = [
    *itertools.product(SIMILARITIES, (1, 2, 3), ("none", "after", "before"), ("spacetime",)),
    *((similarity, 3, "none", span) for similarity in SIMILARITIES for span in ("space", "time")),
    *(
        (similarity, 3, pool, "space")
        for similarity in SIMILARITIES
        for pool in ("after", "before")
    ),
]


@pytest.mark.parametrize(
    ("similarity", "dims", "pool", "span"),
    [
        pytest.param(*options, marks=() if "none" in options else pytest.mark.slow)
        if options[0] != "gaussian"
        else options
        for options in OPTIONS
    ],
)
@torch.no_grad()
def test_slowly(drawn, normal, similarity: str, dims: int, pool: str, span: str) -> None:
    scale = similarity.endswith("gaussian") and pool == "before"
    block = NonLocal(
        3, hidden=2, similarity=similarity, dims=dims, pool=pool, scale=scale, span=span, norm=False
    )
    block = drawn(block.double(), std=0.5)
    x = normal(2, 3, *GRIDS[dims], dtype=torch.float64)
    seen: list[tuple[Tensor, Place]] = []
    fused = block(x)
    block.tap.listeners.append(lambda _, weights, place: seen.append((weights, place)))
    watched, (weights, place) = block(x), seen[0]
    assert place.queries == GRIDS[dims]
    for image in range(2):
        read, map_ = slowly(block, x[image], scale)
        expected = x[image] + block.w_z(read[None])[0]
        torch.testing.assert_close(fused[image], expected, atol=1e-12, rtol=0)
        torch.testing.assert_close(watched[image], expected, atol=1e-12, rtol=0)
        torch.testing.assert_close(place.dense(weights)[image], map_, atol=1e-12, rtol=0)
