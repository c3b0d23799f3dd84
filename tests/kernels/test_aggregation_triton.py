"""Sums over windows by Triton: on a GPU if there is one, else by Triton's interpreter."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

pytest.importorskip("triton", reason="triton is not installed")

ROOT = Path(__file__).resolve().parents[2]
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


def run(device: str, **environment: str) -> str:
    """Compare with plain torch in a process of its own; its output."""
    path = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, device],
        capture_output=True,
        check=False,
        text=True,
        timeout=100,
        env={**os.environ, "PYTHONPATH": path, **environment},
    )
    return done.stdout + done.stderr[-2000:]


@pytest.mark.slow
def test_the_interpreter_agrees_with_plain_torch() -> None:
    assert run("cpu", TRITON_INTERPRET="1").startswith("equal")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")
def test_a_gpu_agrees_with_plain_torch() -> None:
    assert run("cuda").startswith("equal")
