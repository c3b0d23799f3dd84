"""Windows on a map."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from saccade.layers.windows import (
    cut_of,
    fill_up,
    join_windows,
    places,
    relative_offsets,
    same_region,
    split_windows,
)

SHIFTED = [((4, 6), (2, 3), (1, 1)), ((6, 6), (3, 2), (2, 1)), ((3, 8), (3, 4), (0, 2))]


def test_cutting_by_hand() -> None:
    # Four windows of 2x2 in a map of 4x4 that counts from 0.
    counted = torch.arange(16).view(1, 4, 4, 1)
    wanted = [[0, 1, 4, 5], [2, 3, 6, 7], [8, 9, 12, 13], [10, 11, 14, 15]]
    windows = split_windows(counted, (2, 2))
    assert windows[0, :, :, 0].tolist() == wanted
    assert torch.equal(join_windows(windows, (2, 2), (4, 4)), counted)
    assert places(cut_of((4, 4), (2, 2), (0, 0), "zero"), "zero").tolist() == wanted
    # Rolled up and left by one, the first window begins at position 5.
    assert places(cut_of((4, 4), (2, 2), (1, 1), "zero"), "zero")[0].tolist() == [5, 6, 9, 10]


def test_joining_undoes_cutting(normal: Callable[..., Tensor]) -> None:
    x = normal(2, 6, 8, 3)
    for window in ((2, 4), (3, 2), (6, 8), (1, 1)):
        windows = split_windows(x, window)
        assert windows.shape == (2, 48 // (window[0] * window[1]), window[0] * window[1], 3)
        assert torch.equal(join_windows(windows, window, (6, 8)), x)


@pytest.mark.parametrize(("size", "window", "shift"), SHIFTED, ids=str)
def test_who_lies_side_by_side(
    size: tuple[int, int], window: tuple[int, int], shift: tuple[int, int]
) -> None:
    # Windows moved down and right by the shift cut the map itself; what is before the first
    # whole one is cut there, too, and is only rolled into a window with the far end.
    def cell(position: int) -> tuple[int, ...]:
        place = divmod(position, size[1])
        return tuple((p - s) // w for p, s, w in zip(place, shift, window, strict=True))

    positions = places(cut_of(size, window, shift, "zero"), "zero")
    assert sorted(positions.flatten().tolist()) == list(range(size[0] * size[1]))
    mask = same_region(size, window, shift)
    for number, within in enumerate(positions.tolist()):
        for i, a in enumerate(within):
            for j, b in enumerate(within):
                assert mask[number, i, j] == (cell(a) == cell(b)), (a, b)


def test_without_a_shift_nothing_is_torn() -> None:
    assert same_region((4, 6), (2, 3), (0, 0)).all()


def test_filling_up(normal: Callable[..., Tensor]) -> None:
    x = normal(1, 3, 5, 2)
    assert fill_up(x, (3, 5), "zero") is x
    for boundary in ("zero", "mask"):
        filled = fill_up(x, (2, 4), boundary)
        assert filled.shape == (1, 4, 8, 2)
        assert torch.equal(filled[:, :3, :5], x)
        assert filled.abs().sum() == x.abs().sum()
    mirrored = fill_up(x, (2, 4), "reflect")
    assert torch.equal(mirrored[:, 3], mirrored[:, 1])
    assert torch.equal(mirrored[:, :3, 5:], x[:, :, [3, 2, 1]])


def test_offsets_by_hand() -> None:
    # A row of two positions: query minus key is 0, -1; 1, 0. In a table for windows of 2x2, the
    # row offset 0 is the second row of three, so these are 3 + (1, 0; 2, 1).
    assert relative_offsets((1, 2), (2, 2)).tolist() == [[4, 3], [5, 4]]
    assert relative_offsets((2, 1), (2, 2)).tolist() == [[4, 1], [7, 4]]
    every = relative_offsets((3, 3), (3, 3))
    assert sorted(set(every.flatten().tolist())) == list(range(25))
    assert torch.equal(every, 24 - every.T)
