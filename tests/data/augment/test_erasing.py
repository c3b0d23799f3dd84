import math
import random

import pytest
import torch

from saccade.data.augment.erasing import draw_box, erase
from saccade.errors import ConfigError


def test_as_often_as_asked_and_full_of_noise():
    images = torch.full((400, 3, 24, 20), 7.0)
    got = erase(images, 0.25, chances=random.Random(0))
    assert torch.equal(images, torch.full_like(images, 7.0))
    changed = got != 7.0
    pictures = changed.flatten(1).any(dim=1)
    assert pictures.float().mean() == pytest.approx(0.25, abs=0.06)
    for mask in changed[pictures]:
        assert torch.equal(mask[0], mask[1])
        rows, columns = mask[0].any(dim=1), mask[0].any(dim=0)
        assert mask[0].sum() == rows.sum() * columns.sum()  # a box
    noise = got[changed]
    assert noise.mean() == pytest.approx(0, abs=0.02)
    assert noise.std() == pytest.approx(1, abs=0.02)


def test_boxes_have_the_papers_area_and_aspect():
    chances, areas, aspects = random.Random(0), [], []
    for _ in range(1500):
        top, bottom, left, right = draw_box((200, 200), chances)
        areas.append((bottom - top) * (right - left) / 40000)
        aspects.append(math.log((bottom - top) / (right - left)))
    assert 0.019 < min(areas) < max(areas) < 0.335
    assert sum(areas) / len(areas) == pytest.approx((0.02 + 1 / 3) / 2, abs=0.01)
    assert max(map(abs, aspects)) < math.log(1 / 0.3) + 0.1
    assert sum(aspects) / len(aspects) == pytest.approx(0, abs=0.06)


def test_a_picture_of_one_pixel_has_no_room():
    assert draw_box((1, 1), random.Random(0)) is None
    images = torch.zeros(2, 3, 1, 1)
    assert erase(images, 1.0, chances=random.Random(0)) is images


def test_each_picture_has_chances_of_its_own():
    images = torch.zeros(4, 3, 16, 16)

    def each(indices):
        return [random.Random(f"0/0/erase/{index}") for index in indices]

    whole = erase(images, 0.7, chances=each(range(4)))
    part = erase(images[:2], 0.7, chances=each([3, 1]))
    assert torch.equal(part, whole[[3, 1]])


def test_what_cannot_work_is_refused():
    with pytest.raises(ConfigError, match="0 to 1"):
        erase(torch.zeros(1, 3, 4, 4), 1.5, chances=random.Random(0))
    with pytest.raises(ConfigError, match="2 chances"):
        erase(torch.zeros(2, 3, 4, 4), 0.5, chances=[random.Random(0)])
