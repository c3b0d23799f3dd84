"""Images that patches do not divide: refused, padded, cropped."""

import pytest
import torch

from saccade.errors import ConfigError
from saccade.layers.canvas import Canvas, canvas_of
from saccade.layers.patches import pair


@pytest.mark.parametrize(
    ("size", "fit", "wanted"),
    [
        ((30, 44), "pad", Canvas((32, 48))),
        ((30, 44), "crop", Canvas((24, 40), (3, 2))),
        ((31, 40), "crop", Canvas((24, 40), (3, 0))),
        ((3, 8), "pad", Canvas((8, 8))),
        *(((16, 24), fit, Canvas((16, 24))) for fit in ("error", "pad", "crop")),
    ],
)
def test_the_canvas_is_made_of_whole_patches(size, fit, wanted) -> None:
    assert canvas_of(size, (8, 8), fit) == wanted


def test_borders_are_zeros_and_the_middle_stays() -> None:
    images = torch.arange(1.0, 2 * 3 * 5 * 7 + 1).reshape(2, 3, 5, 7)
    padded = canvas_of((5, 7), (4, 4), "pad").cut(images)
    assert padded.shape == (2, 3, 8, 8)
    assert torch.equal(padded[..., :5, :7], images)
    assert not padded[..., 5:, :].any()
    assert not padded[..., 7:].any()
    assert torch.equal(canvas_of((5, 7), (4, 4), "crop").cut(images), images[..., 0:4, 1:5])
    whole = canvas_of((5, 7), (5, 7), "pad").cut(images)
    assert whole is images


@pytest.mark.parametrize(
    ("size", "fit", "sentence"),
    [
        (
            (222, 222),
            "error",
            "expected an image side divisible by the patch side 16, got 222x222; "
            'try 208 or 224, or img_fit="pad" or "crop"',
        ),
        (
            (8, 32),
            "error",
            "expected an image side divisible by the patch side 16, got 8x32; "
            'try 16x32, or img_fit="pad"',
        ),
        (
            (8, 32),
            "crop",
            "expected an image side divisible by the patch side 16, got 8x32; try 16x32",
        ),
        ((32, 32), "fill", "expected img_fit error, pad, crop, got 'fill'; try img_fit=\"pad\""),
    ],
)
def test_what_cannot_work_is_told_with_ways_out(size, fit, sentence) -> None:
    with pytest.raises(ConfigError) as caught:
        canvas_of(size, (16, 16), fit)
    assert str(caught.value) == sentence


def test_a_size_may_be_written_as_text() -> None:
    assert (pair("256x192"), pair("384")) == ((256, 192), (384, 384))
    for wrong in ("", "x", "2x", "1x2x3", "a"):
        with pytest.raises(ConfigError, match=r"a side or \(height, width\) in pixels"):
            pair(wrong)
