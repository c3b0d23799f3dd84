"""Those who answer without seeing: by hand, and on balanced questions near chance."""

import pytest

from saccade.data.words.scene_baselines import blind
from saccade.data.words.scene_questions import Question, ask
from saccade.data.words.scenes import SceneRules, make_scene
from saccade.errors import DataError


def question(kind: str, name: str, answer: str) -> Question:
    return Question(kind, (name,), answer, (), ())


def test_by_hand() -> None:
    known = [
        *(question("colour", "circle", "red"), question("colour", "circle", "red")),
        *(question("colour", "star", "blue"), question("shape", "red", "star")),
        *(question("count_shape", "star", "0"), question("shape", "blue", "star")),
        question("colour", "cross", "red"),
    ]
    new = [
        question("colour", "star", "blue"),  # by the words alone
        question("colour", "square", "red"),  # new words: by the kind, and by the majority
        question("shape", "red", "star"),  # by the kind and the words
        question("exists", "red", "yes"),  # nobody
    ]
    assert blind(known, new) == (1 / 4, 2 / 4, 3 / 4)


def test_balanced_questions_tell_little() -> None:
    rules = SceneRules(least=2, most=3, alike=0.5, shapes=("circle", "star"))
    scenes = [make_scene(0, index, rules) for index in range(80)]
    asked = ask(scenes, rules, per_scene=2, kinds=("compare", "exists"))
    known, new = ([one for each in part for one in each] for part in (asked[:60], asked[60:]))
    found = blind(known, new)
    assert max(found[:2]) < 0.6


def test_nothing_is_told_of_nothing() -> None:
    with pytest.raises(DataError, match="known and new questions, got 0 and 1"):
        blind([], [question("colour", "star", "blue")])
