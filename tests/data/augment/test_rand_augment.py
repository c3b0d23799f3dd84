import random
from collections import Counter

import pytest

from saccade.data.augment.rand_augment import INCREASING, PLAIN, RandAugment
from saccade.errors import ConfigError


def test_words_are_read():
    assert RandAugment.parse("rand-m9-mstd0.5-inc1") == RandAugment(
        magnitude=9, deviation=0.5, increasing=True
    )
    assert RandAugment.parse("rand-n3-p1-mmax5") == RandAugment(layers=3, probability=1, most=5)
    assert RandAugment.parse("rand") == RandAugment()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("rand-m9-w0", "w0"),
        ("rand-mstd", "mstd"),
        ("rand-m9.-", "try"),
        ("other-m9", "m9"),
        ("rand-n0", "n0"),
        ("rand-n1.5", "n1.5"),
        ("rand-p2", "p2"),
        ("rand-mmax0", "mmax0"),
    ],
)
def test_other_words_are_refused(text, named):
    with pytest.raises(ConfigError, match=named):
        RandAugment.parse(text)


@pytest.mark.parametrize(
    ("name", "magnitude", "sign", "want"),
    [
        ("Rotate", 9, 1, 27.0),
        ("Rotate", 10, -1, -30.0),
        ("PosterizeIncreasing", 9, 1, 1),
        ("SolarizeIncreasing", 9, 1, 26),
        ("SolarizeAdd", 9, 1, 99),
        ("ColorIncreasing", 9, 1, 1.81),
        ("BrightnessIncreasing", 9, -1, 0.19),
        ("SharpnessIncreasing", 10, -1, 0.1),
        ("ShearX", 5, -1, -0.15),
        ("TranslateYRel", 10, 1, 0.45),
        ("Posterize", 9, 1, 3),
        ("Solarize", 5, 1, 128),
        ("Contrast", 10, 1, 1.9),
    ],
)
def test_amounts_by_hand(name, magnitude, sign, want):
    _, amount = (PLAIN | INCREASING)[name]
    assert amount(magnitude / 10, sign) == pytest.approx(want)


def test_draws_are_as_often_and_as_strong_as_the_words_say():
    drawer, chances = RandAugment.parse("rand-m9-mstd0.5-inc1"), random.Random(0)
    drawn = [drawer.draw(chances) for _ in range(6000)]
    lengths = Counter(len(one) for one in drawn)
    # Two of 15 with replacement, each applied half the time: 1/4, 1/2, 1/4.
    assert [lengths[count] / 6000 for count in range(3)] == pytest.approx(
        [0.25, 0.5, 0.25], abs=0.03
    )
    flat = [one for several in drawn for one in several]
    names = Counter(name for name, _ in flat)
    assert len(INCREASING) == len(names) == 15
    assert all(count / len(flat) == pytest.approx(1 / 15, abs=0.015) for count in names.values())
    angles = [abs(amount) / 3 for name, amount in flat if name == "Rotate"]
    assert sum(angles) / len(angles) == pytest.approx(9, abs=0.1)
    spread = sum((one - 9) ** 2 for one in angles) / len(angles)
    assert spread == pytest.approx(0.25, abs=0.06)
    assert max(angles) <= 10
    up = [amount > 0 for name, amount in flat if name == "ShearX"]
    assert sum(up) / len(up) == pytest.approx(0.5, abs=0.1)
    assert any(one[0][0] == one[1][0] for one in drawn if len(one) == 2)


def test_a_deviation_above_100_draws_evenly_and_the_rest_is_cut():
    even = RandAugment.parse("rand-m8-mstd101-p1-n1")
    angles = [
        abs(amount) / 3
        for seed in range(4000)
        for name, amount in even.draw(random.Random(seed))
        if name == "Rotate"
    ]
    assert sum(angles) / len(angles) == pytest.approx(4, abs=0.6)
    assert max(angles) <= 8
    cut = RandAugment.parse("rand-m20-p1-n1")
    drawn = dict(one for seed in range(300) for one in cut.draw(random.Random(seed)))
    assert abs(drawn["Rotate"]) == 30


def test_equal_chances_draw_equal_operations():
    drawer = RandAugment.parse("rand-m9-mstd0.5")
    assert drawer.draw(random.Random("1/2")) == drawer.draw(random.Random("1/2"))
