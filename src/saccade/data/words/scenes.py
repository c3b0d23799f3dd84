"""Generated scenes: a few coloured shapes on a plain ground, of which everything is known.

A scene is drawn from its seed and its number alone, so that any picture of a set can be made again
without the others. Sentences about it are in `scene_captions`, questions in `scene_questions`.

Coordinates: pixels, x to the right, y down; pixel i covers [i, i + 1).
"""

import random
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from types import MappingProxyType
from typing import Any, Literal

from PIL import Image, ImageDraw

from saccade.data.words.scene_shapes import COLOURS, OUTLINES, SIZES
from saccade.errors import ConfigError, DataError

Relation = Literal["left of", "right of", "above", "below"]
Box = tuple[float, float, float, float]

RELATIONS: Mapping[Relation, tuple[int, int]] = MappingProxyType(
    {"left of": (0, -1), "right of": (0, 1), "above": (1, -1), "below": (1, 1)}
)
"""A relation's axis (0 is x, 1 is y), and the direction along it."""
OPPOSITE: Mapping[Relation, Relation] = MappingProxyType(
    {"left of": "right of", "right of": "left of", "above": "below", "below": "above"}
)
_FINE = 8
_TRIES = 2000


@dataclass(frozen=True, kw_only=True, slots=True)
class SceneRules:
    """What scenes may look like.

    Args:
        side: width and height of the picture, in pixels.
        least: fewest things in a scene.
        most: most things in a scene; each number is as likely.
        shapes: names out of `scene_shapes.OUTLINES`.
        colours: names out of `scene_shapes.COLOURS`.
        sizes: names out of `scene_shapes.SIZES`.
        overlap: how much of the smaller of two boxes may lie in the other, 0-1.
        clear: how far two centres must lie apart to be left of or above each other, in sides.
        alike: chance that a thing takes its shape, and that it takes its colour, from an earlier
            one, 0-1; never both, since no two things of a scene have the same shape and colour.
        ground: colour of the ground, red, green, blue, 0-255.

    Raises:
        ConfigError: a name is unknown, or a number cannot work.
    """

    side: int = 64
    least: int = 1
    most: int = 3
    shapes: tuple[str, ...] = tuple(OUTLINES)
    colours: tuple[str, ...] = tuple(COLOURS)
    sizes: tuple[str, ...] = tuple(SIZES)
    overlap: float = 0.0
    clear: float = 0.12
    alike: float = 0.0
    ground: tuple[int, int, int] = (236, 236, 232)

    def __post_init__(self) -> None:
        known = {"shapes": OUTLINES, "colours": COLOURS, "sizes": SIZES}
        for field, table in known.items():
            names = tuple(getattr(self, field))
            object.__setattr__(self, field, names)
            if not names or set(names) - set(table) or len(set(names)) < len(names):
                raise ConfigError(f"{field} out of {', '.join(table)}", str(names), str([*table]))
        object.__setattr__(self, "ground", tuple(self.ground))
        self._check_numbers()

    def _check_numbers(self) -> None:
        if not 1 <= self.least <= self.most <= len(self.shapes) * len(self.colours):
            raise ConfigError(
                "1 <= least <= most, and shapes and colours for as many different things",
                f"least={self.least}, most={self.most}",
                "least=1, most=3",
            )
        if self.side < 16:
            raise ConfigError("a side of at least 16 pixels", str(self.side), "side=64")
        for field, bound in (("overlap", 1.0), ("clear", 0.3), ("alike", 1.0)):
            if not 0.0 <= getattr(self, field) <= bound:
                got = str(getattr(self, field))
                raise ConfigError(f"{field} from 0 to {bound:g}", got, f"{field}=0.1")

    def to_dict(self) -> dict[str, Any]:
        """The rules as plain JSON."""
        return {key: list(v) if isinstance(v, tuple) else v for key, v in asdict(self).items()}


@dataclass(frozen=True, slots=True)
class Thing:
    """One coloured shape.

    Args:
        shape: its name.
        colour: its name.
        size: its name.
        centre: (x, y) in pixels.
        radius: that of the circle around its outline, in pixels.
    """

    shape: str
    colour: str
    size: str
    centre: tuple[float, float]
    radius: float

    @property
    def outline(self) -> tuple[tuple[float, float], ...]:
        """Its corners (x, y), in pixels."""
        x, y = self.centre
        return tuple((x + self.radius * u, y + self.radius * v) for u, v in OUTLINES[self.shape])

    @property
    def box(self) -> Box:
        """The tight box (x0, y0, x1, y1) around its outline, in pixels."""
        across, down = zip(*self.outline, strict=True)
        return min(across), min(down), max(across), max(down)


@dataclass(frozen=True, slots=True)
class Scene:
    """A picture whose content is known.

    Args:
        things: in the order in which they are painted.
        side: width and height, in pixels.
        clear: how far two centres must lie apart to be left of or above each other, in pixels.
        ground: colour of the ground.
    """

    things: tuple[Thing, ...]
    side: int
    clear: float
    ground: tuple[int, int, int] = (236, 236, 232)

    def related(self, one: int, relation: Relation, other: int) -> bool | None:
        """Say whether a thing is left of, right of, above or below another; None if unclear.

        Only the named axis counts: a thing far above and a little to the left is left of the other.

        Args:
            one: number of the thing.
            relation: which.
            other: number of the thing it is compared with.
        """
        axis, way = RELATIONS[relation]
        step = way * (self.things[one].centre[axis] - self.things[other].centre[axis])
        return None if abs(step) < self.clear else step > 0

    def gap(self, axis: int) -> float:
        """The least step between neighbours in their order along an axis, in pixels.

        Infinite for a single thing.
        """
        places = sorted(thing.centre[axis] for thing in self.things)
        return min((b - a for a, b in pairwise(places)), default=float("inf"))

    def mirrored(self) -> "Scene":
        """The scene as a mirror shows it, left and right changed."""
        flipped = (
            replace(thing, centre=(self.side - thing.centre[0], thing.centre[1]))
            for thing in self.things
        )
        return replace(self, things=tuple(flipped))

    def painted(self) -> Image.Image:
        """The RGB picture, with smooth edges."""
        large = Image.new("RGB", (self.side * _FINE, self.side * _FINE), self.ground)
        pen = ImageDraw.Draw(large)
        for thing in self.things:
            corners = [(x * _FINE - 0.5, y * _FINE - 0.5) for x, y in thing.outline]
            pen.polygon(corners, fill=COLOURS[thing.colour])
        return large.reduce(_FINE)


def make_scene(seed: int, index: int, rules: SceneRules | None = None) -> Scene:
    """Draw a scene.

    Along one axis the things follow each other clearly, and more clearly than along the other, so
    that there is one way to name them in order.

    Args:
        seed: which set.
        index: which scene of the set, from 0.
        rules: what scenes may look like; the defaults when None.

    Raises:
        ConfigError: no arrangement was found that the rules allow.
    """
    rules = rules or SceneRules()
    chances = random.Random(f"{seed}/scene/{index}")
    count = chances.randint(rules.least, rules.most)
    for attempt in range(_TRIES):
        if attempt % 100 == 0:  # things that are all large may have no room
            looks = _looks(chances, count, rules)
        things = _placed(chances, looks, rules)
        scene = Scene(things, rules.side, rules.clear * rules.side, rules.ground)
        if len(things) == count and _ordered(scene):
            return scene
    raise ConfigError(
        "rules under which the things of a scene have room",
        f"{count} of them with clear={rules.clear}, overlap={rules.overlap}",
        f"most={max(1, rules.most - 1)}",
    )


def overlap(one: Box, other: Box) -> float:
    """Give the share of the smaller of two boxes that lies in the other, 0-1.

    Raises:
        DataError: a box has no area.
    """
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    if min(areas) <= 0:
        raise DataError("boxes x0 y0 x1 y1 with x0 < x1 and y0 < y1", f"{one} and {other}")
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    return max(across, 0.0) * max(down, 0.0) / min(areas)


def _looks(
    chances: random.Random, count: int, rules: SceneRules
) -> list[tuple[str, str, str, float]]:
    """Shape, colour, size and radius of each thing, no two of one shape and colour."""
    found: list[tuple[str, str, str, float]] = []
    while len(found) < count:
        shape, colour = chances.choice(rules.shapes), chances.choice(rules.colours)
        size = chances.choice(rules.sizes)
        radius = rules.side * chances.uniform(*SIZES[size])
        if found and chances.random() < rules.alike:
            shape = chances.choice(found)[0]
        elif found and chances.random() < rules.alike:
            colour = chances.choice(found)[1]
        if (shape, colour) not in {one[:2] for one in found}:
            found.append((shape, colour, size, radius))
    return found


def _placed(
    chances: random.Random, looks: list[tuple[str, str, str, float]], rules: SceneRules
) -> tuple[Thing, ...]:
    """The things at places drawn at random, up to the first that overlaps too much."""
    border = max(radius for *_, radius in looks) + 1.0
    room = rules.side - 2 * border
    if room < rules.clear * rules.side * (len(looks) - 1):
        return ()
    across = [border + room * chances.random() for _ in looks]
    along = _spaced(chances, len(looks), room, rules.clear * rules.side)
    turned = chances.random() < 0.5
    things: list[Thing] = []
    for look, first, second in zip(looks, along, across, strict=True):
        centre = (second, border + first) if turned else (border + first, second)
        thing = Thing(*look[:3], centre, look[3])
        if any(overlap(thing.box, earlier.box) > rules.overlap for earlier in things):
            break
        things.append(thing)
    return tuple(things)


def _spaced(chances: random.Random, count: int, room: float, gap: float) -> list[float]:
    """Places in [0, room] at least `gap` apart, all such places alike, in any order."""
    free = room - gap * (count - 1)
    places = sorted(free * chances.random() for _ in range(count))
    places = [place + number * gap for number, place in enumerate(places)]
    chances.shuffle(places)
    return places


def _ordered(scene: Scene) -> bool:
    if len(scene.things) < 2:
        return True
    across, down = scene.gap(0), scene.gap(1)
    return max(across, down) >= scene.clear - 1e-9 and abs(across - down) >= scene.clear / 2
