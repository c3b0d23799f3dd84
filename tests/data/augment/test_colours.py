import random
from collections import Counter

import numpy as np
import pytest
from PIL import Image

from saccade.data.augment.colours import DINO_FIRST, DINO_LOCAL, DINO_SECOND, Colours
from saccade.errors import ConfigError


def test_nothing_asked_changes_nothing(picture):
    image = picture(6, 5)
    assert Colours().apply(image, random.Random(0)) is image


def test_jitter_draws_factors_about_1_in_any_order():
    chances = random.Random(0)
    jitter = Colours(brightness=0.3, contrast=0.2, saturation=0.1, hue=0.05)
    drawn = [jitter.draw(chances) for _ in range(2000)]
    for name, middle, most in [
        ("Brightness", 1, 0.3),
        ("Contrast", 1, 0.2),
        ("Color", 1, 0.1),
        ("Hue", 0, 0.05),
    ]:
        found = [dict(one)[name] - middle for one in drawn]
        assert max(map(abs, found)) <= most
        assert sum(found) / len(found) == pytest.approx(0, abs=0.05 * most)
    firsts = Counter(one[0][0] for one in drawn)
    assert all(count / 2000 == pytest.approx(0.25, abs=0.04) for count in firsts.values())


def test_brightness_by_hand():
    drawn = Colours(brightness=0.5).draw(random.Random(1))
    got = Colours(brightness=0.5).apply(Image.new("RGB", (2, 2), (100, 60, 0)), random.Random(1))
    assert np.asarray(got)[0, 0].tolist() == [int(value * drawn[0][1]) for value in (100, 60, 0)]


@pytest.mark.parametrize(
    ("colours", "blur", "solarize"),
    [(DINO_FIRST, 1.0, 0.0), (DINO_SECOND, 0.1, 0.2), (DINO_LOCAL, 0.5, 0.0)],
)
def test_dinos_views_are_changed_as_often_as_its_program_says(colours, blur, solarize):
    chances = random.Random(0)
    names = Counter(name for _ in range(3000) for name, _ in colours.draw(chances))
    for name, share in [
        ("Hue", 0.8),
        ("Grayscale", 0.2),
        ("GaussianBlur", blur),
        ("Solarize", solarize),
    ]:
        assert names[name] / 3000 == pytest.approx(share, abs=0.03)


def test_shares_out_of_range_are_refused():
    for options in ({"brightness": 1.1}, {"hue": 0.6}, {"grey_prob": -0.1}):
        with pytest.raises(ConfigError, match=next(iter(options))):
            Colours(**options)
