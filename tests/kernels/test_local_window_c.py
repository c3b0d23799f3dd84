"""Local attention by the compiled C source."""

import pytest
import torch

from saccade.errors import ConfigError
from saccade.kernels import compiler, local_window_c
from saccade.kernels.local_window import window_c
from saccade.kernels.window import Window
from tests.kernels.slow_window import WINDOWS, arguments, attend_slowly, draw
from tests.kernels.test_window_tiles import explicit

each_window = pytest.mark.parametrize(("window", "grid", "tables"), WINDOWS, ids=str)
kinds = pytest.mark.parametrize(
    ("dtype", "near"), [(torch.float32, 1e-5), (torch.float64, 1e-12)], ids=["single", "double"]
)


@pytest.fixture(autouse=True)
def compiled(request: pytest.FixtureRequest) -> None:
    """Skip where there is no compiler."""
    if "lacks" not in request.node.name and compiler.library(local_window_c.SOURCE) is None:
        pytest.skip(compiler.reason(local_window_c.SOURCE))


@each_window
@kinds
def test_slowly(
    window: Window, grid: tuple[int, int], tables: int, dtype: torch.dtype, near: float
) -> None:
    tensors = draw(window, grid, tables=tables, dtype=dtype)
    out, _ = window_c(*arguments(tensors, window))
    exact = [x.detach().double() for x in tensors]
    wanted, _ = attend_slowly(*arguments(exact, window)[:5], window)
    torch.testing.assert_close(out.double(), wanted, atol=near, rtol=near)


@each_window
@kinds
def test_gradients_are_those_of_the_explicit_form(
    window: Window, grid: tuple[int, int], tables: int, dtype: torch.dtype, near: float
) -> None:
    tensors = draw(window, grid, d=4, tables=tables, dtype=dtype)
    wanted = explicit(tensors, window)
    gradient = torch.ones_like(wanted).cumsum(1)
    out, _ = window_c(*arguments(tensors, window))
    found = torch.autograd.grad(out, tensors, gradient)
    for mine, theirs in zip(found, torch.autograd.grad(wanted, tensors, gradient), strict=True):
        torch.testing.assert_close(mine, theirs, atol=50 * near, rtol=near)


@pytest.mark.parametrize("boundary", ["zero", "mask", "reflect"])
def test_the_number_of_threads_changes_no_bit(boundary: str) -> None:
    window = Window(1, 3, boundary=boundary)
    tensors = draw(window, (40, 11), d=6, images=1, dtype=torch.float32)
    results = []
    for threads in (1, 2, 5):
        torch.set_num_threads(threads)
        try:
            out, _ = window_c(*arguments(tensors, window))
            results.append((out, *torch.autograd.grad(out.square().sum(), tensors)))
        finally:
            torch.set_num_threads(1)
    for other in results[1:]:
        assert all(torch.equal(a, b) for a, b in zip(results[0], other, strict=True))


def test_maps_that_lie_in_a_larger_one_or_channels_last() -> None:
    window = Window(2, 3)
    whole = torch.randn(2, 12, 5, 6, generator=torch.Generator().manual_seed(0))
    q, k, v = whole.split(4, dim=1)
    wanted, _ = window_c(*arguments([x.contiguous() for x in (q, k, v)], window))
    for some in ((q, k, v), [x.to(memory_format=torch.channels_last) for x in (q, k, v)]):
        out, _ = window_c(*arguments(list(some), window))
        torch.testing.assert_close(out, wanted, atol=0, rtol=0)


def test_far_logits_stay_finite() -> None:
    # Logits of some thousands: the largest takes everything, and nothing overflows.
    window = Window(1, 3, boundary="mask")
    tensors = [1e2 * x.detach() for x in draw(window, (4, 5), dtype=torch.float32, tables=0)]
    for tensor in tensors:
        tensor.requires_grad_()
    out, _ = window_c(*arguments(tensors, window))
    torch.testing.assert_close(out, explicit(tensors, window), atol=1e-3, rtol=1e-4)
    assert all(x.isfinite().all() for x in torch.autograd.grad(out.sum(), tensors))


@pytest.mark.slow
def test_torch_agrees_that_it_is_an_operator() -> None:
    window = Window(2, 3)
    for tables in (0, 1):
        tensors = draw(window, (3, 4), images=1, tables=tables, dtype=torch.float32)
        torch.library.opcheck(window_c, arguments(tensors, window))


def test_half_precision_is_refused() -> None:
    window = Window(2, 3)
    tensors = draw(window, (3, 4), dtype=torch.float16)
    with pytest.raises(ConfigError, match=r"expected float32 or float64 on the CPU, got .*float16"):
        window_c(*arguments(tensors, window))
