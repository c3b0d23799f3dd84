"""Ready-made ways to change pictures, by the word that names them."""

import random
from functools import lru_cache
from typing import Protocol

from saccade.data.augment.operations import Canvas, Seen
from saccade.data.augment.rand_augment import RandAugment
from saccade.data.augment.three_augment import ThreeAugment
from saccade.data.augment.trivial_augment import TrivialAugment
from saccade.errors import ConfigError


class Policy(Protocol):
    """Draws changes of a picture and applies them."""

    def apply(self, seen: Seen, canvas: Canvas, chances: random.Random) -> Seen:
        """Change a picture (RGB or L), and its geometry where pixels move."""


@lru_cache(maxsize=32)
def policy(text: str | None) -> Policy | None:
    """Read what `auto` names: "rand-m9-mstd0.5-inc1", "trivial", "three"; "none" is nothing.

    Raises:
        ConfigError: there is no such policy, or a word of it is unknown.
    """
    if text is None or text == "none":
        return None
    if text == "trivial":
        return TrivialAugment()
    if text == "three":
        return ThreeAugment()
    if text.split("-")[0] == "rand":
        return RandAugment.parse(text)
    raise ConfigError(
        "auto rand-… (RandAugment), trivial, three or none", text, "rand-m9-mstd0.5-inc1"
    )
