"""One function, whichever implementation runs."""

import pytest
import torch
from torch import nn

from saccade.kernels import compiler, using
from saccade.kernels.local_window import local_window
from saccade.kernels.local_window_c import SOURCE
from saccade.kernels.window import Window
from tests.kernels.slow_window import arguments, attend_slowly, draw


@pytest.fixture(params=["c", "torch"])
def wish(request: pytest.FixtureRequest) -> str:
    """Each implementation for the CPU that can run here."""
    if request.param == "c" and compiler.library(SOURCE) is None:
        pytest.skip(compiler.reason(SOURCE))
    return request.param


class Local(nn.Module):
    """The function as a module."""

    def forward(self, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
        """Attend in 3 x 3 windows with two heads."""
        return local_window(q, k, v, None, 2, 3, boundary="mask")


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16, torch.float16])
def test_slowly(wish: str, dtype: torch.dtype) -> None:
    window = Window(2, 3, stride=2)
    q, k, v, *tables = draw(window, (5, 4), dtype=dtype)
    with using(wish):
        out = local_window(q, k, v, tuple(tables), 2, 3, stride=2)
    exact = [x.detach().double() for x in (q, k, v, *tables)]
    wanted, _ = attend_slowly(*arguments(exact, window)[:5], window)
    assert out.dtype == dtype
    near = max(1e-14, 8 * torch.finfo(dtype).eps)
    torch.testing.assert_close(out.double(), wanted, atol=near, rtol=near)


def test_autocast_computes_in_single_precision(wish: str) -> None:
    window = Window(2, 3)
    q, k, v = (x.detach() for x in draw(window, (5, 4), tables=0, dtype=torch.float32))
    with using(wish), torch.autocast("cpu", torch.bfloat16):
        out = local_window(q.bfloat16(), k.bfloat16(), v.bfloat16(), None, 2, 3)
        exact = local_window(q, k, v, None, 2, 3)
    assert (out.dtype, exact.dtype) == (torch.bfloat16, torch.float32)
    torch.testing.assert_close(out.float(), exact, atol=0.1, rtol=0)


def test_compiled_and_exported(wish: str) -> None:
    window = Window(2, 3, boundary="mask")
    given = tuple(x.detach() for x in draw(window, (5, 4), tables=0, dtype=torch.float32))
    with using(wish):
        plain = Local()(*given)
        compiled = torch.compile(Local(), backend="eager", fullgraph=True)
        torch.testing.assert_close(compiled(*given), plain)
        program = torch.export.export(Local(), given)
    assert "saccade" not in str(program.graph)  # it runs where saccade is not installed
    torch.testing.assert_close(program.module()(*given), plain)
    torch.compiler.reset()
