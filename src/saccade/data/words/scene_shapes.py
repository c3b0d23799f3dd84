"""The shapes and colours of generated scenes: their outlines, their paint, their words.

Coordinates: x to the right, y down; an outline is that of a shape of radius 1 around (0, 0), and
the same after a mirror at the vertical axis, so that a mirrored scene shows the same shapes.
"""

import math
from collections.abc import Mapping
from types import MappingProxyType

Outline = tuple[tuple[float, float], ...]


def _round(corners: int) -> Outline:
    turns = (2 * math.pi * corner / corners for corner in range(corners))
    return tuple((math.sin(turn), -math.cos(turn)) for turn in turns)


def _star() -> Outline:
    points = []
    for corner in range(10):
        far = 0.45 if corner % 2 else 1.0
        turn = math.pi * corner / 5
        points.append((far * math.sin(turn), -far * math.cos(turn)))
    return tuple(points)


_ARM = 0.36
_CROSS = (
    *((-_ARM, -1.0), (_ARM, -1.0), (_ARM, -_ARM), (1.0, -_ARM), (1.0, _ARM), (_ARM, _ARM)),
    *((_ARM, 1.0), (-_ARM, 1.0), (-_ARM, _ARM), (-1.0, _ARM), (-1.0, -_ARM), (-_ARM, -_ARM)),
)

OUTLINES: Mapping[str, Outline] = MappingProxyType(
    {
        "circle": _round(64),
        "square": ((-0.85, -0.85), (0.85, -0.85), (0.85, 0.85), (-0.85, 0.85)),
        "triangle": ((0.0, -1.0), (0.95, 0.8), (-0.95, 0.8)),
        "star": _star(),
        "diamond": ((0.0, -1.0), (0.7, 0.0), (0.0, 1.0), (-0.7, 0.0)),
        "cross": _CROSS,
    }
)

COLOURS: Mapping[str, tuple[int, int, int]] = MappingProxyType(
    {
        "red": (214, 39, 40),
        "green": (44, 150, 60),
        "blue": (40, 80, 210),
        "yellow": (240, 205, 30),
        "purple": (140, 60, 180),
        "orange": (245, 130, 25),
        "pink": (240, 130, 190),
        "black": (20, 20, 20),
    }
)

SIZES: Mapping[str, tuple[float, float]] = MappingProxyType(
    {"small": (0.09, 0.115), "large": (0.15, 0.18)}
)
"""Least and greatest radius of each size, in sides of the scene."""

KOREAN: Mapping[str, str] = MappingProxyType(
    {
        "circle": "원",
        "square": "사각형",
        "triangle": "삼각형",
        "star": "별",
        "diamond": "마름모",
        "cross": "십자가",
        "red": "빨간색",
        "green": "초록색",
        "blue": "파란색",
        "yellow": "노란색",
        "purple": "보라색",
        "orange": "주황색",
        "pink": "분홍색",
        "black": "검은색",
        "small": "작은",
        "large": "큰",
        "left of": "왼쪽",
        "right of": "오른쪽",
        "above": "위",
        "below": "아래",
        "yes": "예",
        "no": "아니요",
    }
)


def particle(word: str, after_consonant: str, after_vowel: str) -> str:
    """Choose the form of a Korean particle by the last syllable of the word before it.

    Args:
        word: ends with a Hangul syllable.
        after_consonant: the form after a final consonant, such as "은".
        after_vowel: the form after a vowel, such as "는".

    Example:
        >>> particle("원", "은", "는"), particle("마름모", "은", "는")
        ('은', '는')
    """
    syllable = ord(word[-1]) - 0xAC00
    return after_consonant if 0 <= syllable < 11172 and syllable % 28 else after_vowel


def article(word: str) -> str:
    """Choose "a" or "an" for an English word of a scene."""
    return "an" if word[0] in "aeiou" else "a"
