"""TrivialAugment: one operation, of any strength.

Source: Müller, Hutter, "TrivialAugment: Tuning-free Yet State-of-the-Art Data Augmentation",
ICCV 2021, arXiv:2103.10158, section 3 and table 1 (the wide set).

Differs: nothing from torchvision's TrivialAugmentWide with 31 steps; what comes in from outside is
black there and here.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from saccade.data.augment.operations import Canvas, Seen, operate

STEPS = 31


def _from_0(most: float) -> tuple[float, ...]:
    return tuple(most * step / (STEPS - 1) for step in range(STEPS))


# Each operation's amounts, whether the sign is drawn too, and what the amount is added to.
WIDE: dict[str, tuple[Sequence[float], bool, float]] = {
    "Identity": ((0.0,), False, 0.0),
    "ShearX": (_from_0(0.99), True, 0.0),
    "ShearY": (_from_0(0.99), True, 0.0),
    "TranslateX": (tuple(float(int(step)) for step in _from_0(32.0)), True, 0.0),
    "TranslateY": (tuple(float(int(step)) for step in _from_0(32.0)), True, 0.0),
    "Rotate": (_from_0(135.0), True, 0.0),
    **{
        name: (_from_0(0.99), True, 1.0)
        for name in ("Brightness", "Color", "Contrast", "Sharpness")
    },
    "Posterize": (tuple(8 - round(step) for step in _from_0(6.0)), False, 0.0),
    "Solarize": (tuple(255.0 - step for step in _from_0(255.0)), False, 0.0),
    "AutoContrast": ((0.0,), False, 0.0),
    "Equalize": ((0.0,), False, 0.0),
}
_NAMES = tuple(WIDE)


@dataclass(frozen=True, slots=True)
class TrivialAugment:
    """Draw one of 14 operations, one of 31 strengths and a sign; nothing is to be tuned."""

    def draw(self, chances: random.Random) -> tuple[str, float]:
        """Draw the operation of one picture and its amount.

        Args:
            chances: the only source of chance.
        """
        name = chances.choice(_NAMES)
        amounts, signed, middle = WIDE[name]
        amount = chances.choice(amounts)
        sign = chances.choice((-1.0, 1.0)) if signed else 1.0
        return name, middle + sign * amount

    def apply(self, seen: Seen, canvas: Canvas, chances: random.Random) -> Seen:
        """Change a picture.

        Args:
            seen: the picture (RGB or L) and its geometry.
            canvas: how warps paint, but for the colour, which is black.
            chances: the only source of chance.
        """
        name, amount = self.draw(chances)
        return operate(name, seen, amount, replace(canvas, fill=(0,) * len(canvas.fill)))
