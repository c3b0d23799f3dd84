"""Questions about generated scenes, with the one right answer and where it can be seen.

| kind | question | answer |
|---|---|---|
| colour | what colour is the circle? | a colour |
| colour_beside | what colour is the circle left of the square? | a colour |
| shape | what shape is the red thing? | a shape |
| beside | what is left of the red circle? | a shape |
| count_shape | how many circles are there? | a number |
| count_colour | how many red things are there? | a number |
| exists | is there a red circle? | yes or no |
| compare | is the red circle left of the blue square? | yes or no |
| size | is the red circle small or large? | a size |

Only questions that the scene decides are asked: what is named is there once, "left of" is clear for
everything that it could be meant for, and `colour_beside` is asked only where two things or more
have the named shape, so that the place decides. What "is there" is asked for and missing has a
colour and a shape that the scene does show, each on another thing.

The words of a question must not tell the answer. So each question of a set is chosen among all that
its scene allows: of the kind asked least often, with the answer given least often to that kind, and
then least often to those very words. `scene_baselines` says what remains.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations, product
from types import MappingProxyType

from saccade.data.words.scene_captions import Language
from saccade.data.words.scene_phrases import answer_word, told
from saccade.data.words.scenes import RELATIONS, Relation, Scene, SceneRules, Thing
from saccade.errors import ConfigError

Names = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """A question about a scene, before it is put into words.

    Args:
        kind: of the table above.
        names: what fills the gaps of its sentence: shapes, colours and relations, in English.
        answer: the answer's English word; a number is in digits.
        seen: numbers of the things that hold the answer; none where the answer is that there is
            none.
        named: numbers of the things that the question names.
    """

    kind: str
    names: Names
    answer: str
    seen: tuple[int, ...]
    named: tuple[int, ...]

    def text(self, language: Language = "en") -> str:
        """The question as a sentence, with its question mark."""
        return told(self.kind, self.names, language)

    def answered(self, language: Language = "en") -> str:
        """The answer as a word."""
        return answer_word(self.answer, language)


def all_questions(
    scene: Scene, rules: SceneRules, kinds: Sequence[str] | None = None
) -> list[Question]:
    """Give every question of some kinds that a scene decides, in a fixed order.

    Args:
        scene: what they are about.
        rules: under which it was made; what can never be there is not asked for.
        kinds: of the table above; all when None.

    Raises:
        ConfigError: a kind is unknown.
    """
    return [one for kind in checked_kinds(kinds) for one in _ASKERS[kind](scene, rules)]


def ask(
    scenes: Sequence[Scene],
    rules: SceneRules,
    *,
    per_scene: int = 1,
    seed: int = 0,
    kinds: Sequence[str] | None = None,
) -> list[list[Question]]:
    """Choose different questions about each scene, with answers as even as the scenes allow.

    What is chosen for a scene depends on those before it, never on those after it.

    Args:
        scenes: in order.
        rules: under which they were made.
        per_scene: how many for each; fewer where it does not allow so many.
        seed: chooses among equals.
        kinds: of the table above; all when None.

    Raises:
        ConfigError: a kind is unknown, or `per_scene` is not positive.
    """
    if per_scene < 1:
        raise ConfigError("at least one question for a scene", str(per_scene), "per_scene=3")
    chances = random.Random(f"{seed}/questions")
    asked: Counter[Names] = Counter()
    chosen = []
    for scene in scenes:
        left = all_questions(scene, rules, kinds)
        chances.shuffle(left)
        chosen.append([_least(left, asked) for _ in range(min(per_scene, len(left)))])
    return chosen


def answers(rules: SceneRules, kinds: Sequence[str] | None = None) -> tuple[str, ...]:
    """List the English words of all answers that scenes under some rules can have."""
    found: dict[str, None] = {}
    for kind in checked_kinds(kinds):
        words: Sequence[str] = ("yes", "no")
        if kind in ("colour", "colour_beside"):
            words = rules.colours
        elif kind in ("shape", "beside"):
            words = rules.shapes
        elif kind == "size":
            words = rules.sizes if len(rules.sizes) > 1 else ()
        elif kind.startswith("count"):
            words = [str(number) for number in range(rules.most + 1)]
        found.update(dict.fromkeys(words))
    return tuple(found)


def checked_kinds(kinds: Sequence[str] | None) -> tuple[str, ...]:
    """Give the kinds that are wanted; all when None.

    Raises:
        ConfigError: one is unknown, or there is none.
    """
    wanted = KINDS if kinds is None else tuple(kinds)
    if not wanted or set(wanted) - set(KINDS):
        raise ConfigError(f"kinds out of {', '.join(KINDS)}", str(wanted), "kinds=('colour',)")
    return wanted


def keys_of(question: Question) -> tuple[Names, Names, Names]:
    """Give what tells a question from others: its kind and words, its kind, and nothing."""
    return (question.kind, *question.names), (question.kind,), ()


def _least(left: list[Question], asked: Counter[Names]) -> Question:
    """Take the question whose kind, then answer, then words were asked least often."""

    def count(one: Question) -> tuple[int, int, int]:
        words, kind, _ = keys_of(one)
        return asked[kind], asked[(*kind, one.answer)], asked[(*words, one.answer)]

    best = min(left, key=count)
    left.remove(best)
    words, kind, _ = keys_of(best)
    asked.update([kind, (*kind, best.answer), (*words, best.answer)])
    return best


def _look(thing: Thing) -> Names:
    return thing.colour, thing.shape


def _alone(scene: Scene, part: str) -> Iterator[tuple[int, Thing, str]]:
    """Things that no other equals in shape, or in colour."""
    counts = Counter(getattr(thing, part) for thing in scene.things)
    for number, thing in enumerate(scene.things):
        if counts[getattr(thing, part)] == 1:
            yield number, thing, getattr(thing, part)


def _colour(scene: Scene, rules: SceneRules) -> Iterator[Question]:
    for number, thing, shape in _alone(scene, "shape"):
        yield Question("colour", (shape,), thing.colour, (number,), (number,))


def _shape(scene: Scene, rules: SceneRules) -> Iterator[Question]:
    for number, thing, colour in _alone(scene, "colour"):
        yield Question("shape", (colour,), thing.shape, (number,), (number,))


def _colour_beside(scene: Scene, rules: SceneRules) -> Iterator[Question]:
    shapes = Counter(thing.shape for thing in scene.things)
    several = [shape for shape, count in shapes.items() if count > 1]
    references = [(number, shape) for number, _, shape in _alone(scene, "shape")]
    for (other, reference), relation, shape in product(references, RELATIONS, several):
        alike = [n for n, thing in enumerate(scene.things) if thing.shape == shape]
        hit = _only(scene, alike, relation, other)
        if hit is not None:
            colour = scene.things[hit].colour
            names = (shape, relation, reference)
            yield Question("colour_beside", names, colour, (hit,), (hit, other))


def _beside(scene: Scene, rules: SceneRules) -> Iterator[Question]:
    for (number, thing), relation in product(enumerate(scene.things), RELATIONS):
        others = [other for other in range(len(scene.things)) if other != number]
        hit = _only(scene, others, relation, number)
        if hit is not None:
            names = (relation, *_look(thing))
            yield Question("beside", names, scene.things[hit].shape, (hit,), (number,))


def _only(scene: Scene, candidates: list[int], relation: Relation, other: int) -> int | None:
    """The one thing that stands there, where all candidates clearly do or do not."""
    states = [scene.related(candidate, relation, other) for candidate in candidates]
    clear = None not in states and sum(map(bool, states)) == 1
    return candidates[states.index(True)] if clear else None


def _count(part: str, names: Sequence[str], scene: Scene) -> Iterator[Question]:
    for name in names:
        seen = tuple(n for n, thing in enumerate(scene.things) if getattr(thing, part) == name)
        yield Question(f"count_{part}", (name,), str(len(seen)), seen, seen)


def _count_shape(scene: Scene, rules: SceneRules) -> Iterator[Question]:
    yield from _count("shape", rules.shapes, scene)


def _count_colour(scene: Scene, rules: SceneRules) -> Iterator[Question]:
    yield from _count("colour", rules.colours, scene)


def _exists(scene: Scene, rules: SceneRules) -> Iterator[Question]:
    looks = [_look(thing) for thing in scene.things]
    for colour in dict.fromkeys(colour for colour, _ in looks):
        for shape in dict.fromkeys(shape for _, shape in looks):
            seen = tuple(n for n, look in enumerate(looks) if look == (colour, shape))
            yield Question("exists", (colour, shape), "yes" if seen else "no", seen, seen)


def _compare(scene: Scene, rules: SceneRules) -> Iterator[Question]:
    for one, other in permutations(range(len(scene.things)), 2):
        for relation in RELATIONS:
            state = scene.related(one, relation, other)
            if state is not None:
                looks = _look(scene.things[one]), _look(scene.things[other])
                names = (*looks[0], relation, *looks[1])
                answer = "yes" if state else "no"
                yield Question("compare", names, answer, (one, other), (one, other))


def _size(scene: Scene, rules: SceneRules) -> Iterator[Question]:
    for number, thing in enumerate(scene.things if len(rules.sizes) > 1 else ()):
        yield Question("size", _look(thing), thing.size, (number,), (number,))


Asker = Callable[[Scene, SceneRules], Iterator[Question]]
_ASKERS: Mapping[str, Asker] = MappingProxyType(
    {
        "colour": _colour,
        "colour_beside": _colour_beside,
        "shape": _shape,
        "beside": _beside,
        "count_shape": _count_shape,
        "count_colour": _count_colour,
        "exists": _exists,
        "compare": _compare,
        "size": _size,
    }
)
KINDS = tuple(_ASKERS)
