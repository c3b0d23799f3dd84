"""Neighbourhoods on a grid."""

import numpy as np
import pytest
import torch

from saccade.errors import ConfigError
from saccade.layers.neighbours import check_window, neighbour_index, pad_map, reflected


def test_by_hand() -> None:
    # A row of three positions, windows of three: the middle row of each window is inside.
    index = neighbour_index((1, 3), 3)
    assert index[0].tolist() == [-1, -1, -1, -1, 0, 1, -1, -1, -1]
    assert index[2].tolist() == [-1, -1, -1, 1, 2, -1, -1, -1, -1]
    mirrored = neighbour_index((1, 3), 3, boundary="reflect")
    assert mirrored[0].tolist() == [1, 0, 1] * 3


@pytest.mark.parametrize("boundary", ["zero", "mask", "reflect"])
@pytest.mark.parametrize(("stride", "dilation"), [(1, 1), (2, 1), (1, 2)])
def test_the_index_reads_what_a_padded_map_shows(boundary: str, stride: int, dilation: int) -> None:
    grid, kernel = (4, 5), 3
    x = torch.arange(1.0, 21.0).reshape(1, 1, *grid)
    index = neighbour_index(grid, kernel, stride=stride, dilation=dilation, boundary=boundary)
    read = torch.where(index >= 0, x.flatten()[index], 0.0)
    padded = pad_map(x, dilation, boundary)
    windows = torch.nn.functional.unfold(padded, kernel, dilation=dilation, stride=stride)
    torch.testing.assert_close(windows[0].T, read)


@pytest.mark.parametrize("size", [2, 3, 7])
def test_reflection_goes_on_for_ever(size: int) -> None:
    far = np.pad(np.arange(size), 11, mode="reflect")
    assert reflected(torch.arange(-11, size + 11), size).tolist() == far.tolist()
    assert reflected(torch.arange(-3, 4), 1).tolist() == [0] * 7


def test_windows_need_a_centre() -> None:
    with pytest.raises(ConfigError, match=r"an odd kernel_size.*got 4; try kernel_size=5"):
        check_window(4, "zero")
    with pytest.raises(ConfigError, match="boundary zero, mask or reflect, got 'wrap'"):
        check_window(3, "wrap")
