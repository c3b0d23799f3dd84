"""Windows put together, against the layer's own maps, made position by position."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from saccade.attention import WindowedAttention, window_attention
from saccade.attention.fused_reading import Fused
from saccade.attention.reading import Whole
from saccade.attention.window_reading import Windows
from saccade.errors import ShapeError
from saccade.layers.windows import cut_of, to_windows

Draw = Callable[..., Tensor]
CASES = {
    "fits": ((4, 6), 2, 0, "zero"),
    "shifted": ((4, 6), 2, 1, "zero"),
    "masked": ((5, 7), 3, 1, "mask"),
    "late": ((5, 7), 3, 1, "late"),
    "mirrored": ((5, 4), 3, 1, "reflect"),
    "one window": ((3, 3), 4, 2, "zero"),
    "not square": ((4, 6), (2, 3), (0, 1), "zero"),
}


def heard(normal: Draw, drawn, case: str) -> tuple[Windows, nn.Module, Tensor]:
    """What a layer shows of two images."""
    size, window, shift, boundary = CASES[case]
    layer = drawn(WindowedAttention(8, heads=2, window_size=window, shift=shift, boundary=boundary))
    shown: list[Windows] = []
    layer.tap.listeners.append(lambda tap, reading, place: shown.append(reading))
    x = normal(2, 8, *size)
    layer(x)
    return shown[0], layer, x


def plain(layer: nn.Module, x: Tensor) -> Tensor:
    """The maps of all windows (b n heads i j), by the plain function."""
    cut = cut_of(tuple(x.shape[2:]), layer._window, layer._shift, layer.boundary)
    windows = to_windows(x.movedim(1, -1), cut, layer.boundary)
    parts = layer.qkv(windows).unflatten(-1, (3, layer.heads, -1)).permute(3, 0, 1, 4, 2, 5)
    bias = layer._bias(cut.window, parts)
    return window_attention(*parts, bias, layer._mask(cut, x.device)).weights


@pytest.mark.parametrize("case", CASES)
@torch.no_grad()
def test_rows_are_those_of_the_plain_function(normal: Draw, drawn, case: str) -> None:
    reading, layer, x = heard(normal, drawn, case)
    positions, made = x.shape[2] * x.shape[3], plain(layer, x)
    rows = reading.rows()
    assert rows.shape == reading.shape == (2, 2, positions, made.shape[-1])
    assert reading.dtype == torch.float32
    flat = made.transpose(1, 2).flatten(2, 3)
    torch.testing.assert_close(rows, flat[:, :, reading.order], atol=1e-6, rtol=0)
    torch.testing.assert_close(rows.sum(-1), torch.ones(2, 2, positions))
    for queries, heads in (([0, -1, 3], None), (None, [1]), ([2, 2], [-1, 0]), ([], None)):
        part = rows if heads is None else rows[:, heads]
        part = part if queries is None else part[:, :, queries]
        some = reading.rows(queries, heads)
        torch.testing.assert_close(some, part, atol=1e-6, rtol=0)
        assert reading.error(some, queries, heads) < 1e-6


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("most", [1, 50, 10_000])
@torch.no_grad()
def test_images_and_chunks(normal: Draw, drawn, case: str, most: int) -> None:
    reading, _, _ = heard(normal, drawn, case)
    rows = reading.rows()
    second = reading.image(1)
    torch.testing.assert_close(second.rows([1]), rows[1:, :, [1]], atol=1e-6, rtol=0)
    assert (second.shape[0], second.shape[1:]) == (1, reading.shape[1:])
    seen = torch.zeros(rows.shape[0], rows.shape[2])
    for image, first, part, logs in reading.chunks(most=most):
        wanted = rows[image, :, first : first + part.shape[1]]
        torch.testing.assert_close(part, wanted, atol=1e-6, rtol=0)
        assert torch.isfinite(part * logs).all()
        torch.testing.assert_close(logs.exp(), part, atol=1e-6, rtol=0)
        seen[image, first : first + part.shape[1]] += 1
    assert bool((seen == 1).all())


@pytest.mark.parametrize("case", CASES)
@torch.no_grad()
def test_wrong_rows_are_noticed_in_a_layer_and_in_an_image(normal: Draw, drawn, case: str) -> None:
    reading, _, _ = heard(normal, drawn, case)
    for one in (reading, reading.image(0), reading.image(1)):
        assert one.dtype == torch.float32  # so that it is compared
        rows, queries = one.rows(), [3, 0, 5]
        assert one.error(rows) < 1e-6
        assert one.error(rows.flip(1)) > 1e-3
        assert one.error(rows[:, :, queries], queries) < 1e-6
        assert one.error(rows[:, :, queries].flip(-1), queries) > 1e-3
        assert one.error(rows[:, :, queries][:, [1]], queries, [1]) < 1e-6
        assert one.error(rows[:, :, queries][:, [1]], queries, [0]) > 1e-3


def test_maps_that_the_model_made_itself(normal: Draw) -> None:
    made = normal(4, 3, 2, 2).softmax(-1)
    order = torch.tensor([2, 0, 3, 1])  # two windows of two positions, mixed
    reading = Windows(Whole(made), 2, order)
    assert (reading.shape, reading.dtype) == ((2, 3, 4, 2), None)
    rows = reading.rows()
    for position, place in enumerate([(1, 0), (0, 0), (1, 1), (0, 1)]):
        assert torch.equal(rows[1, :, position], made[2 + place[0], :, place[1]])
    assert reading.error(rows * 2) == 0.0
    assert torch.equal(reading.image(1).rows(), rows[1:])


def test_no_such_query(normal: Draw) -> None:
    inside = Fused(normal(4, 1, 2, 3), normal(4, 1, 2, 3), normal(4, 1, 2, 3))
    reading = Windows(inside, 4, torch.arange(8))
    for wrong in (reading, reading.image(0)):
        with pytest.raises(ShapeError, match=r"^expected queries from 0 to 7, got 8; try"):
            wrong.rows([8])
        with pytest.raises(ShapeError, match=r"^expected heads from 0 to 0, got 1; try"):
            wrong.rows(heads=[1])
