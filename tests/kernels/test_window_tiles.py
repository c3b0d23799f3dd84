"""Local attention by tiles of plain torch."""

import pytest
import torch

from saccade.attention.local_self import local_attention
from saccade.kernels import window_tiles as tiles
from saccade.kernels.window import Window
from tests.kernels.slow_window import WINDOWS, arguments, attend_slowly, draw

each_window = pytest.mark.parametrize(("window", "grid", "tables"), WINDOWS, ids=str)


def explicit(tensors: list[torch.Tensor], window: Window) -> torch.Tensor:
    """The same by shifts, which autograd knows."""
    tables = (tensors[3], tensors[4]) if len(tensors) > 3 else None
    return local_attention(
        *tensors[:3],
        tables,
        heads=window.heads,
        kernel_size=window.kernel_size,
        stride=window.stride,
        dilation=window.dilation,
        boundary=window.boundary,
    ).output


@each_window
def test_slowly(window: Window, grid: tuple[int, int], tables: int) -> None:
    tensors = draw(window, grid, tables=tables)
    out, _ = tiles.window_tiles(*arguments(tensors, window))
    wanted, _ = attend_slowly(*arguments(tensors, window)[:5], window)
    torch.testing.assert_close(out, wanted, atol=1e-12, rtol=0)


@each_window
@pytest.mark.parametrize(("dtype", "near"), [(torch.float32, 1e-5), (torch.float64, 1e-12)])
def test_gradients_are_those_of_the_explicit_form(
    window: Window, grid: tuple[int, int], tables: int, dtype: torch.dtype, near: float
) -> None:
    tensors = draw(window, grid, d=4, tables=tables, dtype=dtype)
    wanted = explicit(tensors, window)
    gradient = torch.ones_like(wanted).cumsum(1)
    out, _ = tiles.window_tiles(*arguments(tensors, window))
    torch.testing.assert_close(out, wanted, atol=near, rtol=near)
    found = torch.autograd.grad(out, tensors, gradient)
    for mine, theirs in zip(found, torch.autograd.grad(wanted, tensors, gradient), strict=True):
        torch.testing.assert_close(mine, theirs, atol=50 * near, rtol=near)


@pytest.mark.parametrize("grid", [(17, 9), (1, 30)])
def test_several_tiles_and_a_few_images_at_a_time(
    grid: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    window = Window(2, 7, boundary="mask")
    tensors = draw(window, grid, images=3, tables=2)
    wanted = explicit(tensors, window)
    monkeypatch.setattr(tiles, "_LARGEST", 1)  # one image at a time
    out, _ = tiles.window_tiles(*arguments(tensors, window))
    torch.testing.assert_close(out, wanted, atol=1e-12, rtol=0)
    for mine, theirs in zip(
        torch.autograd.grad(out.sum(), tensors),
        torch.autograd.grad(wanted.sum(), tensors),
        strict=True,
    ):
        torch.testing.assert_close(mine, theirs, atol=1e-11, rtol=0)


def test_the_gradient_is_right() -> None:
    window = Window(2, 3, boundary="reflect")
    tensors = draw(window, (3, 4), images=1, tables=2)

    def run(*given: torch.Tensor) -> torch.Tensor:
        return tiles.window_tiles(*arguments(list(given), window))[0]

    assert torch.autograd.gradcheck(run, tensors, fast_mode=True)


@pytest.mark.slow
def test_torch_agrees_that_it_is_an_operator() -> None:
    window = Window(2, 3)
    for tables in (0, 1):
        tensors = draw(window, (3, 4), images=1, tables=tables, dtype=torch.float32)
        torch.library.opcheck(tiles.window_tiles, arguments(tensors, window))
