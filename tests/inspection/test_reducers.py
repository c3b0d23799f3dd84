"""Numbers worked out a chunk at a time, against the plain functions on the whole weights."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from saccade.attention.place import Place
from saccade.attention.reading import Whole
from saccade.inspection.kit.distance import attention_distance, uniform_distance
from saccade.inspection.kit.entropy import row_entropies
from saccade.inspection.reducers import reducer_of
from saccade.layers import TokenLayout

Draw = Callable[..., Tensor]
LAYOUTS = [
    TokenLayout((), (3, 3), (4, 4)),
    TokenLayout(("cls",), (2, 5), (3, 4)),
    TokenLayout(("cls", "dist"), (4, 2), (5, 2)),
    TokenLayout(("cls", "reg0", "reg1", "reg2", "reg3"), (1, 4), (2, 8)),
]
CHUNKS = [1, 30, 64, 100_000]


def ran(name: str, weights: Tensor, about: tuple, most: int) -> Tensor | None:
    """A reducer that is shown a map in chunks."""
    reading = Whole(weights)
    reducer = reducer_of(name, reading, about)
    if reducer is None:
        return None
    for image, first, rows, logs in reading.chunks(most=most):
        reducer.see(image, first, rows, logs)
    return reducer.result()


def drawn_map(normal: Draw, tokens: int, dtype: torch.dtype = torch.float32) -> Tensor:
    weights = (3 * normal(3, 2, tokens, tokens)).softmax(-1)
    weights[0, 1, 2] = torch.eye(tokens)[1]  # a row on one key, so that other weights are 0
    weights[2, 0, 0] = 0.0  # a query that may read nothing
    return weights.to(dtype)


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: str(len(layout.prefix)))
@pytest.mark.parametrize("most", CHUNKS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_tokens(normal: Draw, layout: TokenLayout, most: int, dtype: torch.dtype) -> None:
    weights = drawn_map(normal, layout.tokens, dtype)
    about, whole = (layout, None, layout.img_size), weights.double()
    wanted = {
        "mean": whole.mean(1),
        "entropy": row_entropies(whole).mean(-1),
        "sinks": whole.mean((1, 2)),
        "distance": attention_distance(whole.float(), layout).double(),
    }
    for name, numbers in wanted.items():
        found = ran(name, weights, about, most)
        torch.testing.assert_close(found.double(), numbers, atol=2e-5, rtol=1e-5)


@pytest.mark.parametrize("most", CHUNKS)
def test_positions_that_read_all_others(normal: Draw, most: int) -> None:
    place = Place((2, 3), (2, 3))
    weights = drawn_map(normal, 6)
    found = ran("distance", weights, (None, place, (8, 12)), most)
    wanted = attention_distance(weights, TokenLayout((), (2, 3), (4, 4)))
    torch.testing.assert_close(found, wanted)
    # Half as many keys along each side, each in the middle of four queries.
    coarse = Place((2, 4), (1, 2))
    weights = normal(2, 2, 8, 2).softmax(-1)
    found = ran("distance", weights, (None, coarse, (8, 16)), most)
    y, x = torch.meshgrid(torch.tensor([2.0, 6.0]), torch.tensor([2.0, 6, 10, 14]), indexing="ij")
    keys = torch.tensor([[4.0, 4.0], [4.0, 12.0]])
    away = (torch.stack([y, x], -1).reshape(-1, 1, 2) - keys).norm(dim=-1)
    torch.testing.assert_close(found, (weights * away).sum(-1).mean(-1))


@pytest.mark.parametrize("most", CHUNKS)
def test_positions_that_read_some_others(normal: Draw, most: int) -> None:
    index = torch.tensor([[0, 1, -1], [1, 0, 2], [3, -1, 3], [-1, -1, -1]])
    place = Place((2, 2), (2, 2), index)
    weights = normal(2, 3, 4, 3).softmax(-1)
    about = (None, place, (6, 10))
    dense = place.dense(weights)
    distances = attention_distance(dense, TokenLayout((), (2, 2), (3, 5)))
    torch.testing.assert_close(ran("distance", weights, about, most), distances)
    torch.testing.assert_close(ran("sinks", weights, about, most), dense.mean((1, 2)))
    torch.testing.assert_close(ran("mean", weights, about, most), weights.mean(1))
    torch.testing.assert_close(
        ran("entropy", weights, about, most), row_entropies(weights).mean(-1)
    )


@pytest.mark.parametrize("most", CHUNKS)
def test_a_question_that_reads_patches_behind_other_tokens(normal: Draw, most: int) -> None:
    index = torch.tensor([[-1, 0, 1, 2, 3]])
    place, weights = Place((1, 1), (2, 2), index), normal(2, 3, 1, 5).softmax(-1)
    found = ran("distance", weights, (LAYOUTS[1], place, (8, 4)), most)
    away = ((torch.tensor([2.0, 1.0])) ** 2).sum().sqrt()
    torch.testing.assert_close(found, weights[..., 0, 1:].sum(-1) * away)


def test_by_hand() -> None:
    layout = TokenLayout((), (14, 14), (16, 16))
    about = (layout, None, (224, 224))
    even = torch.full((1, 1, 196, 196), 1 / 196)
    assert float(ran("distance", even, about, 1000)) == pytest.approx(116.4922, abs=1e-4)
    assert uniform_distance(layout) == pytest.approx(116.4922, abs=1e-4)
    assert float(ran("entropy", even, about, 1000)) == pytest.approx(5.2781, abs=1e-4)
    torch.testing.assert_close(ran("sinks", even, about, 1000), torch.full((1, 196), 1 / 196))
    assert float(ran("distance", torch.eye(196)[None, None], about, 999)) == 0
    assert float(ran("entropy", torch.eye(196)[None, None], about, 999)) == 0


@pytest.mark.parametrize(
    "about", [(None, None, (8, 8)), (LAYOUTS[0], None, None), (LAYOUTS[0], None, (12, 12))]
)
def test_where_nothing_is_known_there_is_no_distance(normal: Draw, about: tuple) -> None:
    assert ran("distance", normal(1, 1, 4, 5).softmax(-1), about, 10) is None


def test_the_rollout_is_no_reducer(normal: Draw) -> None:
    assert ran("rollout", normal(1, 1, 4, 4).softmax(-1), (None, None, None), 10) is None
