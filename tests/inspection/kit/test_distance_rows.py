"""Attention distance of some queries at a time."""

import pytest
import torch

from saccade.errors import ConfigError, ShapeError
from saccade.inspection.kit.distance import attention_distance, patch_distances, row_distances
from saccade.layers import TokenLayout

LAYOUT = TokenLayout(("cls", "dist"), (2, 3), (4, 5))


@pytest.mark.parametrize("renormalize", [False, True])
def test_chunks_of_queries_are_the_whole(normal, renormalize: bool) -> None:
    attention = normal(2, 3, 8, 8).softmax(-1)
    whole = attention_distance(attention, LAYOUT, renormalize=renormalize)
    parts = [
        row_distances(attention[..., list(some), :], some, LAYOUT, renormalize=renormalize)
        for some in (range(2, 4), range(4, 8))
    ]
    torch.testing.assert_close(torch.cat(parts, dim=-1).mean(-1), whole)


def test_by_hand() -> None:
    # The patch at (1, 2) reads the class token by half, itself by .3, the one above by .2: 0.8 px.
    rows = torch.tensor([[0.5, 0.0, 0.0, 0.0, 0.2, 0.0, 0.0, 0.3]])
    torch.testing.assert_close(row_distances(rows, [7], LAYOUT), torch.tensor([0.8]))
    torch.testing.assert_close(
        row_distances(rows, [7], LAYOUT, renormalize=True), torch.tensor([1.6])
    )


@pytest.mark.parametrize("renormalize", [False, True])
@pytest.mark.parametrize(
    ("side", "patch", "pixels"), [(14, 16, 116.4922), (7, 32, 115.5029), (24, 16, 200.0480)]
)
def test_uniform_attention(side: int, patch: int, pixels: float, renormalize: bool) -> None:
    layout = TokenLayout((), (side, side), (patch, patch))
    total, step = 0.0, layout.tokens // 4
    for start in range(0, layout.tokens, step):
        queries = range(start, min(start + step, layout.tokens))
        rows = torch.full((len(queries), layout.tokens), 1 / layout.tokens)
        total += float(row_distances(rows, queries, layout, renormalize=renormalize).sum())
    assert total / layout.tokens == pytest.approx(pixels, abs=1e-3)


def test_distances_of_some_patches() -> None:
    whole = patch_distances(LAYOUT)
    assert torch.equal(patch_distances(LAYOUT, queries=torch.tensor([4, 0])), whole[[4, 0]])


def test_errors() -> None:
    rows = torch.zeros(2, 8)
    with pytest.raises(ShapeError, match=r"1 rows over 8 tokens as \(... q j\), got \(2, 8\)"):
        row_distances(rows, [3], LAYOUT)
    with pytest.raises(ConfigError, match="queries that are patches, from 2 to 7, got 1"):
        row_distances(rows, [3, 1], LAYOUT)
