"""Weights that know something: "linear-probe", "finetune-small" and "finetune-hires".

Source: Kumar, Raghunathan, Jones, Ma, Liang, "Fine-Tuning can Distort Pretrained Features and
Underperform Out-of-Distribution", ICLR 2022, arXiv:2202.10054, for a head that is fitted before
the rest moves; Dosovitskiy et al., arXiv:2010.11929, table 4, and Touvron et al.,
arXiv:2012.12877, for larger images.
"""

from saccade.layers.patches import pair
from saccade.training.recipe.changes import light, no_changes, photo_changes, small_changes
from saccade.training.recipe.choice import Choice
from saccade.training.recipe.scratch import engine, length, smoothing, warmup
from saccade.training.recipe.situation import Situation

BATCH, RATE = 32, 1e-4
LAYER_DECAY = 0.75
_ON_CPU = ((2_000, 4), (10_000, 3), (float("inf"), 2))
_FITTED = 2  # epochs on a CPU from a head that is fitted already
_ON_GPU = ((1_000, 10), (10_000, 5), (float("inf"), 3))
_PROBED = 20_000  # pictures; for more, the pass that the probe needs is no small thing
_LPFT = "arXiv:2202.10054: a linear probe first, then all"
_VIT = "ViT: SGD, 3e-3 to 6e-2 at batch 512, arXiv:2010.11929, table 4"
_DEIT_HIRES = "DeiT at 384: AdamW 5e-6 at batch 512, 30 epochs"


def finetune_small(found: Situation) -> list[Choice]:
    """Few epochs at a low rate; model and size are those of the weights."""
    return [
        *_length(found, "ViT: 500 steps on few pictures"),
        *_rate(found),
        Choice("weight_decay", 0.01, "the weights are good already", "ViT: 0"),
        *_adapted(found),
    ]


def finetune_hires(found: Situation) -> list[Choice]:
    """As "finetune-small", at a larger image: batch and rate shrink with the memory it needs."""
    return [
        *_length(found, f"ViT: 20,000 steps on ImageNet; {_DEIT_HIRES}"),
        *_rate(found),
        Choice(
            "weight_decay",
            1e-8,
            "the weights were decayed when they were learned",
            "DeiT at 384: 1e-8; ViT: 0",
        ),
        *_adapted(found),
    ]


def linear_probe(found: Situation) -> list[Choice]:
    """Features once, then a logistic regression: nothing but the head learns."""
    one = "a logistic regression finds the best head at once"
    still = "features are computed once, of the pictures as they are"
    paper = "MAE: 90 epochs of LARS, arXiv:2111.06377, table 10"
    return [
        Choice("freeze", "backbone", "a linear probe: the features stay as they are"),
        Choice("head_init", "probe", one, "logistic regression as in arXiv:2103.00020, section 3"),
        Choice("epochs", 1, one, paper),
        Choice("warmup_epochs", 0.0, "there is nothing to wake up"),
        Choice("batch_size", BATCH, "fits into memory"),
        Choice("lr", 1e-5, "the head is at its best already: it must not leave it"),
        Choice("weight_decay", 0.0, "the regression holds the head small already"),
        Choice("drop_path_rate", 0.0, "features that change could not be kept"),
        Choice("ema_decay", 0.0, "a short run"),
        Choice("smoothing", 0.0, "the regression was fitted without"),
        *engine("adamw", min_lr=0.0),
        Choice("layer_decay", 1.0, "only the head learns"),
        *no_changes(still),
        *light(still),
    ]


def _adapted(found: Situation) -> list[Choice]:
    """What both presets that move all weights share."""
    short = "a short run"
    return [
        Choice("drop_path_rate", 0.0, short, "DeiT: 0.1"),
        Choice("ema_decay", 0.0, short, "ViT: 0.9999 for the highest numbers"),
        *_smoothing(found),
        *engine("adamw"),
        Choice(
            "layer_decay",
            LAYER_DECAY,
            "early layers see what every picture has, and should move least",
            "BEiT and MAE, base: 0.65 to 0.75, arXiv:2111.06377, table 9",
        ),
        Choice("freeze", "none", "all weights adapt, at a low rate"),
        _head(found),
        *(small_changes(found.facts) if found.small else photo_changes(0.5)),
        *light("crops and mirrors suffice for a short run"),
    ]


def _head(found: Situation) -> Choice:
    """How the head starts."""
    if found.facts.several:
        return Choice("head_init", "fresh", "a picture may have several labels: none is fitted")
    if found.facts.count > _PROBED:
        why = f"more than {_PROBED} pictures: a fresh head learns soon enough"
        return Choice("head_init", "fresh", why, _LPFT)
    why = "a head that fits does not distort the features in its first steps"
    return Choice("head_init", "probe", why, _LPFT)


def _fitted(found: Situation) -> bool:
    """Whether the head fits before the first step."""
    return (found.config.head_init or _head(found).value) == "probe"


def _length(found: Situation, paper: str) -> list[Choice]:
    if found.on_gpu or not _fitted(found):
        return length(found, _ON_GPU if found.on_gpu else _ON_CPU, paper)
    why = "the head fits before the first step, and an epoch takes long without a GPU"
    epochs = found.config.epochs or _FITTED
    return [Choice("epochs", _FITTED, why, paper), warmup(epochs, paper)]


def _smoothing(found: Situation) -> list[Choice]:
    """None where the head was fitted: it would only shrink that head, and drag the features."""
    if not _fitted(found):
        return smoothing(found)
    why = "the head was fitted without: its first steps would only make the head smaller"
    return [Choice("smoothing", 0.0, why, "DeiT: 0.1; ViT: 0")]


def _rate(found: Situation) -> list[Choice]:
    """Batch and rate; larger images than those of the weights make both smaller."""
    config, known = found.config, found.known
    why_batch, why_rate = "fits into memory", "AdamW must not wipe out what the weights know"
    if known is None or config.img_size is None:
        batch, rate = BATCH, RATE
    else:
        height, width = pair(config.img_size)
        growth = height * width / (known[0] * known[1])
        batch = max(1, round(BATCH / max(growth, 1.0)))
        sizes = f"{width}x{height} pixels instead of {known[1]}x{known[0]}"
        if growth > 1:
            why_batch = f"{sizes}: {growth:.2g} times the memory, so {BATCH} are too many"
        seen = (config.batch_size or batch) * (config.grad_accum or 1)
        if seen != BATCH:
            why_rate = f"{sizes}: {RATE:g} for steps of {BATCH} pictures, here {seen}"
        rate = float(f"{RATE * seen / BATCH:.3g}")
    return [
        Choice("batch_size", batch, why_batch, "ViT: 512"),
        Choice("lr", rate, why_rate, f"{_VIT}; {_DEIT_HIRES}" if known else _VIT),
    ]
