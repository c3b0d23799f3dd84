"""Families of warps."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from saccade.errors import ConfigError
from saccade.layers.warps import (
    AffineWarp,
    AttentionWarp,
    ProjectiveWarp,
    ThinPlateWarp,
    Warp,
    apply_affine,
    compose_affine,
    find_warp,
    inverse_affine,
    target_positions,
)

FAMILIES: list[Warp] = [
    AttentionWarp(),
    AttentionWarp(scale=1.0),
    AffineWarp(),
    AffineWarp(axes=3),
    ProjectiveWarp(),
    ThinPlateWarp(),
    ThinPlateWarp(rows=2, columns=3),
]
DOUBLE = torch.zeros((), dtype=torch.float64)


def test_by_hand() -> None:
    # Two rows and three columns; with centres at the ends, x is -1, 0, 1, and with edges at the
    # ends it is -2/3, 0, 2/3. Rows count first, and x comes before y.
    ends = target_positions((2, 3), align_corners=True, like=DOUBLE)
    assert ends.tolist() == [[-1, -1], [0, -1], [1, -1], [-1, 1], [0, 1], [1, 1]]
    edges = target_positions((2, 3), align_corners=False, like=DOUBLE)
    torch.testing.assert_close(edges[:2], torch.tensor([[-2 / 3, -0.5], [0, -0.5]]).double())
    assert target_positions((1, 1), align_corners=True, like=DOUBLE).tolist() == [[0, 0]]
    # A window of half the size around (0.5, -0.25): its corners are at ±0.5 from there.
    window = AttentionWarp().grid(torch.tensor([[0.5, 0.5, -0.25]]), ends.float())
    assert window[0, 0].tolist() == [0.0, -0.75]
    # (x, y) = (1, 1) under the matrix (1 0 0; 0 1 0; 0.5 0.5 1) is (1, 1) / 2.
    tilted = torch.tensor([[1.0, 0, 0, 0, 1, 0, 0.5, 0.5]])
    assert ProjectiveWarp().grid(tilted, ends.float())[0, 5].tolist() == [0.5, 0.5]


@pytest.mark.filterwarnings("ignore:Since version 1.3.0, affine_grid behavior has changed")
@pytest.mark.parametrize("aligned", [False, True])
@pytest.mark.parametrize("size", [(3, 5), (1, 4), (4, 1), (2, 3, 5)])
def test_affine_grids_are_torchs(normal, aligned: bool, size: tuple[int, ...]) -> None:
    axes = len(size)
    matrix = normal(2, axes, axes + 1, dtype=torch.float64)
    expected = F.affine_grid(matrix, [2, 1, *size], align_corners=aligned)
    targets = target_positions(size, align_corners=aligned, like=matrix)
    grid = AffineWarp(axes=axes).grid(matrix.flatten(1), targets).reshape(2, *size, axes)
    torch.testing.assert_close(grid, expected, atol=1e-14, rtol=0)


def size_of(warp: Warp) -> tuple[int, ...]:
    return (2, 3, 4)[-warp.axes :]


@pytest.mark.parametrize("warp", FAMILIES, ids=str)
def test_each_family_has_the_identity(warp: Warp) -> None:
    numbers = warp.start([1.0] * warp.axes, [0.0] * warp.axes)
    assert numbers.shape == (warp.count,)
    targets = target_positions(size_of(warp), align_corners=True, like=numbers)
    near = 1e-6 if isinstance(warp, ThinPlateWarp) else 0
    grid = warp.grid(numbers[None], targets)
    torch.testing.assert_close(grid[0], targets, atol=near, rtol=0)


@pytest.mark.parametrize("warp", FAMILIES[2:], ids=str)
def test_each_family_but_attention_starts_at_any_scale_and_shift(warp: Warp) -> None:
    scale, shift = torch.tensor([0.5, 0.25, 1.0]), torch.tensor([0.5, -0.75, 0.0])
    numbers = warp.start(scale[: warp.axes].tolist(), shift[: warp.axes].tolist())
    targets = target_positions(size_of(warp), align_corners=True, like=numbers)
    moved = targets * scale[: warp.axes] + shift[: warp.axes]
    torch.testing.assert_close(warp.grid(numbers[None], targets)[0], moved, atol=1e-6, rtol=0)


@pytest.mark.parametrize("warp", FAMILIES, ids=str)
def test_the_gradient_of_each_family_is_right(normal, warp: Warp) -> None:
    start = warp.start([1.0] * warp.axes, [0.0] * warp.axes).double()
    numbers = start + 0.1 * normal(2, warp.count, dtype=torch.float64)
    targets = target_positions(size_of(warp), align_corners=True, like=numbers)

    def run(chosen: Tensor) -> Tensor:
        return warp.grid(chosen, targets)

    assert torch.autograd.gradcheck(run, numbers.requires_grad_())


def test_a_horizon_in_the_map_stays_finite() -> None:
    numbers = torch.tensor([[1.0, 0, 0, 0, 1, 0, 1, 0]], requires_grad=True)  # w = 0 at x = -1
    targets = target_positions((3, 5), align_corners=True, like=numbers)
    grid = ProjectiveWarp().grid(numbers, targets)
    grid.sum().backward()
    assert grid.isfinite().all()
    assert numbers.grad.isfinite().all()


def test_grids_are_made_in_float32_at_least() -> None:
    targets = target_positions((1, 224), align_corners=True, like=torch.zeros(1).bfloat16())
    assert targets.dtype == torch.float32


def test_inverse_and_composition(normal) -> None:
    first, second = normal(2, 4, 3, 4, dtype=torch.float64)
    points = normal(7, 3, dtype=torch.float64)
    both = apply_affine(compose_affine(second, first), points)
    for image in range(4):
        step = apply_affine(first[image], points)
        torch.testing.assert_close(both[image], apply_affine(second[image], step))
    back = compose_affine(inverse_affine(first), first)
    same = torch.eye(3, 4, dtype=torch.float64).expand(4, 3, 4)
    torch.testing.assert_close(back, same, atol=1e-12, rtol=0)


def test_errors() -> None:
    with pytest.raises(ConfigError, match="affine maps that can be undone, got a flat one; try"):
        inverse_affine(torch.zeros(2, 3))
    with pytest.raises(ConfigError) as error:
        find_warp("affin")
    assert str(error.value) == (
        "expected a warp out of attention, affine, projective, thin_plate, affine_3d, "
        "got 'affin'; try warp='affine'"
    )
