"""The shapes are their own mirror images, and Korean particles follow the last sound."""

import pytest

from saccade.data.words.scene_shapes import (
    COLOURS,
    KOREAN,
    OUTLINES,
    SIZES,
    article,
    particle,
)


@pytest.mark.parametrize("shape", OUTLINES)
def test_an_outline_is_its_own_mirror_image_within_its_circle(shape: str) -> None:
    corners = {(round(x, 9) + 0.0, round(y, 9) + 0.0) for x, y in OUTLINES[shape]}
    assert corners == {(0.0 - x, y) for x, y in corners}
    assert all(x * x + y * y <= 1.55 for x, y in corners)  # some corners stand out
    assert max(max(abs(x), abs(y)) for x, y in corners) <= 1.0


def test_everything_has_a_korean_word_of_its_own() -> None:
    names = [*OUTLINES, *COLOURS, *SIZES, "left of", "right of", "above", "below", "yes", "no"]
    assert sorted(names) == sorted(KOREAN)
    assert len(set(KOREAN.values())) == len(KOREAN)


def test_particles_and_articles_by_hand() -> None:
    found = [particle(KOREAN[shape], "은", "는") for shape in OUTLINES]
    assert found == ["은", "은", "은", "은", "는", "는"]  # 원 사각형 삼각형 별 마름모 십자가
    assert particle("7", "이", "가") == "가"
    assert [article(word) for word in ("red", "orange", "small")] == ["a", "an", "a"]
