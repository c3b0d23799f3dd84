"""Warps by their matrices, and the paper's bilinear sum over every position."""

import itertools

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from saccade.attention import SpatialTransformer, sample_map
from saccade.layers.warps import find_warp, target_positions
from tests.oracles.support import close, draw


def _pixels(coordinate: Tensor, size: int, corners: bool) -> Tensor:
    if corners:
        return (coordinate + 1) / 2 * (size - 1)
    return ((coordinate + 1) * size - 1) / 2


def _hats(coordinate: Tensor, size: int, corners: bool) -> Tensor:
    """max(0, 1 - |x - m|) for every position m of an axis."""
    return (1 - (_pixels(coordinate, size, corners)[..., None] - torch.arange(size)).abs()).relu()


@pytest.mark.parametrize("corners", [True, False])
@pytest.mark.parametrize("shape", [(5, 7), (1, 6), (4, 1), (3, 4, 5)])
def test_sampler_is_the_papers_sum(shape: tuple[int, ...], corners: bool) -> None:
    x = draw(2, 3, *shape).requires_grad_()
    out = (4, 5) if len(shape) == 2 else (2, 3, 4)
    grid = (draw(2, *out, len(shape), seed=3) * 0.8).requires_grad_()
    hats = [_hats(grid[..., i], n, corners) for i, n in enumerate(reversed(shape))]
    if len(shape) == 2:
        wanted = torch.einsum("bcnm,bijm,bijn->bcij", x, *hats)
    else:
        wanted = torch.einsum("bclnm,bhijm,bhijn,bhijl->bchij", x, *hats)
    got = sample_map(x, grid, align_corners=corners)
    close(got.output, wanted, 1e-12)
    close(got.weights, grid, 0)
    pull = draw(*wanted.shape, seed=5)
    for one, other in zip(
        torch.autograd.grad(got.output, (x, grid), pull),
        torch.autograd.grad(wanted, (x, grid), pull),
        strict=True,
    ):
        close(one, other, 1e-11)


@pytest.mark.parametrize("corners", [True, False])
@pytest.mark.parametrize("size", [(5, 7), (2, 6), (3, 4, 5)])
def test_affine_grid_is_torchs(size: tuple[int, ...], corners: bool) -> None:
    axes = len(size)
    warp = find_warp("affine" if axes == 2 else "affine_3d")
    numbers = draw(2, axes * (axes + 1))
    targets = target_positions(size, align_corners=corners, like=numbers)
    got = warp.grid(numbers, targets)
    wanted = F.affine_grid(numbers.view(2, axes, -1), [2, 3, *size], align_corners=corners)
    close(got.reshape(wanted.shape), wanted, 1e-12)


def test_attention_and_projective_grids_by_their_matrices() -> None:
    targets = target_positions((3, 5), align_corners=True, like=draw(1))
    flat = targets.reshape(-1, 2)
    ones = torch.cat([flat, torch.ones(15, 1, dtype=flat.dtype)], 1)
    s, tx, ty = 0.5, 0.25, -0.125
    moved = find_warp("attention").grid(torch.tensor([[s, tx, ty]]).double(), targets)
    close(moved.reshape(-1, 2), flat * s + torch.tensor([tx, ty]).double(), 1e-12)
    eight = torch.tensor([0.9, 0.1, 0.2, -0.1, 1.1, -0.3, 0.2, 0.1]).double()
    matrix = torch.cat([eight, torch.ones(1).double()]).view(3, 3)
    point = ones @ matrix.T
    got = find_warp("projective").grid(eight[None], targets)
    close(got.reshape(-1, 2), point[:, :2] / point[:, 2:], 1e-12)


@pytest.mark.parametrize("warp", ["attention", "affine", "projective", "thin_plate", "affine_3d"])
@pytest.mark.parametrize("corners", [True, False])
def test_starts_as_the_identity(warp: str, corners: bool) -> None:
    for shape, padding in itertools.product(
        ((5, 7), (1, 6), (4, 1)), ("zeros", "border", "reflection")
    ):
        layer = SpatialTransformer(3, warp=warp, align_corners=corners, padding_mode=padding)
        size = (2, *shape) if warp == "affine_3d" else shape
        x = draw(2, 3, *size)
        close(layer.double()(x), x, 1e-6 if warp == "thin_plate" else 1e-12)
