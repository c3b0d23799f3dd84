import random
from collections import Counter

import numpy as np
import pytest

from saccade.data.augment.operations import Canvas
from saccade.data.augment.three_augment import ThreeAugment
from saccade.data.geometry import Geometry


def test_each_of_three_is_as_likely():
    chances = random.Random(0)
    drawn = [ThreeAugment().draw(chances) for _ in range(3000)]
    names = Counter(name for name, _ in drawn)
    assert sorted(names) == ["GaussianBlur", "Grayscale", "Solarize"]
    assert all(count / 3000 == pytest.approx(1 / 3, abs=0.04) for count in names.values())
    radii = [amount for name, amount in drawn if name == "GaussianBlur"]
    assert min(radii) > 0.1
    assert max(radii) < 2
    assert sum(radii) / len(radii) == pytest.approx(1.05, abs=0.06)


def test_every_picture_changes_and_none_moves(picture):
    image = picture(12, 9)
    for seed in range(12):
        seen = ThreeAugment().apply(
            (image, Geometry.of(image.size)), Canvas((0, 0, 0), 0), random.Random(seed)
        )
        assert not np.array_equal(np.asarray(seen[0]), np.asarray(image))
        assert seen[1] == Geometry.of(image.size)
