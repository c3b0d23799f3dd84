"""The glimpse sensor."""

import math

import pytest
import torch
from torch import Tensor

from saccade.attention import Glimpse, take_glimpse
from saccade.attention.glimpse import Retina
from saccade.errors import ConfigError, ShapeError

COUNTED = torch.arange(1.0, 31.0).reshape(1, 1, 5, 6)


def test_by_hand() -> None:
    # In 5 rows and 6 columns, (0, 0) lies in row 2, column 3. A patch with side 2 starts one
    # before: rows 1-2, columns 2-3. One with side 4 starts two before: rows 0-3, columns 1-4.
    output, boxes = take_glimpse(COUNTED, torch.zeros(1, 2), size=2, scales=2)
    fine = torch.tensor([[9.0, 10.0], [15.0, 16.0]])
    coarse = torch.tensor([[(2 + 3 + 8 + 9) / 4, (4 + 5 + 10 + 11) / 4], [17.5, 19.5]])
    torch.testing.assert_close(output[0, :, 0], torch.stack([fine, coarse]))
    # Columns 2-3 of 6 are 2/6 to 4/6 of the width, which is -1/3 to 1/3.
    expected = [[-1 / 3, -3 / 5, 1 / 3, 1 / 5], [-2 / 3, -1, 2 / 3, 3 / 5]]
    torch.testing.assert_close(boxes[0], torch.tensor(expected))


def slowly(image: Tensor, location: Tensor, size: int, scales: int, factor: int) -> Tensor:
    """Pixel by pixel; pixels outside of the image are zero."""
    channels, height, width = image.shape
    output = image.new_zeros(scales, channels, size, size)
    column = math.floor((float(location[0]) + 1) / 2 * width)
    row = math.floor((float(location[1]) + 1) / 2 * height)
    for scale in range(scales):
        step = factor**scale
        start = size * step // 2
        for i in range(size * step):
            for j in range(size * step):
                y, x = row - start + i, column - start + j
                if 0 <= y < height and 0 <= x < width:
                    output[scale, :, i // step, j // step] += image[:, y, x] / step**2
    return output


@pytest.mark.parametrize(
    ("size", "scales", "factor"), [(1, 1, 2), (4, 1, 2), (4, 3, 2), (3, 3, 2), (3, 2, 3), (2, 2, 1)]
)
@pytest.mark.parametrize("shape", [(6, 9), (7, 4), (1, 5), (1, 1)])
def test_slowly(normal, size: int, scales: int, factor: int, shape: tuple[int, int]) -> None:
    images = normal(5, 2, *shape, dtype=torch.float64)
    corners = torch.tensor([[-1.0, -1], [1, 1], [0, 0], [3, -0.2], [0.31, 0.7]]).double()
    output = Glimpse(2, size=size, scales=scales, factor=factor)(images, corners)
    assert output.shape == (5, scales, 2, size, size)
    for image, location, patches in zip(images, corners, output, strict=True):
        expected = slowly(image, location, size, scales, factor)
        torch.testing.assert_close(patches, expected, atol=1e-12, rtol=0)


@pytest.mark.parametrize(
    ("location", "row", "column"),
    [((0.0, 0.0), 20, 50), ((-1.0, 0.0), 20, 0), ((0.0, -1.0), 0, 50), ((0.5, -0.5), 10, 75)],
)
def test_x_is_the_column_of_an_image_that_is_not_square(
    location: tuple[float, float], row: int, column: int
) -> None:
    image = torch.zeros(1, 1, 40, 100)
    image[0, 0, row, column] = 1
    output = Glimpse(size=1)(image, torch.tensor([location]))
    assert output.item() == 1


@pytest.mark.parametrize("edge", [-1.0, 1.0])
def test_half_of_a_glimpse_at_the_edge_is_outside_and_zero(edge: float) -> None:
    patch = Glimpse(size=8)(torch.ones(1, 1, 28, 28), torch.tensor([[edge, 0.0]]))[0, 0, 0]
    empty, full = (patch[:, :4], patch[:, 4:]) if edge < 0 else (patch[:, 4:], patch[:, :4])
    assert not empty.any()
    assert full.all()


def test_the_glimpse_moves_with_the_image(normal) -> None:
    image, here = normal(1, 1, 12, 16), torch.tensor([[0.1, -0.2]])
    there = here + torch.tensor([[2 * 3 / 16, 2 * 2 / 12]])  # 3 columns and 2 rows
    sensor = Glimpse(size=3, scales=2)
    moved = torch.roll(image, (2, 3), (2, 3))
    torch.testing.assert_close(sensor(moved, there), sensor(image, here))


def test_the_channels_of_the_papers_vector_are_scale_by_scale() -> None:
    images = torch.stack([torch.ones(1, 8, 8), 2 * torch.ones(1, 8, 8)], dim=1)
    vector = Glimpse(size=2, scales=2)(images, torch.zeros(1, 2)).flatten(1)
    assert vector.tolist() == [[1.0] * 4 + [2.0] * 4 + [1.0] * 4 + [2.0] * 4]


def test_no_gradient_reaches_the_location(normal) -> None:
    images, locations = normal(2, 1, 5, 5).requires_grad_(), normal(2, 2).requires_grad_()
    Glimpse(size=2)(images, locations).sum().backward()
    assert locations.grad is None
    assert images.grad is not None


def test_what_is_not_looked_at_does_not_matter() -> None:
    image = torch.full((1, 1, 6, 6), math.nan)
    image[..., :3, :3] = 1
    assert Glimpse(size=2)(image, torch.tensor([[-0.5, -0.5]])).eq(1).all()


def test_errors(normal) -> None:
    with pytest.raises(ConfigError) as error:
        Glimpse(scales=0)
    assert str(error.value) == "expected scales as a positive whole number, got 0; try scales=2"
    with pytest.raises(ShapeError) as shape:
        Glimpse()(normal(2, 1, 5, 5), normal(3, 2))
    assert str(shape.value) == (
        "expected the locations as (b xy), b=2, xy=2, got (3, 2); "
        "try a tensor whose axes are image, coordinate"
    )


def test_a_place_that_is_not_a_number_shows_nothing(generator):
    images = torch.rand(2, 3, 9, 12, generator=generator)
    places = torch.tensor([[float("nan"), 0.0], [0.0, 0.0]])
    patches = take_glimpse(images, places, size=2, scales=2).output
    assert patches[0].eq(0).all()
    assert patches[1].ne(0).any()


def test_a_retina_looks_again_and_again(generator):
    images = torch.rand(3, 2, 9, 12, generator=generator)
    retina = Retina(images, size=3, scales=2)
    for _ in range(3):
        places = torch.rand(3, 2, generator=generator) * 2 - 1
        found, wanted = retina.look(places), take_glimpse(images, places, size=3, scales=2)
        assert found.output.equal(wanted.output)
        assert found.weights.equal(wanted.weights)
