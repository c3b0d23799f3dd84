"""Local attention by Triton: on a GPU if there is one, else by Triton's interpreter."""

import pytest
import torch

from tests.kernels.triton_process import run

pytest.importorskip("triton", reason="triton is not installed")

SCRIPT = """
import sys
import torch
from saccade.kernels.local_window import window_triton
from tests.kernels.slow_window import WINDOWS, arguments, draw
from tests.kernels.test_window_tiles import explicit

torch.set_num_threads(1)
device = sys.argv[1]
for window, grid, tables in WINDOWS:
    for dtype, near in ((torch.float32, 1e-5), (torch.float64, 1e-12)):
        if device == "cpu" and dtype == torch.float32 and tables != 2:
            continue  # the interpreter is slow
        drawn = draw(window, grid, d=6, images=1, tables=tables, dtype=dtype)
        tensors = [x.detach().to(device).requires_grad_() for x in drawn]
        wanted = explicit(tensors, window)
        gradient = torch.ones_like(wanted).cumsum(1)
        out, _ = window_triton(*arguments(tensors, window))
        torch.testing.assert_close(out, wanted, atol=near, rtol=near)
        found = torch.autograd.grad(out, tensors, gradient)
        for mine, theirs in zip(found, torch.autograd.grad(wanted, tensors, gradient)):
            torch.testing.assert_close(mine, theirs, atol=50 * near, rtol=near)
print("equal")
"""


@pytest.mark.slow
def test_the_interpreter_agrees_with_the_explicit_form() -> None:
    assert run(SCRIPT, "cpu", TRITON_INTERPRET="1").startswith("equal")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")
def test_a_gpu_agrees_with_the_explicit_form() -> None:
    assert run(SCRIPT, "cuda").startswith("equal")
