"""Sums over windows with given weights: loops, C and plain torch say the same."""

import pytest
import torch
from torch import Tensor

from saccade.kernels import compiler, using
from saccade.kernels.aggregation import (
    aggregate,
    aggregate_c,
    aggregate_torch,
    group_of,
    torch_forward,
)
from saccade.kernels.aggregation_c import SOURCE
from saccade.kernels.operators import Windows
from tests.kernels.slow_aggregation import WINDOWS, aggregate_slowly, noise

each_window = pytest.mark.parametrize(("windows", "grid", "channels", "groups"), WINDOWS, ids=str)
each_operator = pytest.mark.parametrize("name", ["c", "torch"])
OPERATORS = {"c": aggregate_c, "torch": aggregate_torch}


@pytest.fixture(autouse=True)
def compiled(request: pytest.FixtureRequest) -> None:
    """Skip where there is no compiler."""
    wants = getattr(request.node, "callspec", None)
    if wants and wants.params.get("name") == "c" and compiler.library(SOURCE) is None:
        pytest.skip(compiler.reason(SOURCE))


def draw(
    windows: Windows, grid: tuple[int, int], channels: int, groups: int, dtype: torch.dtype
) -> tuple[Tensor, Tensor]:
    counts = (windows.count(grid[0]), windows.count(grid[1]))
    values = noise(2, channels, *grid, dtype=dtype)
    return values, noise(2, groups, windows.places, *counts, seed=1, dtype=dtype)


def test_by_hand() -> None:
    # A row 1 2 3 under weights 1 10 100 with zeros around it: 10·1 + 100·2, 1 + 20 + 300, 2 + 30.
    values, weights = torch.tensor([[[[1.0, 2, 3]]]]), torch.zeros(1, 1, 9, 1, 3)
    weights[:, :, 3:6] = torch.tensor([1.0, 10, 100]).view(1, 1, 3, 1, 1)
    assert aggregate(values, weights, kernel_size=3).flatten().tolist() == [210, 321, 32]
    mirrored = aggregate(values, weights, kernel_size=3, boundary="reflect")
    assert mirrored.flatten().tolist() == [212, 321, 232]


@each_window
@each_operator
@pytest.mark.parametrize(("dtype", "near"), [(torch.float32, 1e-5), (torch.float64, 1e-12)])
def test_slowly(
    name: str,
    windows: Windows,
    grid: tuple[int, int],
    channels: int,
    groups: int,
    dtype: torch.dtype,
    near: float,
) -> None:
    values, weights = draw(windows, grid, channels, groups, dtype)
    found = OPERATORS[name](values, weights, *windows.numbers)
    wanted = aggregate_slowly(values.double(), weights.double(), windows)
    torch.testing.assert_close(found.double(), wanted, atol=near, rtol=near)


@each_window
@each_operator
def test_gradients(
    name: str, windows: Windows, grid: tuple[int, int], channels: int, groups: int
) -> None:
    tensors = draw(windows, grid, channels, groups, torch.float64)
    wanted = torch_forward(*tensors, windows)[0]
    gradient = torch.ones_like(wanted).cumsum(-1)
    found = torch.autograd.grad(OPERATORS[name](*tensors, *windows.numbers), tensors, gradient)
    for mine, theirs in zip(found, torch.autograd.grad(wanted, tensors, gradient), strict=True):
        torch.testing.assert_close(mine, theirs, atol=1e-12, rtol=1e-12)


@each_operator
@pytest.mark.slow
def test_torch_agrees_that_it_is_an_operator(name: str) -> None:
    windows = Windows(3, layout="contiguous")
    tensors = draw(windows, (3, 4), 3, 2, torch.float32)
    torch.library.opcheck(OPERATORS[name], (*tensors, *windows.numbers))


@each_operator
def test_the_number_of_threads_changes_no_bit(name: str) -> None:
    windows, results = Windows(3, boundary="reflect"), []
    tensors = draw(windows, (40, 11), 4, 2, torch.float32)
    for threads in (1, 2, 5):
        torch.set_num_threads(threads)
        try:
            out = OPERATORS[name](*tensors, *windows.numbers)
            results.append((out, *torch.autograd.grad(out.square().sum(), tensors)))
        finally:
            torch.set_num_threads(1)
    for other in results[1:]:
        assert all(torch.equal(a, b) for a, b in zip(results[0], other, strict=True))


@each_operator
def test_maps_that_do_not_lie_in_one_piece(name: str) -> None:
    windows = Windows(3)
    values, weights = draw(windows, (5, 6), 4, 2, torch.float32)
    wanted = OPERATORS[name](values, weights, *windows.numbers)
    spread = values.to(memory_format=torch.channels_last), weights.flip(2).flip(2)
    torch.testing.assert_close(OPERATORS[name](*spread, *windows.numbers), wanted)


@pytest.mark.parametrize("wish", ["torch", "auto"])
def test_half_precision_is_computed_in_single(wish: str) -> None:
    windows = Windows(3)
    values, weights = (x.detach().half() for x in draw(windows, (4, 5), 4, 2, torch.float32))
    with using(wish):
        found = aggregate(values, weights, kernel_size=3)
    assert found.dtype == torch.float16
    wanted = aggregate(values.double(), weights.double(), kernel_size=3)
    torch.testing.assert_close(found.double(), wanted, atol=0.01, rtol=1e-3)


def test_groups() -> None:
    assert group_of(5, 2, "interleaved").tolist() == [0, 1, 0, 1, 0]
    assert group_of(5, 2, "contiguous").tolist() == [0, 0, 0, 1, 1]
