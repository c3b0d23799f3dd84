"""Passes in a row as one map."""

import pytest
import torch
from torch import Tensor

from saccade.attention.place import Place
from saccade.errors import ShapeError
from saccade.inspection import composition
from saccade.inspection.composition import compose


def test_by_hand() -> None:
    # Position 0 reads 0.2 of itself and 0.8 of position 1 in the second pass. In the first pass
    # 0 read only itself and 1 half of each: 0.2·[1 0] + 0.8·[.5 .5] = [.6 .4].
    passes = torch.tensor([[[1.0, 0.0], [0.5, 0.5]], [[0.2, 0.8], [0.0, 1.0]]])
    composed = compose(passes[None], Place((1, 2), (1, 2)))
    torch.testing.assert_close(composed, torch.tensor([[[0.6, 0.4], [0.5, 0.5]]]))


def windows() -> Place:
    """Five positions in a row that read three of them each; -1 is outside."""
    index = torch.tensor([[-1, 0, 1], [0, 1, 2], [1, 2, 3], [2, 3, 4], [3, 4, -1]])
    return Place((1, 5), (1, 5), index)


def slowly(weights: Tensor, place: Place) -> Tensor:
    """Follow every chain of readings of one image (r i j), one after the other."""
    passes, count, keys = weights.shape
    result = torch.zeros(count, count, dtype=weights.dtype)

    def follow(origin: int, here: int, remaining: int, share: Tensor) -> None:
        if remaining == 0:
            result[origin, here] += share
            return
        for j in range(keys):
            there = j if place.index is None else int(place.index[here, j])
            if there >= 0:
                follow(origin, there, remaining - 1, share * weights[remaining - 1, here, j])

    for origin in range(count):
        follow(origin, origin, passes, torch.ones((), dtype=weights.dtype))
    return result


@pytest.mark.parametrize("passes", [1, 2, 3])
@pytest.mark.parametrize("place", [windows(), Place((5,), (5,))], ids=["windows", "dense"])
@pytest.mark.parametrize("block", [1, 1 << 24])
def test_slowly(normal, monkeypatch, passes: int, place: Place, block: int) -> None:
    monkeypatch.setattr(composition, "_BLOCK", block)
    keys = 5 if place.index is None else 3
    weights = normal(2, passes, 5, keys, dtype=torch.float64)
    before = weights.clone()
    composed = compose(weights, place)
    for image in range(2):
        expected = slowly(weights[image], place)
        torch.testing.assert_close(composed[image], expected, atol=1e-12, rtol=0)
    torch.testing.assert_close(weights, before, atol=0, rtol=0)


def test_some_queries_are_rows_of_all(normal) -> None:
    weights = normal(2, 3, 5, 3, dtype=torch.float64)
    whole, some = compose(weights, windows()), compose(weights, windows(), queries=[4, 0])
    torch.testing.assert_close(some, whole[:, [4, 0]], atol=1e-12, rtol=0)


def test_rows_that_sum_to_one_still_do(normal) -> None:
    weights = normal(1, 3, 6, 6).softmax(-1)
    composed = compose(weights, Place((2, 3), (2, 3)))
    torch.testing.assert_close(composed.sum(-1), torch.ones(1, 6))


def test_what_does_not_fit_is_explained(normal) -> None:
    with pytest.raises(ShapeError) as error:
        compose(normal(1, 2, 4, 3), windows())
    assert str(error.value) == (
        "expected maps of the passes as (b r 5 3), got (1, 2, 4, 3); "
        "try the weights and the place of one layer"
    )
    with pytest.raises(ShapeError, match="a place whose queries and keys lie on one grid"):
        compose(normal(1, 2, 4, 2), Place((2, 2), (1, 2)))
    with pytest.raises(ShapeError, match="expected queries from 0 to 4, got 5"):
        compose(normal(1, 2, 5, 3), windows(), queries=[5])
