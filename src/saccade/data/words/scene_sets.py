"""Sets of generated scenes: what is drawn, said and asked."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from saccade.data.words.scene_captions import Language, Sentence, caption, check_language
from saccade.data.words.scene_questions import Question, ask, checked_kinds
from saccade.data.words.scenes import Scene, SceneRules, make_scene
from saccade.errors import ConfigError


@dataclass(frozen=True, kw_only=True, slots=True)
class ScenePlan:
    """What a set of scenes is made of.

    Args:
        count: number of scenes.
        seed: which scenes.
        start: number of the first; sets of one seed whose numbers do not meet are different draws.
        rules: what scenes may look like.
        languages: of the captions and questions, "en" and "ko".
        sized: name sizes in captions.
        questions: most questions for a scene; 0 writes none.
        kinds: of questions; all when None.

    Raises:
        ConfigError: a number is negative, or a language or a kind is unknown.
    """

    count: int
    seed: int = 0
    start: int = 0
    rules: SceneRules = field(default_factory=SceneRules)
    languages: tuple[Language, ...] = ("en",)
    sized: bool = False
    questions: int = 0
    kinds: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "languages", tuple(self.languages))
        if self.kinds is not None:
            object.__setattr__(self, "kinds", checked_kinds(self.kinds))
        if self.count < 1 or min(self.start, self.questions) < 0 or not self.languages:
            got = f"count={self.count}, start={self.start}, questions={self.questions}"
            raise ConfigError("count of at least 1, start and questions of at least 0", got, "100")
        for language in self.languages:
            check_language(language)

    def to_dict(self) -> dict[str, Any]:
        """The plan as plain JSON."""
        plain: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        return plain

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> "ScenePlan":
        """Make a plan from what `to_dict` gave."""
        return cls(**{**plain, "rules": SceneRules(**plain["rules"])})


@dataclass(frozen=True, slots=True)
class SceneSet:
    """Scenes with all that is known of them.

    Args:
        plan: what they are made of.
        names: of the pictures, relative to the folder.
        scenes: in order.
        captions: language to a sentence for each scene.
        questions: those about each scene.
    """

    plan: ScenePlan
    names: tuple[str, ...]
    scenes: tuple[Scene, ...]
    captions: Mapping[Language, tuple[Sentence, ...]]
    questions: tuple[tuple[Question, ...], ...]


def make_scenes(plan: ScenePlan) -> SceneSet:
    """Draw a set of scenes, without writing it.

    Raises:
        ConfigError: no arrangement was found that the rules allow.
    """
    numbers = range(plan.start, plan.start + plan.count)
    scenes = tuple(make_scene(plan.seed, number, plan.rules) for number in numbers)
    captions = {
        language: tuple(caption(scene, language, sized=plan.sized) for scene in scenes)
        for language in plan.languages
    }
    asked: list[list[Question]] = [[] for _ in scenes]
    if plan.questions:
        seed, kinds = plan.seed, plan.kinds
        asked = ask(scenes, plan.rules, per_scene=plan.questions, seed=seed, kinds=kinds)
    names = tuple(f"images/{number:06d}.png" for number in numbers)
    return SceneSet(plan, names, scenes, captions, tuple(map(tuple, asked)))
