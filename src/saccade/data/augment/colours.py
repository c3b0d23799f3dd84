"""Colour jitter, and the changes of colour that self-supervision draws one by one.

Source: the jitter is torchvision's ColorJitter; the rest follows Grill et al., "Bootstrap Your Own
Latent", NeurIPS 2020, arXiv:2006.07733, appendix B, and Caron et al., "Emerging Properties in
Self-Supervised Vision Transformers" (DINO), ICCV 2021, arXiv:2104.14294, section 3.2, whose
released program has the numbers of `DINO_FIRST`, `DINO_SECOND` and `DINO_LOCAL`.
"""

import random
from dataclasses import dataclass, fields, replace

from PIL import Image

from saccade.data.augment.operations import COLOURS
from saccade.data.augment.three_augment import BLUR, SOLARIZE
from saccade.errors import ConfigError


@dataclass(frozen=True, kw_only=True, slots=True)
class Colours:
    """Jitter the colours, then perhaps grey, blur and solarise, in this order.

    Args:
        brightness: the factor lies between 1 - brightness and 1 + brightness, 0 to 1.
        contrast: likewise.
        saturation: likewise.
        hue: most turn of the wheel of colours to either side, as a share of a turn, 0 to 0.5.
        jitter_prob: share of the pictures whose colours are jittered, 0 to 1. The four are applied
            in random order.
        grey_prob: share of the pictures that lose their colour, 0 to 1.
        blur_prob: share of the pictures that are blurred by a Gaussian of 0.1 to 2 pixels, 0 to 1.
        solarize_prob: share of the pictures whose bright half is inverted, 0 to 1.

    Raises:
        ConfigError: a value out of its range.
    """

    brightness: float = 0.0
    contrast: float = 0.0
    saturation: float = 0.0
    hue: float = 0.0
    jitter_prob: float = 1.0
    grey_prob: float = 0.0
    blur_prob: float = 0.0
    solarize_prob: float = 0.0

    def __post_init__(self) -> None:
        for field in fields(self):
            value, most = getattr(self, field.name), 0.5 if field.name == "hue" else 1.0
            if not 0 <= value <= most:
                raise ConfigError(f"{field.name} from 0 to {most:g}", str(value))

    def draw(self, chances: random.Random) -> list[tuple[str, float]]:
        """Draw the changes of one picture and their amounts.

        Args:
            chances: the only source of chance.
        """
        drawn = self._jitter(chances) if _happens(self.jitter_prob, chances) else []
        if _happens(self.grey_prob, chances):
            drawn.append(("Grayscale", 0.0))
        if _happens(self.blur_prob, chances):
            drawn.append(("GaussianBlur", chances.uniform(*BLUR)))
        if _happens(self.solarize_prob, chances):
            drawn.append(("Solarize", SOLARIZE))
        return drawn

    def apply(self, image: Image.Image, chances: random.Random) -> Image.Image:
        """Change a picture (RGB or L); nothing moves.

        Args:
            image: the picture.
            chances: the only source of chance.
        """
        for name, amount in self.draw(chances):
            image = COLOURS[name](image, amount)
        return image

    def _jitter(self, chances: random.Random) -> list[tuple[str, float]]:
        spans = {
            "Brightness": (1.0, self.brightness),
            "Contrast": (1.0, self.contrast),
            "Color": (1.0, self.saturation),
            "Hue": (0.0, self.hue),
        }
        drawn = [
            (name, chances.uniform(middle - most, middle + most))
            for name, (middle, most) in spans.items()
            if most
        ]
        chances.shuffle(drawn)
        return drawn


def _happens(share: float, chances: random.Random) -> bool:
    """Draw whether it does; what is certain draws nothing."""
    return share >= 1 or (share > 0 and chances.random() < share)


_DINO = Colours(
    brightness=0.4, contrast=0.4, saturation=0.2, hue=0.1, jitter_prob=0.8, grey_prob=0.2
)
DINO_FIRST = replace(_DINO, blur_prob=1.0)
DINO_SECOND = replace(_DINO, blur_prob=0.1, solarize_prob=0.2)
DINO_LOCAL = replace(_DINO, blur_prob=0.5)
