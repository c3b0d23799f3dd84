"""What every reading promises, for maps that a model made itself."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from saccade.attention.reading import Reading, Whole, fine, whole, within
from saccade.errors import ShapeError

Draw = Callable[..., Tensor]


@pytest.fixture
def weights(normal: Draw) -> Tensor:
    """Two images, three heads, four queries, five keys; one weight is 0."""
    made = normal(2, 3, 4, 5).softmax(-1)
    made[0, 0, 0] = torch.tensor([1.0, 0.0, 0.0, 0.0, 0.0])
    return made


def test_the_map_is_what_it_was(weights: Tensor) -> None:
    reading = Whole(weights)
    assert reading.shape == (2, 3, 4, 5)
    assert torch.equal(reading.rows(), weights)
    assert torch.equal(reading.image(1).rows(), weights[1:])
    assert torch.equal(whole(reading), weights)
    assert whole(weights) is weights
    # There is no kernel to compare with, and nothing that would be lighter than the weights.
    assert (reading.dtype, reading.error(weights * 2), reading.light(), reading.bytes) == (
        None,
        0.0,
        None,
        0,
    )


@pytest.mark.parametrize("queries", [None, [0], [-1], [3, 1], [2, 2, -2], range(1, 3), []])
@pytest.mark.parametrize("heads", [None, [2], [-3], [1, 1, 0], []])
def test_some_rows(weights: Tensor, queries, heads) -> None:
    wanted = weights if heads is None else weights[:, list(heads)]
    wanted = wanted if queries is None else wanted[:, :, list(queries)]
    assert torch.equal(Whole(weights).rows(queries, heads), wanted)


@pytest.mark.parametrize("most", [0, 1, 14, 15, 29, 30, 59, 60, 1000])
def test_chunks(weights: Tensor, most: int) -> None:
    parts, before = [], (0, 0)
    for image, first, rows, logs in Whole(weights).chunks(most=most):
        assert (image, first) == before
        parts.append(rows)
        assert rows.shape[::2] == (3, 5)
        assert rows.numel() <= max(most, 15)  # at least one row of each head
        lowest = torch.finfo(torch.float32).min
        torch.testing.assert_close(logs, rows.log().clamp_min(lowest), atol=0, rtol=0)
        assert torch.isfinite(rows * logs).all()
        end = first + rows.shape[1]
        before = (image, end) if end < 4 else (image + 1, 0)
    assert before == (2, 0)
    halves = torch.cat(parts, 1).reshape(3, 2, 4, 5).transpose(0, 1)
    assert torch.equal(halves, weights)


@pytest.mark.parametrize("shape", [(0, 2, 3, 4), (1, 2, 0, 4), (2, 0, 3, 4), (2, 2, 3, 0)])
def test_maps_of_nothing(shape: tuple[int, int, int, int]) -> None:
    reading: Reading = Whole(torch.zeros(shape))
    found = [rows for _, _, rows, _ in reading.chunks(most=5)]
    assert sum(rows.numel() for rows in found) == 0
    assert reading.rows().shape == shape


def test_half_precision_is_made_finer(weights: Tensor) -> None:
    for dtype in (torch.float16, torch.bfloat16):
        assert Whole(weights.to(dtype)).rows([0], [1]).dtype == torch.float32
    assert Whole(weights.double()).rows().dtype == torch.float64
    assert fine(weights) is weights


def test_numbers_that_are_not_there() -> None:
    assert within(None, 3, "queries") is None
    assert within([], 0, "queries") == []
    assert within((-3, 2, -1), 3, "queries") == [0, 2, 2]
    for wrong in (3, -4):
        sentence = rf"^expected queries from 0 to 2, got {wrong}; try queries=\[0\]$"
        with pytest.raises(ShapeError, match=sentence):
            within([0, wrong], 3, "queries")
    with pytest.raises(ShapeError, match=r"^expected heads from 0 to 2, got 7; try"):
        Whole(torch.zeros(1, 3, 2, 2)).rows(heads=[7])
    with pytest.raises(ShapeError, match=r"^expected queries from 0 to 1, got 2; try"):
        Whole(torch.zeros(1, 3, 2, 2)).rows([2])
