"""The network that reads pictures for words: which one, how large, and what of it learns."""

from saccade.training.config import TrainConfig
from saccade.training.recipe.choice import Choice
from saccade.training.recipe.situation import is_transformer
from saccade.training.words.opening import WordFacts

SMALL = 64  # pixels; up to this side pictures are read by a small network of their own
_SMALL_EYES = {
    "block": "basic",
    "stem": "deep",
    "stem_chs": 12,
    "layers": (1, 1),
    "widths": (32, 64),
}


def eye_choices(config: TrainConfig, facts: WordFacts) -> list[Choice]:
    """Choose the network that reads pictures, where no weights are given.

    Args:
        config: what the user asked for.
        facts: about the pictures to learn from.
    """
    if config.checkpoint is not None:
        return [Choice("words.tuned", 0, "the weights know pictures; they are read once")]
    fresh = Choice("words.tuned", -1, "fresh weights must learn; --checkpoint FILE knows more")
    if config.model is not None:
        return [Choice("img_size", _side(config.model, facts), "side of the pictures"), fresh]
    if facts.side <= SMALL:
        side = max(8, -(-facts.side // 8) * 8)
        return [
            Choice("model", "resnet18", "pictures of up to 64 pixels, two small stages"),
            Choice("img_size", side, f"side of the pictures, {facts.side}"),
            fresh,
        ]
    return [
        Choice("model", "resnet18", "learns from few pictures"),
        Choice("img_size", 128, "fast; larger pictures show more"),
        fresh,
    ]


def _side(model: str, facts: WordFacts) -> int:
    """Give the side at which a named network reads: that of the pictures, in whole patches."""
    side = min(facts.side, 224) or 224
    return -(-side // 32) * 32 if is_transformer(model) else side


def small_options(config: TrainConfig) -> dict[str, object]:
    """Give the fields of a fresh network of pictures that nobody named, beside its size.

    Args:
        config: with nothing left open.
    """
    sides = config.img_size if isinstance(config.img_size, tuple) else (config.img_size, 0)
    longest = max(int(side or 0) for side in sides)
    small = config.model == "resnet18" and not config.model_kwargs and longest <= SMALL
    return dict(_SMALL_EYES) if small else {}
