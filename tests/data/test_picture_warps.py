"""Warps of pictures against numbers by hand, naive loops and what must not change."""

import math

import numpy as np
import pytest
import torch

from saccade.data.picture_warps import bent, even_points, placed, stretched
from saccade.errors import ConfigError, ShapeError

LETTER = torch.tensor([[1, 2, 3], [4, 5, 6], [7, 8, 9]], dtype=torch.uint8)


def one(value: float) -> torch.Tensor:
    return torch.tensor([value])


def corners_of(height: int, width: int) -> torch.Tensor:
    x, y = width / 2, height / 2
    return torch.tensor([[[-x, -y], [x, -y], [-x, y], [x, y]]])


def read_slowly(picture: np.ndarray, x: float, y: float) -> float:
    """Read a picture (h w) at a place in pixels from its centre, black outside."""
    height, width = picture.shape
    column, row = x + (width - 1) / 2, y + (height - 1) / 2
    total = 0.0
    for n in range(height):
        for m in range(width):
            total += picture[n, m] * max(0, 1 - abs(row - n)) * max(0, 1 - abs(column - m))
    return total


def pixels(height: int, width: int) -> list[tuple[int, int, float, float]]:
    return [
        (row, column, column - (width - 1) / 2, row - (height - 1) / 2)
        for row in range(height)
        for column in range(width)
    ]


def test_a_quarter_turn_by_hand():
    turned = placed(LETTER[None], degrees=one(90.0))[0]
    assert turned.tolist() == [[7, 4, 1], [8, 5, 2], [9, 6, 3]]  # clockwise
    back = placed(LETTER[None], degrees=one(-90.0))[0]
    assert back.tolist() == [[3, 6, 9], [2, 5, 8], [1, 4, 7]]


def test_a_move_by_hand_is_in_pixels_right_and_down():
    shift = torch.tensor([[1.0, -1.0]])
    moved = placed(LETTER[None], shift=shift)[0]
    assert moved.tolist() == [[0, 4, 5], [0, 7, 8], [0, 0, 0]]
    wide = placed(LETTER[None], shift=torch.tensor([[1.0, 0.0]]), size=(3, 5))[0]
    assert wide.tolist() == [[0, 0, 1, 2, 3], [0, 0, 4, 5, 6], [0, 0, 7, 8, 9]]


def test_turn_scale_and_move_slowly(generator):
    picture = torch.rand(5, 7, generator=generator)
    made = placed(
        picture[None],
        degrees=one(30.0),
        scale=one(0.8),
        shift=torch.tensor([[1.5, -0.5]]),
        size=(6, 8),
    )[0]
    angle = math.radians(30)
    for row, column, x, y in pixels(6, 8):
        x, y = x - 1.5, y + 0.5
        from_x = (math.cos(angle) * x + math.sin(angle) * y) / 0.8
        from_y = (math.cos(angle) * y - math.sin(angle) * x) / 0.8
        wanted = read_slowly(picture.numpy(), from_x, from_y)
        assert float(made[row, column]) == pytest.approx(wanted, abs=1e-5)


@pytest.mark.parametrize("shape", [(2, 5, 6), (2, 3, 6, 5)])
@pytest.mark.parametrize("kind", [torch.uint8, torch.float32])
def test_nothing_asked_for_changes_nothing(shape, kind, generator):
    pictures = torch.rand(shape, generator=generator)
    pictures = (255 * pictures).to(kind) if kind == torch.uint8 else pictures
    still = torch.zeros(2, 16, 2)
    made = [
        placed(pictures),
        stretched(pictures, corners_of(*shape[-2:]).expand(2, 4, 2)),
        bent(pictures, still),
    ]
    for one_made in made:
        assert one_made.dtype == kind
        torch.testing.assert_close(one_made, pictures, atol=1e-5, rtol=0)


def test_corners_that_only_turn_are_the_turn():
    order = torch.tensor([1, 3, 0, 2])  # the upper left corner goes to the upper right
    turned = stretched(LETTER[None], corners_of(3, 3)[:, order])
    assert torch.equal(turned, placed(LETTER[None], degrees=one(90.0)))


def test_corners_come_to_lie_where_they_should():
    """A projective map is known by four points: what it makes of corners says all."""
    picture = torch.zeros(40, 40)
    picture[:4, :4] = 1.0  # a mark in the upper left corner
    wanted = torch.tensor([[[-12.0, -8.0], [20.0, -20.0], [-20.0, 20.0], [14.0, 17.0]]])
    made = stretched(picture[None], wanted)[0]
    rows, columns = (made > 0.5).nonzero().float().unbind(1)
    assert abs(float(columns.min()) - 19.5 + 12) < 1.5
    assert abs(float(rows.min()) - 19.5 + 8) < 1.5
    assert float(made[:10].sum()) == 0  # above that corner everything is black


def projective_slowly(corners: np.ndarray, frame: np.ndarray) -> np.ndarray:
    """Solve for the matrix that brings four corners to those of a frame."""
    rows, goals = [], []
    for (x, y), (u, v) in zip(corners, frame, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        goals += [u, v]
    return np.append(np.linalg.solve(rows, goals), 1).reshape(3, 3)


@pytest.mark.parametrize("corner", [(-2.0, -3.0), (3.0, 3.0)], ids=["tilted", "folded"])
def test_stretching_slowly(corner, generator):
    picture, corners = torch.rand(8, 10, generator=generator), corners_of(8, 10)
    frame = corners[0].numpy().copy()
    corners[0, 0] = torch.tensor(corner)
    made = stretched(picture[None], corners)[0]
    matrix = projective_slowly(corners[0].numpy(), frame)
    for row, column, x, y in pixels(8, 10):
        u, v, w = matrix @ [x, y, 1]
        wanted = read_slowly(picture.numpy(), u / w, v / w)
        assert float(made[row, column]) == pytest.approx(wanted, abs=1e-4)


def test_a_place_infinitely_far_away_is_black():
    """The sides of this trapezoid meet in the third row, at y = -1."""
    corners = torch.tensor([[[-1.0, 0.0], [1.0, 0.0], [-3.0, 2.0], [3.0, 2.0]]])
    made = stretched(torch.ones(1, 7, 7), corners)[0]
    assert bool(made.isfinite().all())
    assert float(made[:3].sum()) == 0
    assert float(made[4, 3]) == 1


def test_three_corners_on_a_line():
    with pytest.raises(ConfigError, match="no three lie on a line, got three that do"):
        stretched(torch.ones(1, 4, 4), torch.zeros(1, 4, 2))


def spline_slowly(points: np.ndarray, moves: np.ndarray, x: float, y: float) -> np.ndarray:
    """Solve for the spline through moves (k 2) of points (k 2), and evaluate it at a place."""

    def phi(squared: float) -> float:
        return squared * math.log(squared) if squared > 0 else 0.0

    count = len(points)
    system = np.zeros((count + 3, count + 3))
    for i, first in enumerate(points):
        for j, second in enumerate(points):
            system[i, j] = phi(float(((first - second) ** 2).sum()))
        system[i, count:] = system[count:, i] = [1, *first]
    weights = np.linalg.solve(system, np.concatenate([moves, np.zeros((3, 2))]))
    bends = [phi(float(((point - (x, y)) ** 2).sum())) for point in points]
    return np.array([*bends, 1, x, y]) @ weights


def test_bending_slowly(generator):
    picture = torch.rand(6, 9, generator=generator)
    moves = torch.randn(1, 16, 2, generator=generator, dtype=torch.float64)
    made = bent(picture[None], moves.float(), scale=one(0.9))[0]
    points = even_points((6, 9), 4).numpy()
    for row, column, x, y in pixels(6, 9):
        away = spline_slowly(points, moves[0].numpy(), x, y)
        wanted = read_slowly(picture.numpy(), (x + away[0]) / 0.9, (y + away[1]) / 0.9)
        assert float(made[row, column]) == pytest.approx(wanted, abs=1e-4)


def test_moving_all_points_alike_moves_the_picture():
    moves = torch.tensor([1.0, 0.0]).expand(1, 16, 2)
    assert bent(LETTER[None], moves)[0].tolist() == [[2, 3, 0], [5, 6, 0], [8, 9, 0]]


def test_points_of_a_grid_by_hand():
    assert even_points((2, 4), 2).tolist() == [[-2, -1], [2, -1], [-2, 1], [2, 1]]


@pytest.mark.parametrize(
    "wrong", [torch.zeros(4, 4), torch.zeros(1, 4, 4, dtype=torch.int64), torch.zeros(1, 1, 4)]
)
def test_what_is_no_picture(wrong):
    with pytest.raises(ShapeError, match=r"expected pictures \(n h w\) or \(n c h w\)"):
        placed(wrong)
