"""Captions: by hand, checked by a reader of their own, words that name things."""

import pytest

from saccade.data.words.scene_captions import Mention, Sentence, caption, right_captions
from saccade.data.words.scene_shapes import KOREAN
from saccade.data.words.scenes import Scene, SceneRules, Thing, make_scene
from saccade.errors import ConfigError
from tests.data.words.scene_readers import tells_right

CIRCLE = Thing("circle", "red", "small", (10.0, 20.0), 5.0)
SQUARE = Thing("square", "orange", "large", (40.0, 26.0), 8.0)
STAR = Thing("star", "green", "small", (55.0, 50.0), 5.0)
SCENES = [make_scene(5, index, SceneRules(most=4)) for index in range(20)]


def test_one_and_two_things_by_hand() -> None:
    alone, both = Scene((CIRCLE,), 64, 7.0), Scene((SQUARE, CIRCLE), 64, 7.0)
    assert caption(alone).text == "a red circle"
    assert caption(alone, "ko").text == "빨간색 원"
    assert caption(alone, sized=True).text == "a small red circle"
    assert caption(both).text == "a red circle left of an orange square"
    assert caption(both).things() == (None, 1, 1, None, None, None, 0, 0)
    assert caption(both, "ko").text == "주황색 사각형의 왼쪽에 있는 빨간색 원"
    assert caption(both, "ko").things() == (0, 0, None, None, 1, 1)
    assert [one.text for one in right_captions(both)] == [
        "a red circle left of an orange square",
        "an orange square right of a red circle",
    ]


def test_three_things_by_hand() -> None:
    scene = Scene((STAR, SQUARE, CIRCLE), 64, 7.0)
    assert [one.text for one in right_captions(scene)] == [
        "from left to right a red circle then an orange square then a green star",
        "from right to left a green star then an orange square then a red circle",
    ]
    assert caption(scene, "ko").text == "왼쪽에서부터 빨간색 원 다음 주황색 사각형 다음 초록색 별"
    clear = Scene(scene.things, 64, 6.0)
    assert len(right_captions(clear)) == 4
    assert right_captions(clear, "ko")[2].text.startswith("위에서부터 빨간색 원")


def test_every_right_caption_is_right_to_a_reader_and_no_other_order_is() -> None:
    for scene in SCENES:
        texts = [one.text for one in right_captions(scene)]
        assert len(texts) == len(set(texts))
        assert texts[0] == caption(scene).text
        assert all(tells_right(scene, text) for text in texts)
        others = {caption(other).text for other in SCENES} - set(texts)
        assert not [text for text in others if tells_right(scene, text)]


def test_mentions_name_the_things_by_colour_and_shape() -> None:
    for scene in SCENES:
        for language in ("en", "ko"):
            told = caption(scene, language, sized=True)
            assert len(told.mentions) == 3 * len(scene.things)
            for start, end, number in told.mentions:
                thing = scene.things[number]
                words = {thing.size, thing.colour, thing.shape}
                wanted = {KOREAN[word] for word in words} if language == "ko" else words
                assert told.text[start:end] in wanted


def test_the_mirror_turns_left_into_right() -> None:
    swap = {"left": "right", "right": "left"}
    for scene in SCENES:
        turned = {
            " ".join(swap.get(word, word) for word in one.text.split())
            for one in right_captions(scene)
        }
        assert {one.text for one in right_captions(scene.mirrored())} == turned


def test_pieces_of_any_splitter_find_their_things() -> None:
    told = Sentence("a red circle", (Mention(2, 5, 4), Mention(6, 12, 4)))
    assert told.things(["a", " r", "ed", " cir", "cle"]) == (None, 4, 4, 4, 4)
    assert told.things(["A", "red", "<?>", "circle", ""]) == (None, 4, None, 4, None)


def test_what_cannot_be_told() -> None:
    with pytest.raises(ConfigError, match="a language, en or ko, got 'fr'"):
        caption(SCENES[0], "fr")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="at least one thing"):
        caption(Scene((), 64, 7.0))
