"""Local relation by the compiled C source; its numbers are tested with the layer."""

import pytest
import torch

from saccade.attention.local_relation import local_relation
from saccade.kernels import compiler, using
from saccade.kernels.aggregation_c import SIMILARITIES, SOURCE
from saccade.kernels.operators import Windows
from saccade.kernels.relation import has_relation, relation_c, relation_sums
from tests.kernels.slow_aggregation import WINDOWS, noise

each_window = pytest.mark.parametrize(("windows", "grid", "channels", "groups"), WINDOWS, ids=str)


@pytest.fixture(autouse=True)
def compiled() -> None:
    """Skip where there is no compiler."""
    if compiler.library(SOURCE) is None:
        pytest.skip(compiler.reason(SOURCE))


def draw(
    windows: Windows, grid: tuple[int, int], channels: int, groups: int, dtype: torch.dtype
) -> list[torch.Tensor]:
    """Queries, keys, values, prior."""
    side, counts = windows.kernel_size, (windows.count(grid[0]), windows.count(grid[1]))
    shapes = [(2, groups, *counts), (2, groups, *grid), (2, channels, *grid), (groups, side, side)]
    return [noise(*shape, seed=n, dtype=dtype) for n, shape in enumerate(shapes)]


@each_window
@pytest.mark.parametrize("similarity", SIMILARITIES)
@pytest.mark.parametrize(("dtype", "near"), [(torch.float32, 1e-4), (torch.float64, 1e-11)])
def test_output_and_gradients_are_those_of_the_explicit_form(
    windows: Windows,
    grid: tuple[int, int],
    channels: int,
    groups: int,
    similarity: str,
    dtype: torch.dtype,
    near: float,
) -> None:
    tensors = draw(windows, grid, channels, groups, dtype)
    options = dict(zip(("kernel_size", "stride", "dilation"), windows.numbers[:3], strict=True))
    with using("torch"):
        wanted = local_relation(
            *tensors,
            similarity=similarity,
            boundary=windows.boundary,
            layout=windows.layout,
            **options,
        ).output
    found = relation_sums(*tensors, similarity, windows)
    torch.testing.assert_close(found, wanted, atol=near, rtol=near)
    slope = torch.ones_like(wanted).cumsum(-1) / wanted.numel()
    theirs = torch.autograd.grad(wanted, tensors, slope)
    for one, other in zip(torch.autograd.grad(found, tensors, slope), theirs, strict=True):
        torch.testing.assert_close(one, other, atol=near, rtol=near)


@pytest.mark.slow
@pytest.mark.parametrize("with_prior", [True, False])
def test_torch_agrees_that_it_is_an_operator(with_prior: bool) -> None:
    windows = Windows(3, boundary="mask")
    tensors = draw(windows, (3, 4), 4, 2, torch.float32)
    prior = tensors[3] if with_prior else None
    torch.library.opcheck(relation_c, (*tensors[:3], prior, 0, *windows.numbers))


def test_where_it_can_run() -> None:
    with using("torch"):
        assert not has_relation(torch.zeros(1))
    with using("auto"):
        assert has_relation(torch.zeros(1))
