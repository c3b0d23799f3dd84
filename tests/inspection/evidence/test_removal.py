"""The order in which parts are taken, the parts themselves, and RISE's blur."""

import math

import pytest
import torch

from saccade.errors import ConfigError, ShapeError
from saccade.inspection.evidence.removal import (
    black,
    blurred,
    check_parts,
    class_scores,
    predicted,
    removal_order,
    replaced,
)


def test_the_order_by_hand():
    # Row by row 1 3 3 0: the first 3 goes first, then the second, then 1, then 0.
    order = removal_order(torch.tensor([[[1.0, 3.0], [3.0, 0.0]]]))
    assert order.tolist() == [[2, 0, 1, 3]]


def test_equal_maps_go_in_row_order():
    assert removal_order(torch.zeros(2, 3, 4))[1].tolist() == list(range(12))


def test_patches_are_blocks_of_pixels(normal):
    images = normal(2, 3, 4, 6)
    part = check_parts(images, torch.zeros(2, 2, 3))
    assert part == (2, 2)
    taken = torch.tensor([[False, True, False, False, False, True]] * 2)
    found = replaced(images, torch.zeros(()), taken, part)
    assert not found[:, :, 0:2, 2:4].any()
    assert not found[:, :, 2:4, 4:6].any()
    torch.testing.assert_close(found[:, :, 2:4, 0:4], images[:, :, 2:4, 0:4])
    torch.testing.assert_close(found[:, :, 0:2, 4:6], images[:, :, 0:2, 4:6])


def test_black_is_what_a_zero_pixel_becomes():
    expected = ((0 - 0.5) / 0.25, (0 - 0.2) / 0.1)
    torch.testing.assert_close(black((0.5, 0.2), (0.25, 0.1)).flatten(), torch.tensor(expected))


def test_the_blur_slowly():
    # The kernel: a point in the middle of 11 pixels that a Gaussian of sigma 5, cut after four
    # sigmas, spreads; what leaves the 11 pixels is mirrored at their edges, again and again.
    line = [0.0] * 11
    total = sum(math.exp(-0.5 * (step / 5) ** 2) for step in range(-20, 21))
    for step in range(-20, 21):
        place = 5 + step
        while not 0 <= place < 11:
            place = -1 - place if place < 0 else 21 - place
        line[place] += math.exp(-0.5 * (step / 5) ** 2) / total
    point = torch.zeros(1, 1, 21, 21, dtype=torch.float64)
    point[0, 0, 10, 10] = 1
    kernel = torch.tensor(line, dtype=torch.float64)
    expected = torch.zeros(21, 21, dtype=torch.float64)
    expected[5:16, 5:16] = kernel[:, None] * kernel[None]
    torch.testing.assert_close(blurred(point)[0, 0], expected)
    assert sum(line) == pytest.approx(1)


def test_the_blur_equals_scipy_s():
    ndimage = pytest.importorskip("scipy.ndimage")
    point = torch.zeros(11, 11, dtype=torch.float64)
    point[5, 5] = 1
    wide = torch.nn.functional.pad(point, (5, 5, 5, 5))[None, None]
    theirs = torch.from_numpy(ndimage.gaussian_filter(point.numpy(), 5))
    torch.testing.assert_close(blurred(wide)[0, 0, 5:16, 5:16], theirs)


def test_outside_of_the_image_is_zero():
    found = blurred(torch.ones(1, 1, 30, 30))
    assert float(found[0, 0, 15, 15]) == pytest.approx(1)
    assert float(found[0, 0, 0, 15]) == pytest.approx(6 / 11, abs=0.03)


def test_the_first_of_equal_classes_is_predicted():
    scores = torch.tensor([[1.0, 5.0, 5.0], [2.0, 0.0, 2.0]])
    assert predicted(lambda x: scores[x[:, 0].long()], torch.tensor([[0.0], [1.0]])).tolist() == [
        1,
        0,
    ]


@pytest.mark.parametrize(
    ("call", "error", "sentence"),
    [
        (
            lambda: check_parts(torch.zeros(1, 3, 4, 4), torch.zeros(1, 3, 4)),
            ShapeError,
            r"maps whose sides divide 4 and 4, got \(3, 4\)",
        ),
        (
            lambda: removal_order(torch.full((1, 2, 2), torch.nan)),
            ShapeError,
            "maps without NaN, got 4 of them",
        ),
        (lambda: blurred(torch.zeros(1, 1, 2, 2), side=4), ConfigError, "an odd side"),
        (
            lambda: class_scores(lambda x: x, torch.zeros(2, 1, 2, 2)),
            ShapeError,
            r"logits \(2, classes\), got \(2, 1, 2, 2\)",
        ),
    ],
)
def test_what_does_not_fit(call, error, sentence):
    with pytest.raises(error, match=sentence):
        call()
