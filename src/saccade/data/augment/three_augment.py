"""3-Augment: grey, solarised or blurred, one of them for every picture.

Source: Touvron, Cord, Jégou, "DeiT III: Revenge of the ViT", ECCV 2022, arXiv:2204.07118, section
3.2. The colour jitter of 0.3 that follows there is `Augmentation.jitter`.

Axes: the blur is a Gaussian of 0.1 to 2 pixels of the model's image, as in the released program.
"""

import random
from dataclasses import dataclass

from saccade.data.augment.operations import Canvas, Seen, operate

BLUR = (0.1, 2.0)  # standard deviation, in pixels
JITTER = 0.3  # most change of brightness, contrast and saturation, after one of the three
SOLARIZE = 128.0  # what is at least as bright is inverted
_NAMES = ("Grayscale", "Solarize", "GaussianBlur")


@dataclass(frozen=True, slots=True)
class ThreeAugment:
    """Draw one of the three changes."""

    def draw(self, chances: random.Random) -> tuple[str, float]:
        """Draw the change of one picture and its amount.

        Args:
            chances: the only source of chance.
        """
        name = chances.choice(_NAMES)
        return name, chances.uniform(*BLUR) if name == "GaussianBlur" else SOLARIZE

    def apply(self, seen: Seen, canvas: Canvas, chances: random.Random) -> Seen:
        """Change a picture.

        Args:
            seen: the picture (RGB or L) and its geometry.
            canvas: of no use here, for no change moves pixels.
            chances: the only source of chance.
        """
        name, amount = self.draw(chances)
        return operate(name, seen, amount, canvas)
