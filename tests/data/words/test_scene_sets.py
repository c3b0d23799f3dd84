"""Sets of scenes: what a plan says, kept as JSON, and what it makes."""

import json

import pytest

from saccade.data.words.scene_sets import ScenePlan, make_scenes
from saccade.data.words.scenes import SceneRules, make_scene
from saccade.errors import ConfigError

PLAN = ScenePlan(
    count=4,
    seed=3,
    start=10,
    rules=SceneRules(most=2, shapes=("circle", "star")),
    languages=("en", "ko"),
    questions=2,
    kinds=("colour", "exists"),
)


def test_a_plan_survives_json() -> None:
    assert ScenePlan.from_dict(json.loads(json.dumps(PLAN.to_dict()))) == PLAN


def test_a_set_holds_what_was_planned() -> None:
    made = make_scenes(PLAN)
    assert made.scenes == tuple(make_scene(3, number, PLAN.rules) for number in range(10, 14))
    assert made.names[0] == "images/000010.png"
    assert {language: len(each) for language, each in made.captions.items()} == {"en": 4, "ko": 4}
    assert {one.kind for each in made.questions for one in each} == {"colour", "exists"}
    assert make_scenes(PLAN) == made
    assert not any(make_scenes(ScenePlan(count=2)).questions)


def test_a_plan_that_cannot_be() -> None:
    with pytest.raises(ConfigError, match="count of at least 1"):
        ScenePlan(count=0)
    with pytest.raises(ConfigError, match="a language, en or ko"):
        ScenePlan(count=1, languages=("de",))  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="kinds out of"):
        ScenePlan(count=1, kinds=("taste",))
