"""Batches of pictures become examples: normalised, changed as a whole, stood in for when empty."""

import dataclasses

import torch

from saccade.data.batches import Batch
from saccade.data.transforms import Preprocessing
from saccade.training.presenting import Pictures

PIXELS = Preprocessing(img_size=(2, 2), mean=(0.5,), std=(0.5,))
CPU = torch.device("cpu")


def batch(count: int) -> Batch:
    images = torch.full((count, 3, 2, 2), 255, dtype=torch.uint8)
    labels = torch.arange(count)
    return Batch(images, labels, tuple(range(count)), ("",) * count, (), (), 5, (), (0,) * count)


def test_pictures_are_normalised_and_keep_what_draws_depend_on() -> None:
    examples = Pictures(PIXELS)(batch(2), CPU, "7/1")
    assert torch.equal(examples.images, torch.ones(2, 3, 2, 2))
    assert examples.labels.tolist() == [0, 1]
    assert (examples.indices, examples.copies, examples.chance) == ((0, 1), (0, 0), "7/1")


def test_a_change_is_given_the_position() -> None:
    def change(examples, position):
        return dataclasses.replace(examples, images=examples.images * position)

    assert Pictures(PIXELS, change)(batch(1), CPU, "").images.max() == 5


def test_no_picture_gives_a_black_one() -> None:
    examples = Pictures(PIXELS)(batch(0), CPU, "")
    assert torch.equal(examples.images, -torch.ones(1, 3, 2, 2))
    assert examples.indices == (-1,)
