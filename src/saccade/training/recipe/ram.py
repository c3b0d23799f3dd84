"""What a recurrent attention model is trained with, beside what all small models are."""

from saccade.training.recipe.choice import Choice
from saccade.training.recipe.situation import Situation, family_of

_PAPER = "SGD with momentum, rates by random search"
_CODE = "kevinzakka: Adam, 3e-4, batches of 32"


def glimpse_choices(found: Situation) -> list[Choice]:
    """Choices that stand above those of the preset; none for other models.

    Args:
        found: of the run.
    """
    if family_of(found.config.model) != "RAM":
        return []
    still = "the policy is paid for digits where they are"
    return [
        Choice("in_chans", 1 if found.facts.grey else 3, "what the sampled pictures have"),
        Choice("batch_size", 128, "rewards are noisy: a step averages many", _CODE),
        Choice("lr", 1e-3, "for AdamW with batches of 128", f"{_PAPER}; {_CODE}"),
        Choice("weight_decay", 0.0, "a small network", _CODE),
        Choice("clip_grad", 5.0, "one odd batch cannot throw the weights off", "none"),
        Choice("smoothing", 0.0, "the reward asks for the answer, not for humility", _CODE),
        Choice("crop", 0.0, still),
        Choice("flip", False, "digits have a left and a right"),
        Choice("threads", 1, "on a model this small two threads wait more than they compute"),
    ]
