"""The order of tokens."""

import pytest

from saccade.errors import ShapeError
from saccade.layers import TokenLayout

LAYOUT = TokenLayout(("cls", "dist"), (2, 3), (4, 5))  # 8 pixels high, 15 wide


def test_sizes() -> None:
    assert (LAYOUT.tokens, LAYOUT.img_size) == (8, (8, 15))


@pytest.mark.parametrize(
    ("x", "y", "token"),
    [(0, 0, 2), (4.99, 3.99, 2), (5, 0, 3), (14.99, 0, 4), (0, 4, 5), (14.99, 7.99, 7)],
)
def test_the_token_at_a_point(x: float, y: float, token: int) -> None:
    assert LAYOUT.token_at(x, y) == token


def test_every_pixel_belongs_to_one_patch() -> None:
    counts = [0] * LAYOUT.tokens
    for y in range(8):
        for x in range(15):
            counts[LAYOUT.token_at(x + 0.5, y + 0.5)] += 1
    assert counts == [0, 0, 20, 20, 20, 20, 20, 20]


@pytest.mark.parametrize(("x", "y"), [(-0.1, 0), (0, -0.1), (15, 0), (0, 8), (float("nan"), 0)])
def test_points_outside(x: float, y: float) -> None:
    with pytest.raises(ShapeError, match="a point inside the model's 15x8 image"):
        LAYOUT.token_at(x, y)


def test_as_json() -> None:
    assert LAYOUT.to_dict() == {"prefix": ["cls", "dist"], "grid": [2, 3], "patch": [4, 5]}
