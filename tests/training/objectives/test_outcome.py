"""Random numbers of a picture depend on the picture and its copy, not on its batch."""

import torch

from saccade.training.objectives.outcome import Examples


def examples(*indices: int, copies: tuple[int, ...] = ()) -> Examples:
    blank = torch.zeros(len(indices), 3, 2, 2)
    labels = torch.zeros(len(indices), dtype=torch.int64)
    return Examples(blank, labels, indices=indices, chance="7/3", copies=copies)


def test_what_a_draw_depends_on() -> None:
    assert examples(4, 9).chances("mask") == ["7/3/mask/4", "7/3/mask/9"]
    assert examples(4, 4, copies=(0, 1)).chances("erase") == ["7/3/erase/4", "7/3/erase/4/copy 1"]


def test_the_batch_does_not_matter() -> None:
    together, alone = examples(4, 9).noise(5), examples(9).noise(5)
    assert torch.equal(together[1], alone[0])
    assert not torch.equal(together[0], together[1])


def test_copies_of_a_picture_have_their_own_numbers() -> None:
    first, second = examples(4, 4, copies=(0, 1)).noise(5, name="mask")
    assert not torch.equal(first, second)
    assert torch.equal(first, examples(4).noise(5, name="mask")[0])
