"""The spatial transformer, number by number."""

import math

import pytest
import torch
from torch import Tensor

from saccade.attention import SpatialTransformer, sample_map
from saccade.errors import ConfigError, ShapeError


def shifted(columns: float, width: int) -> Tensor:
    """Numbers of the affine map that looks some columns further right."""
    return torch.tensor([1.0, 0, 2 * columns / (width - 1), 0, 1, 0])


def test_by_hand() -> None:
    # Looking half a column further right averages neighbours; beyond the border is zero.
    warp = SpatialTransformer(1)
    warp.localisation.fc2.bias.data = shifted(0.5, 3)
    output = warp(torch.tensor([[[[2.0, 4.0, 8.0]]]]))
    torch.testing.assert_close(output, torch.tensor([[[[3.0, 6.0, 4.0]]]]))


def pixels(grid: Tensor, sizes: tuple[int, ...], aligned: bool) -> list[float]:
    """Coordinates in -1…1, x first, as positions of the map."""
    scale = [size - 1 if aligned else size for size in sizes]
    offset = 0.0 if aligned else -0.5
    return [(float(g) + 1) / 2 * s + offset for g, s in zip(grid, scale, strict=True)]


def slowly(image: Tensor, grid: Tensor, aligned: bool) -> Tensor:
    """Eq. 5 of the paper: Σ U_nm · max(0, 1 - |x - m|) · max(0, 1 - |y - n|)."""
    channels, height, width = image.shape
    output = image.new_zeros(channels, *grid.shape[:2])
    for i in range(grid.shape[0]):
        for j in range(grid.shape[1]):
            x, y = pixels(grid[i, j], (width, height), aligned)
            for n in range(height):
                for m in range(width):
                    weight = max(0.0, 1 - abs(x - m)) * max(0.0, 1 - abs(y - n))
                    output[:, i, j] += weight * image[:, n, m]
    return output


@pytest.mark.parametrize("aligned", [False, True])
@pytest.mark.parametrize("warp", ["attention", "affine", "projective", "thin_plate"])
@pytest.mark.parametrize(
    ("shape", "size"), [((2, 2, 4, 7), None), ((1, 1, 5, 5), (3, 2)), ((1, 2, 1, 6), None)]
)
@torch.no_grad()
def test_slowly(normal, aligned: bool, warp: str, shape: tuple, size: tuple | None) -> None:
    module = SpatialTransformer(shape[1], warp=warp, size=size, align_corners=aligned).double()
    bias = module.localisation.fc2.bias
    bias += 0.2 * normal(len(bias), dtype=torch.float64)
    x = normal(*shape, dtype=torch.float64)
    seen: list[Tensor] = []
    module.tap.listeners.append(lambda _, grid, __: seen.append(grid))
    grids = module.coordinates(x)[:, 0]
    for image, output, grid in zip(x, module(x), grids, strict=True):
        torch.testing.assert_close(output, slowly(image, grid, aligned), atol=1e-12, rtol=0)
    for axis, size in ((0, shape[3]), (1, shape[2])):  # as pixels, both mean the same
        shown = ((seen[0][..., axis] + 1) * size - 1) / 2
        ends = size - 1 if aligned else size
        expected = ((grids[..., axis] + 1) * ends - (0 if aligned else 1)) / 2
        torch.testing.assert_close(shown, expected, atol=1e-12, rtol=0)


@pytest.mark.parametrize("aligned", [False, True])
@torch.no_grad()
def test_volumes_slowly(normal, aligned: bool) -> None:
    module = SpatialTransformer(1, warp="affine_3d", align_corners=aligned, size=(2, 3, 2)).double()
    module.localisation.fc2.bias += 0.2 * normal(12, dtype=torch.float64)
    volume = normal(1, 1, 3, 2, 4, dtype=torch.float64)
    grid, output = module.coordinates(volume)[0, 0], module(volume)[0, 0]
    for place in [(t, i, j) for t in range(2) for i in range(3) for j in range(2)]:
        at = pixels(grid[place], (4, 2, 3), aligned)
        expected = 0.0
        for index in [(d, n, m) for d in range(3) for n in range(2) for m in range(4)]:
            parts = [max(0.0, 1 - abs(a - b)) for a, b in zip(at, reversed(index), strict=True)]
            expected += math.prod(parts) * float(volume[0, 0][index])
        assert float(output[place]) == pytest.approx(expected, abs=1e-12)


def test_the_gradient_by_the_coordinates_is_the_papers(normal) -> None:
    # dV/dx = Σ U_nm · max(0, 1 - |y - n|) · (+1 if m ≥ x, -1 if m < x, 0 if |m - x| ≥ 1), eq. 7;
    # a coordinate of 2 / (w - 1) is one column.
    image = normal(1, 1, 4, 5, dtype=torch.float64)
    grid = (normal(1, 3, 3, 2, dtype=torch.float64) / 2).requires_grad_()
    sample_map(image, grid).output.sum().backward()
    for i in range(3):
        for j in range(3):
            x, y = pixels(grid[0, i, j].detach(), (5, 4), aligned=True)
            slope = 0.0
            for n in range(4):
                for m in range(5):
                    side = 0 if abs(m - x) >= 1 else 1 if m >= x else -1
                    slope += float(image[0, 0, n, m]) * max(0.0, 1 - abs(y - n)) * side
            assert float(grid.grad[0, i, j, 0]) == pytest.approx(slope * (5 - 1) / 2, abs=1e-12)


@pytest.mark.parametrize("aligned", [False, True])
@pytest.mark.parametrize("warp", ["attention", "affine", "projective", "thin_plate", "affine_3d"])
@pytest.mark.parametrize("shape", [(4, 7), (1, 5), (6, 1), (1, 1), (28, 28)])
def test_it_starts_as_the_identity(normal, aligned: bool, warp: str, shape: tuple) -> None:
    module = SpatialTransformer(2, warp=warp, align_corners=aligned).double()
    volume = (3, *shape) if warp == "affine_3d" else shape
    x = normal(2, 2, *volume, dtype=torch.float64)
    # The start of a thin-plate spline is kept in float32, and φ multiplies its rounding.
    near = 1e-5 if warp == "thin_plate" else 1e-13
    torch.testing.assert_close(module(x), x, atol=near, rtol=0)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"parallel": 0}, "positive sizes, got channels=4, parallel=0; try parallel=1"),
        ({"size": (3,)}, "an output size of 2 positive sides, got (3,); try size=(28, 28)"),
        ({"padding_mode": "mirror"}, "padding_mode as one of zeros, border, reflection, got"),
        ({"warp": "rigid"}, "a warp out of attention, affine, projective, thin_plate, affine_3d,"),
    ],
)
def test_options_that_cannot_work(options: dict, sentence: str) -> None:
    with pytest.raises(ConfigError) as error:
        SpatialTransformer(4, **options)
    assert str(error.value).startswith(f"expected {sentence}")


def test_a_volume_for_a_warp_of_the_plane() -> None:
    with pytest.raises(ShapeError) as error:
        SpatialTransformer(4)(torch.zeros(2, 4, 2, 3, 3))
    assert str(error.value) == (
        "expected the feature map as (b c h w) with 4 axes, c=4, got (2, 4, 2, 3, 3); "
        "try a tensor whose axes are image, channel, row, column"
    )
