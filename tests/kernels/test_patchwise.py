"""A linear layer over whole windows: against the windows unfolded."""

import pytest
import torch

from saccade.kernels.operators import Windows
from saccade.kernels.patchwise import patch_linear, patch_moments, patch_torch
from tests.kernels.slow_aggregation import WINDOWS, noise


@pytest.mark.parametrize(("windows", "grid"), [each[:2] for each in WINDOWS], ids=str)
def test_unfolded(windows: Windows, grid: tuple[int, int]) -> None:
    x, sizes = noise(2, 3, *grid), (3, windows.places)
    tensors = [x, noise(*sizes, seed=1), noise(*sizes, seed=2), noise(4, *sizes, seed=3)]
    counts = torch.Size([windows.count(grid[0]), windows.count(grid[1])])
    padded = windows.pad(x)
    patches = torch.stack([padded[..., r, c] for r, c in windows.slices(counts)], 2)
    active = patches * tensors[1][..., None, None] + tensors[2][..., None, None]
    wanted = torch.einsum("onj,bnjhw->bohw", tensors[3], active.relu())
    found = patch_linear(x, (tensors[1], tensors[2]), tensors[3], windows)
    torch.testing.assert_close(found, wanted, atol=1e-12, rtol=1e-12)
    slope = torch.ones_like(wanted).cumsum(-1)
    theirs = torch.autograd.grad(wanted, tensors, slope, retain_graph=True)
    for one, other in zip(torch.autograd.grad(found, tensors, slope), theirs, strict=True):
        torch.testing.assert_close(one, other, atol=1e-11, rtol=1e-11)
    mean, variance = patch_moments(x, windows)
    torch.testing.assert_close(mean, patches.mean((0, 3, 4)), atol=1e-12, rtol=0)
    wanted = patches.var((0, 3, 4), correction=0)
    torch.testing.assert_close(variance, wanted, atol=1e-12, rtol=0)


@pytest.mark.slow
def test_torch_agrees_that_it_is_an_operator() -> None:
    windows, x = Windows(3, stride=2), noise(1, 2, 4, 5)
    affine = noise(2, 9, seed=1), noise(2, 9, seed=2)
    torch.library.opcheck(patch_torch, (x, *affine, noise(3, 2, 9, seed=3), *windows.numbers))
