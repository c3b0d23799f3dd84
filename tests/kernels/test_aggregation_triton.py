"""Sums over windows by Triton: on a GPU if there is one, else by Triton's interpreter."""

import pytest
import torch

from tests.kernels.triton_process import run

pytest.importorskip("triton", reason="triton is not installed")

SCRIPT = """
import sys
import torch
from saccade.kernels.aggregation import aggregate_torch, aggregate_triton
from tests.kernels.slow_aggregation import WINDOWS, noise

torch.set_num_threads(1)
for windows, grid, channels, groups in WINDOWS:
    counts = windows.count(grid[0]), windows.count(grid[1])
    drawn = noise(2, channels, *grid), noise(2, groups, windows.places, *counts, seed=1)
    tensors = [x.detach().to(sys.argv[1]).requires_grad_() for x in drawn]
    wanted = aggregate_torch(*tensors, *windows.numbers)
    found = aggregate_triton(*tensors, *windows.numbers)
    torch.testing.assert_close(found, wanted, atol=1e-12, rtol=1e-12)
    slope = torch.ones_like(wanted).cumsum(1)
    theirs = torch.autograd.grad(wanted, tensors, slope)
    for mine, other in zip(torch.autograd.grad(found, tensors, slope), theirs):
        torch.testing.assert_close(mine, other, atol=1e-12, rtol=1e-12)
print("equal")
"""


@pytest.mark.slow
def test_the_interpreter_agrees_with_plain_torch() -> None:
    assert run(SCRIPT, "cpu", TRITON_INTERPRET="1").startswith("equal")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")
def test_a_gpu_agrees_with_plain_torch() -> None:
    assert run(SCRIPT, "cuda").startswith("equal")
