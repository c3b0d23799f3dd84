"""Questions: answered alike by a reader of their own, decided by the scene, balanced."""

from collections import Counter

import pytest

from saccade.data.words.scene_questions import (
    KINDS,
    Question,
    all_questions,
    answers,
    ask,
)
from saccade.data.words.scenes import Scene, SceneRules, Thing, make_scene
from saccade.errors import ConfigError
from tests.data.words.scene_readers import answer

RULES = SceneRules(least=2, most=4, alike=0.5)
SCENES = [make_scene(2, index, RULES) for index in range(45)]


def thing(look: str, x: float, y: float) -> Thing:
    colour, shape = look.split()
    return Thing(shape, colour, "small", (x, y), 5.0)


# two circles, one on either side of the square; the star is above everything
HAND = Scene(
    (
        thing("red circle", 10, 30),
        thing("blue square", 30, 38),
        thing("green circle", 50, 46),
        thing("red star", 33, 10),
    ),
    64,
    7.0,
)


def by_text(kind: str) -> dict[str, Question]:
    return {one.text(): one for one in all_questions(HAND, RULES, [kind])}


def test_questions_by_hand() -> None:
    assert {text: q.answer for text, q in by_text("colour").items()} == {
        "what colour is the square?": "blue",
        "what colour is the star?": "red",
    }
    beside = by_text("colour_beside")
    assert {text: q.answer for text, q in beside.items() if "square" in text} == {
        "what colour is the circle left of the square?": "red",
        "what colour is the circle right of the square?": "green",
        "what colour is the circle above the square?": "red",
        "what colour is the circle below the square?": "green",
    }
    one = beside["what colour is the circle left of the square?"]
    assert (one.seen, one.named) == ((0,), (0, 1))
    assert {text: q.answer for text, q in by_text("shape").items()} == {
        "what shape is the blue thing?": "square",
        "what shape is the green thing?": "circle",
    }
    assert "what is left of the blue square?" not in by_text("beside")  # the star is unclear
    assert by_text("beside")["what is above the red circle?"].answer == "star"
    counts = by_text("count_shape")
    assert len(counts) == len(RULES.shapes)
    assert counts["how many circles are there?"].seen == (0, 2)
    assert counts["how many crosses are there?"].answer == "0"
    exists = by_text("exists")
    assert len(exists) == 3 * 3
    assert Counter(q.answer for q in exists.values()) == {"yes": 4, "no": 5}
    assert exists["is there a blue star?"].seen == ()
    assert by_text("compare")["is the red circle right of the green circle?"].answer == "no"


def test_every_question_is_answered_alike_by_a_reader_of_the_scene() -> None:
    seen = Counter()
    for scene in SCENES[:25]:
        questions = all_questions(scene, RULES)
        assert len({one.text() for one in questions}) == len(questions)
        assert len({one.text("ko") for one in questions}) == len(questions)
        for one in questions:
            right, things = answer(scene, one.text())
            assert one.answer == right
            assert {scene.things[number] for number in one.seen} == set(things)
            assert one.answer in answers(RULES, [one.kind])
            seen[one.kind] += 1
    assert set(seen) == set(KINDS)


def test_the_mirror_changes_the_questions_left_and_right_alone() -> None:
    swap = {"left of": "right of", "right of": "left of"}
    for scene in SCENES[:10]:
        turned = {
            (one.kind, tuple(swap.get(name, name) for name in one.names), one.answer, one.seen)
            for one in all_questions(scene, RULES)
        }
        mirrored = all_questions(scene.mirrored(), RULES)
        assert {(one.kind, one.names, one.answer, one.seen) for one in mirrored} == turned


def test_what_is_asked_is_balanced_and_depends_on_what_came_before_alone() -> None:
    asked = ask(SCENES, RULES, per_scene=3, seed=1)
    assert ask(SCENES[:20], RULES, per_scene=3, seed=1) == asked[:20]
    assert ask(SCENES, RULES, per_scene=3, seed=2) != asked
    assert all(len(set(each)) == 3 for each in asked)
    flat = [one for each in asked for one in each]
    kinds = Counter(one.kind for one in flat)
    assert max(kinds.values()) - min(kinds.values()) <= 3
    for kind in ("exists", "compare", "size"):
        yes, no = Counter(one.answer for one in flat if one.kind == kind).values()
        assert abs(yes - no) <= 4


def test_answers_of_some_rules() -> None:
    rules = SceneRules(shapes=("circle", "star"), colours=("red", "blue"), sizes=("large",))
    assert answers(rules) == ("red", "blue", "circle", "star", "0", "1", "2", "3", "yes", "no")
    assert answers(rules, ["beside"]) == ("circle", "star")
    assert not all_questions(HAND, rules, ["size"])


def test_what_cannot_be_asked() -> None:
    with pytest.raises(ConfigError, match="kinds out of colour,"):
        ask(SCENES, RULES, kinds=("taste",))
    with pytest.raises(ConfigError, match="at least one question for a scene, got 0"):
        ask(SCENES, RULES, per_scene=0)
