"""BiT's HyperRule: the preset "bit-hyperrule".

Source: Kolesnikov, Beyer, Zhai, Puigcerver, Yung, Gelly, Houlsby, "Big Transfer (BiT): General
Visual Representation Learning", ECCV 2020, arXiv:1912.11370, section 3.3, and its code.
Differs: steps are rounded to whole epochs; the crop is a random part of the area instead of a
square of fixed side.
"""

from saccade.training.recipe.changes import mixing
from saccade.training.recipe.choice import Choice
from saccade.training.recipe.scratch import model_choices
from saccade.training.recipe.situation import Situation

_RULE = "arXiv:1912.11370, section 3.3"
_BATCH, _RATE = 512, 0.003
_MIXED = 20_000  # pictures; from so many on they are mixed
_FEW_PIXELS = 96 * 96
# Below so many pictures: steps, those of the warm-up, and the shares where the rate is divided.
_STEPS = (
    (20_000, 500, 100, (0.4, 0.6, 0.8)),
    (500_000, 10_000, 500, (0.3, 0.6, 0.9)),
    (float("inf"), 20_000, 500, (0.3, 0.6, 0.9)),
)


def bit_hyperrule(found: Situation) -> list[Choice]:
    """Numbers that follow from the number and the size of the pictures alone."""
    rule = "the HyperRule's"
    fresh = model_choices(found) if found.config.checkpoint is None else []
    return [
        *(c for c in fresh if c.name != "img_size"),
        *_length(found),
        Choice("lr", _RATE, rule, f"0.003, {_RULE}"),
        Choice("opt", "sgd", rule, f"SGD, {_RULE}"),
        Choice("sched", "step", rule, f"divided by 10 at three places, {_RULE}"),
        Choice("min_lr", 0.0, rule, "none"),
        Choice("warmup_lr", 0.0, rule, "0"),
        Choice("weight_decay", 0.0, rule, f"0, {_RULE}"),
        Choice("clip_grad", 0.0, rule, "none"),
        Choice("layer_decay", 1.0, rule, "none"),
        Choice("freeze", "none", "all weights adapt"),
        Choice("head_init", "fresh", rule, "a head of zeros"),
        Choice("drop_path_rate", 0.0, rule, "none"),
        Choice("ema_decay", 0.0, rule, "none"),
        Choice("smoothing", 0.0, rule, "none"),
        *_pixels(found),
        *_mixed(found),
    ]


def _length(found: Situation) -> list[Choice]:
    """Steps as epochs, and 512 pictures of a step as so many passes as memory asks for."""
    config, count = found.config, found.facts.count
    steps, warmup, places = next(row[1:] for row in _STEPS if count < row[0])
    batch = config.batch_size or min(64 if found.on_gpu else 32, count)
    accum = config.grad_accum or max(1, min(_BATCH, count) // batch)
    of_epoch = -(-count // (batch * accum))
    chosen = max(1, round(steps / of_epoch))
    epochs = config.epochs or chosen
    rule = f"{count} pictures: {steps} steps of {_BATCH}"
    told = f"{steps} steps, {_RULE}"
    passes = f"{accum} passes of {batch} make a step" + (
        f" of {_BATCH}" if accum * batch == _BATCH else f"; there are {count} pictures"
    )
    return [
        Choice("epochs", chosen, f"{rule}, {of_epoch} in an epoch", told),
        Choice(
            "warmup_epochs", round(epochs * warmup / steps, 2), f"{warmup} steps", f"{warmup} steps"
        ),
        Choice("sched_steps", places, "shares of the run", f"of {told}"),
        Choice("batch_size", batch, "fits into memory", f"{_BATCH}, {_RULE}"),
        Choice("grad_accum", accum, passes, f"batch {_BATCH} at once"),
    ]


def _pixels(found: Situation) -> list[Choice]:
    """Image and crop by the size of the pictures."""
    few = found.facts.height * found.facts.width < _FEW_PIXELS
    side, large = (128, 160) if few else (480, 512)
    size = f"pictures of {found.facts.width}x{found.facts.height} pixels"
    paper = f"resized to {large}, crop {side}, {_RULE}"
    still = "the crop moves already"
    flip = not (few and found.facts.grey)
    return [
        Choice("img_size", (side, side), size, paper),
        Choice("crop", round((side / large) ** 2, 3), f"{side} of {large} pixels", paper),
        Choice("flip", flip, "the HyperRule's" if flip else "grey pictures may be digits", "half"),
        *(Choice(name, 0.0, still, "none") for name in ("shift", "zoom", "rotate")),
    ]


def _mixed(found: Situation) -> list[Choice]:
    count = found.facts.count
    alpha = 0.1 if count >= _MIXED else 0.0
    changes = mixing({"mixup": alpha}, "the HyperRule changes nothing else")
    reason = f"{count} pictures: mixed from {_MIXED} on"
    told = [Choice("augment.mixup", alpha, reason, f"0.1 from 20,000 on, {_RULE}")]
    return [*told, *(c for c in changes if c.name != "augment.mixup")]
