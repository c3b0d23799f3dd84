import random
from collections import Counter

import pytest

from saccade.data.augment.operations import Canvas
from saccade.data.augment.trivial_augment import WIDE, TrivialAugment
from saccade.data.geometry import Geometry


def test_one_of_14_operations_of_any_strength():
    chances = random.Random(0)
    drawn = [TrivialAugment().draw(chances) for _ in range(7000)]
    names = Counter(name for name, _ in drawn)
    assert len(names) == len(WIDE) == 14
    assert all(count / 7000 == pytest.approx(1 / 14, abs=0.015) for count in names.values())
    angles = [amount for name, amount in drawn if name == "Rotate"]
    assert min(angles) == -135
    assert max(angles) == 135
    assert sum(map(abs, angles)) / len(angles) == pytest.approx(67.5, abs=6)
    assert {amount for name, amount in drawn if name == "Posterize"} == {2, 3, 4, 5, 6, 7, 8}
    factors = [amount for name, amount in drawn if name == "Color"]
    assert (min(factors), max(factors)) == pytest.approx((0.01, 1.99))


def test_what_comes_in_is_black(picture):
    canvas = Canvas((255, 255, 255), 0)
    for seed in range(40):
        if TrivialAugment().draw(random.Random(seed))[0] == "TranslateX":
            seen = picture(60, 8), Geometry.of((60, 8))
            moved, geometry = TrivialAugment().apply(seen, canvas, random.Random(seed))
            if abs(geometry.offset[0]) >= 1:
                edge = 0 if geometry.offset[0] > 0 else 59
                assert moved.getpixel((edge, 4)) == (0, 0, 0)
                return
    raise AssertionError("no translation was drawn")
