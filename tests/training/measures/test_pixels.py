"""Intersection over union: by hand, and against a count pixel by pixel."""

import pytest
import torch

from saccade.training.measures.pixels import PixelScores


def test_by_hand() -> None:
    # Truth 0 0 1 1 void, answers 0 1 1 1 0: class 0 has 1 of 2 in the union, class 1 has 2 of 3.
    truth = torch.tensor([[0, 0, 1, 1, 255]], dtype=torch.uint8)
    answers = torch.tensor([[0, 1, 1, 1, 0]], dtype=torch.uint8)
    found = PixelScores.none(3).plus(truth, answers)
    assert found.iou == (1 / 2, 2 / 3, None)
    assert found.miou == pytest.approx(7 / 12)
    assert found.accuracy == 3 / 4
    assert found.class_accuracy == pytest.approx((1 / 2 + 1) / 2)
    assert (found.void, found.count) == (1, 1)


def test_pictures_are_counted_together_and_slowly() -> None:
    generator = torch.Generator().manual_seed(0)
    pictures = [
        tuple(torch.randint(0, 4, (3, 5), generator=generator, dtype=torch.uint8) for _ in "ta")
        for _ in range(4)
    ]
    pictures[1][0][0] = 255
    found, slow = PixelScores.none(4), torch.zeros(4, 4, dtype=torch.int64)
    for truth, answers in pictures:
        found = found.plus(truth, answers)
        for own, said in zip(truth.flatten().tolist(), answers.flatten().tolist(), strict=True):
            if own != 255:
                slow[own, said] += 1
    assert torch.equal(found.matrix, slow)
    for index, value in enumerate(found.iou):
        union = int(slow[index].sum() + slow[:, index].sum() - slow[index, index])
        assert value == int(slow[index, index]) / union


def test_what_void_is_answered_changes_nothing() -> None:
    truth = torch.tensor([[0, 255]], dtype=torch.uint8)
    both = [PixelScores.none(2).plus(truth, torch.tensor([[0, said]])) for said in (0, 1)]
    assert torch.equal(both[0].matrix, both[1].matrix)


def test_nothing_counted() -> None:
    empty = PixelScores.none(2)
    assert (empty.miou, empty.accuracy, empty.class_accuracy) == (0.0, 0.0, 0.0)
    assert empty.to_dict()["iou"] == [None, None]
