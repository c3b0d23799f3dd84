"""The classes of pixels: names, the ids or colours that stand for them in files, and what is void.

Axes: a class has an index from 0 (what a model answers), and an id or a colour in label maps.
"""

import colorsys
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from saccade.errors import DataError

VOID = 255  # index of pixels that count nowhere
UNKNOWN = 254  # index of ids that no class has
Colour = tuple[int, int, int]
_MOST = 250  # classes
_IDS = 65_536
_VOID_WORDS = re.compile(r"\b(void|ignored?|unlabel+ed|don'?t care)\b", re.IGNORECASE)
_LIGHTS = ((0.85, 0.95), (0.65, 0.75), (1.0, 0.55))  # saturation and value


@dataclass(frozen=True, slots=True)
class PixelClass:
    """What a label map can say of a pixel.

    Args:
        name: for people.
        number: its id in label maps.
        colour: red, green and blue in label maps of colours, 0-255; None where none was told.
        void: such pixels are neither learned nor measured.
    """

    name: str
    number: int
    colour: Colour | None = None
    void: bool = False


@dataclass(frozen=True)
class PixelClasses:
    """The classes of a set of label maps.

    Args:
        entries: what label maps can say, void ones included.

    Raises:
        DataError: there is no class, or too many; or a name, an id or a colour comes twice.
    """

    entries: tuple[PixelClass, ...]

    def __post_init__(self) -> None:
        told = [one for one in self.entries if not one.void]
        if not 1 <= len(told) <= _MOST:
            raise DataError(f"1 to {_MOST} classes of pixels", str(len(told)), "classes.txt")
        _once("id", [one.number for one in self.entries])
        _once("name", [one.name for one in told])
        _once("colour", [one.colour for one in self.entries if one.colour is not None])
        if not all(0 <= one.number < _IDS for one in self.entries):
            worst = next(one for one in self.entries if not 0 <= one.number < _IDS)
            raise DataError(f"ids from 0 to {_IDS - 1}", f"{worst.number} for {worst.name}")

    @cached_property
    def told(self) -> tuple[PixelClass, ...]:
        """The classes that count, in the order of their indices."""
        return tuple(one for one in self.entries if not one.void)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the classes, in the order of their indices."""
        return tuple(one.name for one in self.told)

    @property
    def colours(self) -> tuple[Colour, ...]:
        """A colour for each class: its own, or one that is far from the others."""
        spare = palette(len(self.told))
        return tuple(one.colour or own for one, own in zip(self.told, spare, strict=True))

    @cached_property
    def of_ids(self) -> np.ndarray:
        """The index of each id, uint8 (65536): a class, `VOID` or `UNKNOWN`."""
        table = np.full(_IDS, UNKNOWN, np.uint8)
        table[255] = VOID
        for one in self.entries:
            table[one.number] = VOID if one.void else self.told.index(one)
        return table

    @cached_property
    def of_colours(self) -> Mapping[int, int]:
        """The index of each colour, as red·65536 + green·256 + blue."""
        return {
            packed(one.colour): VOID if one.void else self.told.index(one)
            for one in self.entries
            if one.colour is not None
        }

    def without(self, void: Sequence[str]) -> "PixelClasses":
        """Let more of the entries count nowhere.

        Args:
            void: their names or ids.

        Raises:
            DataError: there is no such entry, or none is left.
        """
        known = {key for one in self.entries for key in (one.name, str(one.number))}
        for asked in void:
            if asked not in known:
                names = ", ".join(f"{one.number} {one.name}" for one in self.entries[:20])
                raise DataError(f"void as one of {names}", asked)
        return PixelClasses(
            tuple(
                PixelClass(one.name, one.number, one.colour, void=True)
                if one.name in void or str(one.number) in void
                else one
                for one in self.entries
            )
        )

    def to_dict(self) -> dict[str, Any]:
        """Write the classes as plain values, fit for JSON."""
        return {
            "entries": [
                [one.name, one.number, list(one.colour) if one.colour else None, one.void]
                for one in self.entries
            ]
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "PixelClasses":
        """Read what `to_dict` wrote.

        Raises:
            DataError: it is something else.
        """
        try:
            return cls(
                tuple(
                    PixelClass(str(name), int(number), colour_of(colour), bool(void))
                    for name, number, colour, void in values["entries"]
                )
            )
        except (KeyError, TypeError, ValueError) as error:
            raise DataError("classes of pixels as they were saved", str(error)) from error


def colour_of(told: Sequence[int] | None) -> Colour | None:
    """Read a colour from three numbers, 0-255; None stays None.

    Raises:
        ValueError: they are not three such numbers.
    """
    if told is None:
        return None
    red, green, blue = (int(part) for part in told)
    if not all(0 <= part <= 255 for part in (red, green, blue)):
        raise ValueError(f"a colour {red}, {green}, {blue}")
    return red, green, blue


def packed(colour: Colour) -> int:
    """Write a colour as one number."""
    return (colour[0] << 16) + (colour[1] << 8) + colour[2]


def means_void(name: str) -> bool:
    """Tell whether a name says that such pixels shall not count, such as "Unlabelled/void"."""
    return bool(_VOID_WORDS.search(name))


def numbered(ids: Sequence[int], colours: Sequence[Colour] = ()) -> PixelClasses:
    """Make classes where nobody named them: one for each id up to the largest.

    Id 255 is void, unless there are only 0 and 255, as in masks of one thing.

    Args:
        ids: that label maps hold.
        colours: of a palette, by id, where there is one.
    """
    found = sorted(set(ids))
    kept = found if found in ([0, 255], [255]) else range(max(set(found) - {255}, default=0) + 1)
    given = dict(enumerate(colours))
    every = [given.get(number) for number in kept]
    told = every if len(set(every)) == len(every) else [None] * len(every)
    return PixelClasses(
        tuple(PixelClass(str(n), n, colour) for n, colour in zip(kept, told, strict=True))
    )


def palette(count: int) -> tuple[Colour, ...]:
    """Give colours that are far from each other, none of them black: black is void.

    Hues follow the golden ratio, and three lightnesses each other.
    """
    found = []
    for index in range(count):
        saturation, value = _LIGHTS[index % len(_LIGHTS)]
        parts = colorsys.hsv_to_rgb((0.6 + index * 0.618034) % 1.0, saturation, value)
        found.append((round(255 * parts[0]), round(255 * parts[1]), round(255 * parts[2])))
    return tuple(found)


def _once(what: str, values: Sequence[object]) -> None:
    twice = next((value for value in values if values.count(value) > 1), None)
    if twice is not None:
        raise DataError(f"each {what} of the classes once", f"{twice} twice", "another one")
