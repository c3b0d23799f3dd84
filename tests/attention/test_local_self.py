"""Local self-attention: the mathematics."""

import math

import pytest
import torch
from torch import Tensor

from saccade.attention.local_self import local_attention, relative_logits
from saccade.kernels.window import Window
from saccade.layers.neighbours import pad_map
from tests.kernels.slow_window import WINDOWS, arguments, attend_slowly, draw


def attend(tensors: list[Tensor], window: Window) -> tuple[Tensor, Tensor]:
    """Call the function with a window's numbers."""
    return local_attention(
        *tensors[:3],
        (tensors[3], tensors[4]) if len(tensors) > 3 else None,
        heads=window.heads,
        kernel_size=window.kernel_size,
        stride=window.stride,
        dilation=window.dilation,
        boundary=window.boundary,
    )


def test_by_hand() -> None:
    # A row of two positions, window 3, one feature: position 0 asks with 1, keys are 0 and ln 2,
    # values 1 and 3. With "mask" it reads them with 1/3 and 2/3: 1/3 + 2 = 7/3. With "zero" the
    # three rows of the window hold 9 positions: 7 zeros with logit 0, so the sum is 7 + 1 + 2 and
    # the output 1/10 + 6/10.
    q, k = torch.ones(1, 1, 1, 2), torch.tensor([[[[0.0, math.log(2)]]]])
    v = torch.tensor([[[[1.0, 3.0]]]])
    for boundary, wanted in (("mask", 7 / 3), ("zero", 0.7)):
        out, weights = attend([q, k, v], Window(1, 3, boundary=boundary))
        assert out[0, 0, 0, 0].item() == pytest.approx(wanted)
        assert weights.shape == (1, 1, 2, 9)
        assert weights[0, 0, 0, 4:6].sum().item() == pytest.approx(1 if boundary == "mask" else 0.3)


def test_positions_by_hand() -> None:
    # One position, window 3, zero queries but for the row half: q = (1, 0), row embeddings 0, 0,
    # ln 2: the three keys of the lower row weigh 2 each, the six others 1: 12 in all. A position
    # beyond the border has the logit q·r, too.
    q = torch.tensor([1.0, 0.0]).view(1, 2, 1, 1)
    k = torch.zeros(1, 2, 1, 1)
    rows = torch.tensor([0.0, 0.0, math.log(2)]).view(1, 3, 1)
    _, weights = attend([q, k, k, rows, torch.zeros(1, 3, 1)], Window(1, 3))
    torch.testing.assert_close(weights.flatten(), torch.tensor([1.0] * 6 + [2.0] * 3) / 12)
    logits = relative_logits(q.view(1, 1, 2, 1, 1), (rows, torch.ones(1, 3, 1)))
    torch.testing.assert_close(logits.flatten(), rows[0].expand(3, 3).flatten())


@pytest.mark.parametrize(("window", "grid", "tables"), WINDOWS, ids=str)
def test_slowly(window: Window, grid: tuple[int, int], tables: int) -> None:
    tensors = draw(window, grid, tables=tables)
    out, weights = attend(tensors, window)
    slow_out, slow_weights = attend_slowly(*arguments(tensors, window)[:5], window)
    torch.testing.assert_close(out, slow_out, atol=1e-12, rtol=0)
    torch.testing.assert_close(weights, slow_weights, atol=1e-12, rtol=0)


@pytest.mark.parametrize("boundary", ["zero", "mask", "reflect"])
def test_a_shifted_map_gives_a_shifted_output_inside_the_border(boundary: str) -> None:
    window = Window(2, 3, boundary=boundary)
    tensors = draw(window, (9, 8), tables=1)
    out, weights = attend(tensors, window)
    moved = [x.roll((2, 1), (2, 3)) for x in tensors[:3]] + tensors[3:]
    out_moved, weights_moved = attend(moved, window)
    inside = (slice(None), slice(None), slice(1, 6), slice(1, 6))
    there = (slice(None), slice(None), slice(3, 8), slice(2, 7))
    torch.testing.assert_close(out_moved[there], out[inside], atol=1e-12, rtol=0)
    maps, maps_moved = (w.unflatten(2, (9, 8)) for w in (weights, weights_moved))
    torch.testing.assert_close(maps_moved[there], maps[inside], atol=1e-12, rtol=0)


def test_equal_keys_average_the_window() -> None:
    window = Window(1, 3, boundary="mask")
    q, k, v = draw(window, (4, 5), tables=0)
    out, _ = attend([q, torch.zeros_like(k), v], window)
    padded = pad_map(v, 1, "mask")
    count = pad_map(torch.ones_like(v), 1, "mask")
    sums = torch.nn.functional.avg_pool2d(padded, 3, 1) / torch.nn.functional.avg_pool2d(
        count, 3, 1
    )
    torch.testing.assert_close(out, sums, atol=1e-12, rtol=0)


def test_the_three_rules_differ_at_the_border_only() -> None:
    outs = []
    for boundary in ("zero", "mask", "reflect"):
        window = Window(1, 3, boundary=boundary)
        outs.append(attend(draw(window, (5, 6), tables=1), window)[0])
    for other in outs[1:]:
        torch.testing.assert_close(other[..., 1:-1, 1:-1], outs[0][..., 1:-1, 1:-1])
        assert (other - outs[0]).abs().max() > 0.1
