"""Captions of generated scenes in English and Korean, and which word names which thing.

    1 thing     a red circle
    2 things    a red circle left of a blue square
    3 and more  from left to right a red circle then a blue square then a green star

The caption of a scene follows the axis along which the things lie further apart, from left to right
("left of") or from top to bottom ("above"). All that is right besides is what `right_captions`
gives: the other axis, where the order along it is clear too, and the other direction.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

from saccade.data.words.scene_shapes import KOREAN, article
from saccade.data.words.scenes import OPPOSITE, Relation, Scene, Thing
from saccade.errors import ConfigError

Language = Literal["en", "ko"]
_ALONG: tuple[Relation, Relation] = ("left of", "above")
_EDGES = {"left of": "left", "right of": "right", "above": "top", "below": "bottom"}


class Mention(NamedTuple):
    """Characters of a sentence, [start, end), and the number of the thing that they name."""

    start: int
    end: int
    thing: int


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence about a scene.

    Args:
        text: words with single spaces between them, without punctuation.
        mentions: which words name which thing: shapes, colours and sizes.
    """

    text: str
    mentions: tuple[Mention, ...]

    def things(self, tokens: Sequence[str] | None = None) -> tuple[int | None, ...]:
        """Give the thing that each token names; None for one that names none.

        Args:
            tokens: pieces of the text in order, however it was split; what is not found in the
                rest of the text names nothing. The words between spaces when None.
        """
        found: list[int | None] = []
        place = 0
        for token in self.text.split() if tokens is None else tokens:
            start = self.text.find(token, place) if token else -1
            if start < 0:
                found.append(None)
                continue
            place = start + len(token)
            found.append(self._named(start, place))
        return tuple(found)

    def _named(self, start: int, end: int) -> int | None:
        hits = (one.thing for one in self.mentions if one.start < end and start < one.end)
        return next(hits, None)


Piece = tuple[str, int | None, str]
"""A word, the thing that it names, and what is written to it without a space."""


def sentence(pieces: Iterable[Piece]) -> Sentence:
    """Join words with single spaces, keeping which of them name things."""
    text, mentions = "", []
    for word, thing, ending in pieces:
        start = len(text) + bool(text)
        text = f"{text} {word}{ending}" if text else f"{word}{ending}"
        if thing is not None:
            mentions.append(Mention(start, start + len(word), thing))
    return Sentence(text, tuple(mentions))


def caption(scene: Scene, language: Language = "en", *, sized: bool = False) -> Sentence:
    """Say what a scene shows, in the one way that stands above.

    Args:
        scene: at least one thing.
        language: "en" or "ko".
        sized: name the sizes too.

    Raises:
        ConfigError: the language is unknown, or the scene is empty.
    """
    axis = 0 if scene.gap(0) >= scene.gap(1) else 1
    return _told(scene, _ALONG[axis], language, sized=sized)


def right_captions(
    scene: Scene, language: Language = "en", *, sized: bool = False
) -> tuple[Sentence, ...]:
    """Give every right caption of a scene, that of `caption` first.

    Args:
        scene: at least one thing.
        language: "en" or "ko".
        sized: name the sizes too.

    Raises:
        ConfigError: the language is unknown, or the scene is empty.
    """
    found = [caption(scene, language, sized=sized)]
    if len(scene.things) < 2:
        return tuple(found)
    for axis, along in enumerate(_ALONG):
        if scene.gap(axis) >= scene.clear:
            for relation in (along, OPPOSITE[along]):
                found.append(_told(scene, relation, language, sized=sized))
    return tuple(dict.fromkeys(found))


def _named(thing: Thing, number: int, language: Language, *, sized: bool) -> list[Piece]:
    """Name a thing by its size, if wanted, its colour and its shape, without an article."""
    words = (thing.size, thing.colour, thing.shape)[0 if sized else 1 :]
    return [(KOREAN[word] if language == "ko" else word, number, "") for word in words]


def check_language(language: str) -> None:
    """See that sentences can be written in a language.

    Raises:
        ConfigError: they cannot.
    """
    if language not in get_args(Language):
        raise ConfigError("a language, en or ko", repr(language), "language='en'")


def _told(scene: Scene, relation: Relation, language: Language, *, sized: bool) -> Sentence:
    check_language(language)
    if not scene.things:
        raise ConfigError("a scene with at least one thing", "an empty one", "least=1")
    axis = 0 if relation in ("left of", "right of") else 1
    numbers = sorted(range(len(scene.things)), key=lambda n: scene.things[n].centre[axis])
    if relation in ("right of", "below"):
        numbers.reverse()
    parts = [_named(scene.things[number], number, language, sized=sized) for number in numbers]
    return sentence(_korean(parts, relation) if language == "ko" else _english(parts, relation))


def _english(parts: list[list[Piece]], relation: Relation) -> list[Piece]:
    whole: list[list[Piece]] = [[(article(part[0][0]), None, ""), *part] for part in parts]
    if len(whole) == 1:
        return whole[0]
    if len(whole) == 2:
        return [*whole[0], *_plain(relation), *whole[1]]
    start = _plain(f"from {_EDGES[relation]} to {_EDGES[OPPOSITE[relation]]}")
    return [*start, *_joined(whole, "then")]


def _korean(parts: list[list[Piece]], relation: Relation) -> list[Piece]:
    if len(parts) == 1:
        return parts[0]
    side = KOREAN[relation]
    if len(parts) == 2:
        return [*_with_ending(parts[1], "의"), *_plain(f"{side}에 있는"), *parts[0]]
    return [(f"{side}에서부터", None, ""), *_joined(parts, "다음")]


def _with_ending(part: list[Piece], ending: str) -> list[Piece]:
    """Write a particle to the last word of a part."""
    word, thing, _ = part[-1]
    return [*part[:-1], (word, thing, ending)]


def _plain(text: str) -> list[Piece]:
    return [(word, None, "") for word in text.split()]


def _joined(parts: list[list[Piece]], word: str) -> list[Piece]:
    joined = list(parts[0])
    for part in parts[1:]:
        joined += [(word, None, ""), *part]
    return joined
