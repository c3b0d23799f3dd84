"""The axis alphabet."""

import pytest
import torch

from saccade.errors import ShapeError
from saccade.shapes import AXES, expect, expect_dtype


def test_what_fits_passes() -> None:
    expect(torch.zeros(2, 3, 4, 5), "b c h w", c=3, w=5)
    expect(torch.zeros(2, 3), "n d", "the table", b=7)  # an axis that is not there is no demand


@pytest.mark.parametrize(
    ("shape", "sentence"),
    [
        ((2, 3), "the images as (b c) with 2 axes, c=3, got (2, 3, 1)"),
        ((2, 4), "the images as (b c), c=3, got (2, 4)"),
    ],
)
def test_what_does_not_fit(shape: tuple[int, ...], sentence: str) -> None:
    x = torch.zeros(*shape, 1) if "with" in sentence else torch.zeros(shape)
    with pytest.raises(ShapeError) as error:
        expect(x, "b c", "the images", c=3)
    assert str(error.value) == (f"expected {sentence}; try a tensor whose axes are image, channel")


def test_types() -> None:
    expect_dtype(torch.zeros(2).half(), "floats")
    expect_dtype(torch.zeros(2) > 0, "booleans")
    with pytest.raises(ShapeError, match=r"the mask as booleans, got torch\.int64; try mask > 0"):
        expect_dtype(torch.zeros(2).long(), "booleans", "the mask")
    with pytest.raises(ShapeError, match=r"the input as floating point numbers, got torch\.bool"):
        expect_dtype(torch.zeros(2) > 0, "floats")


def test_the_alphabet_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        AXES["z"] = "depth"
