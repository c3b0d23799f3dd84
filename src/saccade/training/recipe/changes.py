"""How training pictures are changed, by their size, colour and number.

The numbers for small pictures were found on validation pictures of Fashion-MNIST, and on splits of
scikit-learn's digits that overlap the test part of `open_images("digits")`.
"""

from typing import Any

from saccade.training.facts import Facts
from saccade.training.recipe.choice import Choice
from saccade.training.recipe.situation import TINY

RAND = "rand-m9-mstd0.5-inc1"
DEIT = "arXiv:2012.12877, table 9"
MANY = 50  # epochs; fewer do not suffice to learn from pictures that are changed strongly
_VIT = "ViT's code: a crop of 0.05 to 1 of the area, and mirror"


def small_changes(facts: Facts) -> list[Choice]:
    """What is done to small pictures; no mirror where it could turn a digit wrong."""
    drawn = "grey pictures may be digits: small moves, and no mirror"
    turned = facts.side <= TINY
    return [
        Choice("crop", 0.0, "small pictures lose too much by a crop"),
        Choice(
            "shift",
            0.05,
            "small pictures fill their frame",
            "DeiT's code at 32 pixels: shifts of up to 4, which is 0.125",
        ),
        Choice("zoom", 0.1 if turned else 0.0, drawn if turned else "shifts are enough"),
        Choice("rotate", 10.0 if turned else 0.0, drawn if turned else "shifts are enough"),
        Choice("flip", not facts.grey, drawn if facts.grey else "photographs may be mirrored"),
    ]


def photo_changes(crop: float, paper: str = _VIT) -> list[Choice]:
    """What is done to photographs: a crop of at least this share of the area, and a mirror."""
    reason = "photographs: what they show may be anywhere, at any size, mirrored"
    still = "the crop moves and zooms already"
    return [
        Choice("crop", crop, reason, paper),
        Choice("shift", 0.0, still),
        Choice("zoom", 0.0, still),
        Choice("rotate", 0.0, "photographs have an up"),
        Choice("flip", True, reason, "ViT and DeiT: half of the pictures"),
    ]


def no_changes(reason: str) -> list[Choice]:
    """Pictures as they are."""
    names = ("crop", "shift", "zoom", "rotate")
    return [*(Choice(name, 0.0, reason) for name in names), Choice("flip", False, reason)]


def light(reason: str) -> list[Choice]:
    """No change of colours, no mixing, no erasing."""
    return mixing({}, reason)


def strong(reason: str, *, repeats: int = 3) -> list[Choice]:
    """All of DeiT's changes.

    Args:
        reason: why.
        repeats: how often a picture is in an epoch's batches.
    """
    values = {"auto": RAND, "mixup": 0.8, "cutmix": 1.0, "erase": 0.25, "repeats": repeats}
    return mixing(values, reason)


def middling(reason: str) -> list[Choice]:
    """Half the way to DeiT's changes: mixed pictures, nothing erased, none repeated."""
    return mixing({"mixup": 0.2, "cutmix": 0.5}, reason)


def mixing(given: dict[str, Any], reason: str) -> list[Choice]:
    """Give each option of the group "augment" that a preset chooses; what is not given is off."""
    off = {"auto": "none", "jitter": 0.0, "mixup": 0.0, "cutmix": 0.0, "erase": 0.0, "repeats": 1}
    papers = {
        "auto": f"DeiT: {RAND}, {DEIT}",
        "jitter": "DeiT's code: 0.3, of no effect beside auto",
        "mixup": f"DeiT: 0.8, {DEIT}",
        "cutmix": f"DeiT: 1.0, {DEIT}",
        "erase": f"DeiT: 0.25, {DEIT}",
        "repeats": f"DeiT: 3, {DEIT}",
    }
    values = {**off, **given}
    return [Choice(f"augment.{n}", value, reason, papers[n]) for n, value in values.items()]
