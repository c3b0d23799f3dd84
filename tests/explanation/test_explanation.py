"""What an explanation holds."""

import torch

from saccade.explanation import Explanation


def made(**changes) -> Explanation:
    values = {
        "map": torch.tensor([[[1.0, 3.0]], [[2.0, 2.0]]]),
        "method": "it",
        "target": torch.tensor([0, 1]),
        "logits": torch.zeros(2, 2),
        "scores": torch.zeros(2),
        "size": (2, 4),
        "provenance": {},
        "details": {},
    }
    return Explanation(**{**values, **changes})


def test_stretched_to_pixels() -> None:
    found = made().upsampled()
    assert found[0].tolist() == [[1.0, 1.5, 2.5, 3.0]] * 2
    assert made().upsampled((1, 2)).tolist() == [[[1.0, 3.0]], [[2.0, 2.0]]]
    pixels = torch.arange(16.0).reshape(2, 2, 4)
    assert made(pixels=pixels).upsampled() is pixels


def test_stretched_to_one() -> None:
    assert made().stretched().tolist() == [[[0.0, 1.0]], [[0.0, 0.0]]]
    assert len(made()) == 2
