"""Windows among images or heads."""

import torch

from saccade.attention.fused_reading import Fused
from saccade.attention.reading import Whole
from saccade.inspection.regrouping import hides, moved, split


def test_windows_among_heads_are_moved_and_split(normal) -> None:
    weights = normal(2, 3, 4, 5, 5)  # images heads windows
    flat = Whole(weights.flatten(0, 1))
    wanted = weights.transpose(1, 2).flatten(0, 1)
    torch.testing.assert_close(moved(flat, 2).rows(), wanted, atol=0, rtol=0)
    behind = Whole(weights.transpose(1, 2).reshape(2, 12, 5, 5))
    torch.testing.assert_close(split(behind, 4).rows(), wanted, atol=0, rtol=0)


def test_what_goes_into_a_kernel_goes_along(normal) -> None:
    q, k, v, added = (normal(6, 4, 5, 5) for _ in range(4))
    output = torch.nn.functional.scaled_dot_product_attention(q, k, v, added)
    reading = Fused(q, k, v, added, output=output)
    other = moved(reading, 2)
    assert other.shape == (8, 3, 5, 5)
    assert other.error(other.rows()) < 1e-6
    shared = Fused(q, k[:, :2], v[:, :2])
    assert moved(shared, 2) is None


def test_windows_that_hide_keys(normal) -> None:
    scores = normal(2 * 3, 4, 5, 5)
    assert not hides(Whole(scores.softmax(-1)), 3)
    scores[1::3, :, 2, 4] = -100.0  # in one window of both images
    assert hides(Whole(scores.softmax(-1)), 3)
    q = normal(6, 4, 5, 2)
    bias = normal(4, 5, 5)
    assert [hides(Fused(q, q, q, added), 3) for added in (None, bias)] == [False, False]
    assert hides(Fused(q, q, q, bias.index_fill(-1, torch.tensor(3), -100.0)), 3)
    assert hides(Fused(q, q, q, bias > bias.min()), 3)
