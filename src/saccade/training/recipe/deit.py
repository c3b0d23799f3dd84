"""DeiT's recipe: the preset "deit".

Source: Touvron, Cord, Douze, Massa, Sablayrolles, Jegou, "Training data-efficient image
transformers & distillation through attention", ICML 2021, arXiv:2012.12877, table 9, and its code.
Differs: shorter runs have a shorter warm-up and a moving average that forgets sooner; the last ten
epochs at the lowest rate, which the code adds, are left out.
"""

import math

from saccade.training.recipe.changes import DEIT, no_changes, photo_changes, small_changes, strong
from saccade.training.recipe.choice import Choice
from saccade.training.recipe.scratch import EPOCHS, model_choices
from saccade.training.recipe.situation import Situation

_EPOCHS, _WARMUP, _BATCH, _RATE, _AVERAGE = 300, 5, 1024, 5e-4, 0.99996
_SHARE = 0.1  # of a run, after which an average should have forgotten half


def deit(found: Situation) -> list[Choice]:
    """All of DeiT's numbers, and what a shorter run needs instead."""
    config = found.config
    epochs = config.epochs or _epochs(found)
    batch = config.batch_size or _batch(found)
    seen = batch * (config.grad_accum or 1)
    steps = epochs * -(-found.facts.count // seen)
    fresh = model_choices(found) if config.checkpoint is None else []
    return [
        *(c for c in fresh if c.name != "weight_init"),
        *_trunc(fresh),
        *_length(found, epochs, batch, seen),
        Choice("weight_decay", 0.05, "as the paper", f"0.05, {DEIT}"),
        Choice("drop_path_rate", 0.1, "as the paper", f"0.1, {DEIT}"),
        _average(steps),
        Choice("smoothing", 0.1, "as the paper", f"0.1, {DEIT}"),
        *_course(),
        *_places(found),
        *strong("as the paper"),
    ]


def _trunc(fresh: list[Choice]) -> list[Choice]:
    if not fresh:
        return []
    return [Choice("weight_init", "trunc", "as the paper", "truncated normal, section 5.1")]


def _epochs(found: Situation) -> int:
    if found.on_gpu:
        return _EPOCHS
    return next(epochs for most, epochs in EPOCHS if found.facts.count < most)


def _batch(found: Situation) -> int:
    most = 256 if found.on_gpu else 64
    return max(1, min(most, found.facts.count // 4))


def _length(found: Situation, epochs: int, batch: int, seen: int) -> list[Choice]:
    short = "" if epochs >= _EPOCHS else f", where the paper takes {_EPOCHS}"
    device = "as the paper" if found.on_gpu else f"on a CPU{short}"
    warmup = float(_WARMUP) if epochs >= 10 * _WARMUP else round(epochs * 0.1, 2)
    why = "as the paper" if warmup == _WARMUP else f"a tenth of {epochs} epochs{short}"
    return [
        Choice("epochs", epochs, device, f"{_EPOCHS}, {DEIT}"),
        Choice("warmup_epochs", warmup, why, f"{_WARMUP}, {DEIT}"),
        Choice("batch_size", batch, "fits into memory, and is a part of the pictures", f"{_BATCH}"),
        Choice(
            "lr",
            float(f"{_RATE * seen / 512:.4g}"),
            f"the paper's rule for steps of {seen} pictures",
            f"5e-4 x batch/512, {DEIT}",
        ),
    ]


def _average(steps: int) -> Choice:
    """The paper's average where the run is long enough for it."""
    half = math.log(0.5) / math.log(_AVERAGE)
    paper = "0.99996 in the code, half of it after 17,328 steps"
    if steps * _SHARE >= half:
        return Choice("ema_decay", _AVERAGE, "as the paper", paper)
    decay = round(0.5 ** (1 / max(steps * _SHARE, 1.0)), 6)
    reason = f"{steps} steps: half of it forgotten after a tenth of the run, not after 17,328"
    return Choice("ema_decay", decay, reason, paper)


def _course() -> list[Choice]:
    paper = "as the paper"
    return [
        Choice("opt", "adamw", paper, f"AdamW, {DEIT}"),
        Choice("sched", "cosine", paper, f"cosine, {DEIT}"),
        Choice("min_lr", 1e-5, paper, "1e-5 in the code"),
        Choice("warmup_lr", 1e-6, paper, "1e-6 in the code"),
        Choice("clip_grad", 0.0, paper, f"none, {DEIT}"),
        Choice("layer_decay", 1.0, paper, "none"),
        Choice("freeze", "none", "everything learns"),
        Choice("head_init", "fresh", paper),
    ]


def _places(found: Situation) -> list[Choice]:
    """Where in a picture to look; at 32 pixels the code shifts and does not crop."""
    if not found.small:
        return photo_changes(0.08, "0.08 to 1 of the area in the code, and mirror")
    if found.facts.grey:
        return small_changes(found.facts)
    shift = "as the code does at 32 pixels: shifts and no crop"
    moved = [Choice("shift", 0.125, shift, "4 of 32 pixels in the code")]
    kept = [c for c in no_changes(shift) if c.name not in ("shift", "flip")]
    return [*moved, *kept, Choice("flip", True, "photographs may be mirrored", "half of them")]
