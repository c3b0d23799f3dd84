"""The pairwise mapping: C and plain torch against the equations with all pairs made."""

import pytest
import torch
from torch import Tensor

from saccade.kernels import compiler, using
from saccade.kernels.aggregation import torch_forward
from saccade.kernels.aggregation_c import SOURCE
from saccade.kernels.operators import Windows
from saccade.kernels.pair_moments import pair_moments
from saccade.kernels.pairwise import (
    Pairs,
    hidden_moments,
    logits_torch,
    moments_c,
    moments_torch,
    pairs_c,
    pairwise_sums,
    window_softmax,
)
from tests.kernels.slow_aggregation import WINDOWS, noise

each_window = pytest.mark.parametrize(("windows", "grid", "channels", "groups"), WINDOWS, ids=str)
each_wish = pytest.mark.parametrize("wish", ["c", "torch"])
each_way = pytest.mark.parametrize(("products", "dot"), [(0, False), (2, False), (2, True)])


@pytest.fixture(autouse=True)
def compiled(request: pytest.FixtureRequest) -> None:
    """Skip where there is no compiler."""
    wants = getattr(request.node, "callspec", None)
    if (not wants or wants.params.get("wish") == "c") and compiler.library(SOURCE) is None:
        pytest.skip(compiler.reason(SOURCE))


def draw(
    windows: Windows, grid: tuple[int, int], sizes: tuple[int, int], products: int, dot: bool
) -> list[Tensor]:
    """Left, right, values, shift, first, middle, second."""
    counts, many = (windows.count(grid[0]), windows.count(grid[1])), 1 if dot else products
    shapes = [
        (2, 3, *counts),
        (2, 3, *grid),
        (2, sizes[0], *grid),
        (many,),
        (9, 3 - products + many),
    ]
    return [noise(*shape, seed=n) for n, shape in enumerate([*shapes, (9,), (sizes[1], 9)])]


def explicit(
    tensors: list[Tensor], products: int, dot: bool, windows: Windows
) -> tuple[Tensor, ...]:
    """The sums and the moments of what is compared and of what is hidden, pair by pair."""
    left, right, values, shift, first, middle, second = tensors
    padded, raw = windows.pad(right), []
    for row, column in windows.slices(left.shape):
        there = padded[..., row, column]
        multiplied = left[:, :products] * there[:, :products]
        multiplied = multiplied.sum(1, keepdim=True) if dot else multiplied
        raw.append(torch.cat([multiplied, left[:, products:] - there[:, products:]], 1))
    pairs = torch.stack(raw, 2)
    moved = torch.cat([pairs[:, : len(shift)] + shift.view(-1, 1, 1, 1), pairs[:, len(shift) :]], 1)
    hidden = torch.einsum("on,bnjhw->bojhw", first, moved.relu())
    logits = torch.einsum("go,bojhw->bgjhw", second, (hidden + middle.view(-1, 1, 1, 1)).relu())
    weights = window_softmax(logits, (values.shape[2], values.shape[3]), windows)
    moments = [torch.var_mean(x, (0, 2, 3, 4), correction=0)[::-1] for x in (pairs, hidden)]
    return (torch_forward(values, weights, windows)[0], *moments[0], *moments[1])


@each_window
@each_way
@each_wish
def test_all_pairs(
    wish: str,
    products: int,
    dot: bool,
    windows: Windows,
    grid: tuple[int, int],
    channels: int,
    groups: int,
) -> None:
    tensors = draw(windows, grid, (channels, groups), products, dot)
    pairs = Pairs(tensors[0], tensors[1], tensors[3], products, dot)
    with using(wish):
        sums = pairwise_sums(pairs, tensors[2], tuple(tensors[4:]), windows)
        found = (
            sums,
            *pair_moments(tensors[0], tensors[1], products, dot, windows),
            *hidden_moments(pairs, tensors[4], windows),
        )
    wanted = explicit(tensors, products, dot, windows)
    for mine, theirs in zip(found, wanted, strict=True):
        torch.testing.assert_close(mine, theirs, atol=1e-11, rtol=1e-11)
    slopes = [torch.ones_like(x).cumsum(-1) / x.numel() for x in wanted]
    with using(wish):
        mine = torch.autograd.grad(found, tensors, slopes)
    for one, other in zip(mine, torch.autograd.grad(wanted, tensors, slopes), strict=True):
        torch.testing.assert_close(one, other, atol=1e-10, rtol=1e-10)


@pytest.mark.slow
@each_way
def test_torch_agrees_that_they_are_operators(products: int, dot: bool) -> None:
    windows = Windows(3, boundary="reflect")
    tensors = draw(windows, (3, 4), (4, 2), products, dot)
    options = (products, dot, *windows.numbers)
    torch.library.opcheck(pairs_c, (*tensors, *options))
    left, right, _, shift, *mapping = tensors
    torch.library.opcheck(logits_torch, (left, right, shift, *mapping, *options))
    for moments in (moments_c, moments_torch):
        torch.library.opcheck(moments, (left, right, shift, mapping[0], *options))


@pytest.mark.parametrize("wish", ["c"])
def test_the_number_of_threads_changes_no_bit(wish: str) -> None:
    windows, results = Windows(3, boundary="reflect"), []
    tensors = [x.detach().float() for x in draw(windows, (40, 11), (4, 2), 0, False)]
    tensors = [x.requires_grad_() for x in tensors]
    pairs = Pairs(tensors[0], tensors[1], tensors[3])
    for threads in (1, 2, 5):
        torch.set_num_threads(threads)
        try:
            with using(wish):
                out = pairwise_sums(pairs, tensors[2], tuple(tensors[4:]), windows)
                moments = torch.stack(hidden_moments(pairs, tensors[4], windows))
                total = out.square().sum() + moments.square().sum()
            results.append((out, moments, *torch.autograd.grad(total, tensors)))
        finally:
            torch.set_num_threads(1)
    for other in results[1:]:
        assert all(torch.equal(a, b) for a, b in zip(results[0], other, strict=True))


@pytest.mark.parametrize("wish", ["c"])
def test_moments_far_from_zero_are_exact(wish: str) -> None:
    windows = Windows(3)
    left, right, _, shift, first, *_ = draw(windows, (8, 9), (4, 2), 0, False)
    left = left + 1000
    wanted = hidden_moments(Pairs(left, right, shift), first, windows)[1]
    with using(wish):
        pairs = Pairs(left.float(), right.float(), shift.float())
        found = hidden_moments(pairs, first.float(), windows)[1]
    torch.testing.assert_close(found.double(), wanted, rtol=1e-3, atol=0)
