"""RandAugment: a few operations drawn at random, all of about one strength, in timm's words.

Source: Cubuk, Zoph, Shlens, Le, "RandAugment: Practical Automated Data Augmentation with a Reduced
Search Space", NeurIPS 2020, arXiv:1909.13719, section 3; DeiT uses "rand-m9-mstd0.5-inc1"
(arXiv:2012.12877, table 9).

Differs: the paper applies every drawn operation at one fixed strength. timm, which DeiT trained
with, applies each with probability 0.5 and draws its strength from N(m, mstd); so does this.
"""

import math
import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from saccade.data.augment.operations import Canvas, Seen, operate
from saccade.errors import ConfigError

FULL = 10.0  # the magnitude at which an operation is as strong as it gets
# From the strength (0 to 1) and a sign to the amount of an operation.
Amount = Callable[[float, float], float]


def _factor(strength: float, _: float) -> float:
    return strength * 1.8 + 0.1


def _factor_away_from_1(strength: float, sign: float) -> float:
    return max(0.1, 1.0 + sign * (strength * 0.9))


def _signed(most: float) -> Amount:
    return lambda strength, sign: sign * (strength * most)


def _whole(most: int, *, limit: int) -> Amount:
    return lambda strength, _: min(limit, int(strength * most))


def _nothing(_: float, __: float) -> float:
    return 0.0


_SHARED: dict[str, tuple[str, Amount]] = {
    "AutoContrast": ("AutoContrast", _nothing),
    "Equalize": ("Equalize", _nothing),
    "Invert": ("Invert", _nothing),
    "Rotate": ("Rotate", _signed(30.0)),
    "SolarizeAdd": ("SolarizeAdd", _whole(110, limit=128)),
    "ShearX": ("ShearX", _signed(0.3)),
    "ShearY": ("ShearY", _signed(0.3)),
    "TranslateXRel": ("TranslateXRel", _signed(0.45)),
    "TranslateYRel": ("TranslateYRel", _signed(0.45)),
}
# As the first programs had it: some operations change less as the magnitude grows.
PLAIN: Mapping[str, tuple[str, Amount]] = _SHARED | {
    "Posterize": ("Posterize", lambda strength, _: int(strength * 4)),
    "Solarize": ("Solarize", _whole(256, limit=256)),
    **{name: (name, _factor) for name in ("Color", "Contrast", "Brightness", "Sharpness")},
}
# With "inc1" all of them change more as the magnitude grows.
INCREASING: Mapping[str, tuple[str, Amount]] = _SHARED | {
    "PosterizeIncreasing": ("Posterize", lambda strength, _: 4 - int(strength * 4)),
    "SolarizeIncreasing": ("Solarize", lambda strength, _: 256 - min(256, int(strength * 256))),
    **{
        f"{name}Increasing": (name, _factor_away_from_1)
        for name in ("Color", "Contrast", "Brightness", "Sharpness")
    },
}
_WORDS = {"m": "magnitude", "n": "layers", "mstd": "deviation", "mmax": "most", "p": "probability"}
_KNOWN = "m9 (magnitude), n2 (operations), mstd0.5, mmax10, p0.5 and inc1"


@dataclass(frozen=True, kw_only=True, slots=True)
class RandAugment:
    """Draw operations with replacement, and apply each or not.

    Args:
        magnitude: the mean strength, 0 to `most`.
        layers: operations that are drawn for a picture.
        deviation: standard deviation of the strength; above 100 it is drawn evenly from 0 to the
            magnitude.
        most: strengths above are cut to this; 10 is as strong as the paper's.
        probability: with which each drawn operation is applied.
        increasing: draw from the set in which every operation grows with its strength.

    Raises:
        ConfigError: a value that cannot work.
    """

    magnitude: float = FULL
    layers: int = 2
    deviation: float = 0.0
    most: float = FULL
    probability: float = 0.5
    increasing: bool = False

    def __post_init__(self) -> None:
        if not (self.magnitude >= 0 and self.deviation >= 0 and self.most > 0):
            got = f"m{self.magnitude:g}-mstd{self.deviation:g}-mmax{self.most:g}"
            raise ConfigError("magnitudes of at least 0 and mmax above 0", got)
        if self.layers < 1 or not 0 <= self.probability <= 1:
            got = f"n{self.layers}-p{self.probability:g}"
            raise ConfigError("n of at least 1 and p from 0 to 1", got)

    @classmethod
    def parse(cls, text: str) -> "RandAugment":
        """Read timm's words, such as "rand-m9-mstd0.5-inc1".

        Raises:
            ConfigError: a word is unknown or its number cannot work.
        """
        first, *words = text.split("-")
        found: dict[str, float] = {}
        for word in words:
            parts = re.fullmatch(r"([a-z]+)(\d+\.?\d*|\.\d+|inf)", word)
            if first != "rand" or parts is None or parts[1] not in (*_WORDS, "inc"):
                raise ConfigError(f"RandAugment of {_KNOWN}", word, "rand-m9-mstd0.5-inc1")
            found[parts[1]] = float(parts[2])
        if "n" in found and not found["n"].is_integer():
            raise ConfigError("a whole number of operations", f"n{found['n']:g}", "n2")
        return cls(
            magnitude=found.get("m", FULL),
            layers=int(found.get("n", 2)),
            deviation=found.get("mstd", 0.0),
            most=found.get("mmax", FULL),
            probability=found.get("p", 0.5),
            increasing=found.get("inc", 0.0) != 0,
        )

    def draw(self, chances: random.Random) -> list[tuple[str, float]]:
        """Draw the operations of one picture and their amounts.

        Args:
            chances: the only source of chance.
        """
        table, names = _choices(increasing=self.increasing)
        drawn = []
        for name in chances.choices(names, k=self.layers):
            if chances.random() < self.probability:
                operation, amount = table[name]
                strength = self._magnitude(chances) / FULL
                drawn.append((operation, amount(strength, chances.choice((-1.0, 1.0)))))
        return drawn

    def apply(self, seen: Seen, canvas: Canvas, chances: random.Random) -> Seen:
        """Change a picture.

        Args:
            seen: the picture (RGB or L) and its geometry.
            canvas: how warps paint.
            chances: the only source of chance.
        """
        for name, amount in self.draw(chances):
            seen = operate(name, seen, amount, canvas)
        return seen

    def _magnitude(self, chances: random.Random) -> float:
        if self.deviation > 100 or math.isinf(self.deviation):
            drawn = chances.uniform(0, self.magnitude)
        elif self.deviation > 0:
            drawn = chances.gauss(self.magnitude, self.deviation)
        else:
            drawn = self.magnitude
        return max(0.0, min(drawn, self.most))


@lru_cache(maxsize=2)
def _choices(*, increasing: bool) -> tuple[Mapping[str, tuple[str, Amount]], tuple[str, ...]]:
    table = INCREASING if increasing else PLAIN
    return table, tuple(table)
