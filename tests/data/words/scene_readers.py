"""Readers of captions and questions that know nothing of how they are made."""

import re
from collections.abc import Callable, Sequence
from itertools import pairwise

from saccade.data.words.scene_shapes import COLOURS, OUTLINES
from saccade.data.words.scenes import Scene, Thing

AHEAD: dict[str, Callable[[Thing, Thing], float]] = {
    "left of": lambda a, b: b.centre[0] - a.centre[0],
    "right of": lambda a, b: a.centre[0] - b.centre[0],
    "above": lambda a, b: b.centre[1] - a.centre[1],
    "below": lambda a, b: a.centre[1] - b.centre[1],
}
PLACE = "|".join(AHEAD)


def look_up(scene: Scene, words: str) -> list[Thing]:
    """Every thing that all words fit, "thing" any."""
    wanted = set(words.split()) - {"thing", "things", "a", "an", "the"}
    return [t for t in scene.things if wanted <= {t.colour, t.shape, t.size}]


def tells_right(scene: Scene, caption: str) -> bool:
    """Whether a caption names everything, in clear order."""
    found = re.fullmatch(rf"(.+?) ({PLACE}) (.+)", caption)
    listed = re.fullmatch(r"from (left|right|top|bottom) to \w+ (.+)", caption)
    ways = {"left": "left of", "right": "right of", "top": "above", "bottom": "below"}
    if listed:
        way, parts = ways[listed[1]], listed[2].split(" then ")
    elif found:
        way, parts = found[2], [found[1], found[3]]
    else:
        way, parts = "above", [caption]
    named = [look_up(scene, part) for part in parts]
    if any(len(things) != 1 for things in named) or len(named) != len(scene.things):
        return False
    order = [things[0] for things in named]
    return all(AHEAD[way](a, b) >= scene.clear - 1e-6 for a, b in pairwise(order))


def answer(scene: Scene, question: str) -> tuple[str, Sequence[Thing]]:
    """The answer to an English question, and the things that hold it."""
    text = question.removesuffix("?")
    if found := re.fullmatch(rf"what colour is the (\w+) ({PLACE}) the (.+)", text):
        (one,) = _at(scene, found[1], found[2], found[3])
        return one.colour, [one]
    if found := re.fullmatch(r"what (colour|shape) is the (.+)", text):
        (one,) = look_up(scene, found[2])
        return getattr(one, found[1]), [one]
    if found := re.fullmatch(rf"what is ({PLACE}) the (.+)", text):
        (one,) = _at(scene, "thing", found[1], found[2])
        return one.shape, [one]
    if found := re.fullmatch(r"how many (.+) are there", text):
        things = look_up(scene, _singular(found[1]))
        return str(len(things)), things
    if found := re.fullmatch(r"is there an? (.+)", text):
        things = look_up(scene, found[1])
        return "yes" if things else "no", things
    if found := re.fullmatch(r"is the (.+) small or large", text):
        (one,) = look_up(scene, found[1])
        return one.size, [one]
    found = re.fullmatch(rf"is the (.+) ({PLACE}) the (.+)", text)
    assert found, question
    (one,), (other,) = look_up(scene, found[1]), look_up(scene, found[3])
    return "yes" if AHEAD[found[2]](one, other) > 0 else "no", [one, other]


def _at(scene: Scene, words: str, place: str, reference: str) -> list[Thing]:
    (other,) = look_up(scene, reference)
    return [t for t in look_up(scene, words) if t is not other and AHEAD[place](t, other) > 0]


def _singular(words: str) -> str:
    for shape in OUTLINES:
        if words in (shape + "s", shape + "es"):
            return shape
    assert words.split()[0] in COLOURS
    return words
