"""Learning without labels: what the papers of each objective have for a run's own options.

Source: Dosovitskiy et al., arXiv:2010.11929, section B.1.2, for masked patches; He et al., "Masked
Autoencoders Are Scalable Vision Learners", CVPR 2022, arXiv:2111.06377, table 8; Caron et al.,
"Emerging Properties in Self-Supervised Vision Transformers", ICCV 2021, arXiv:2104.14294, section
3; Chen et al., "Generative Pretraining from Pixels", ICML 2020, section 3.
Differs: short runs warm up for the same share of the run as the papers', and small models and
batches have a rate found by the papers' rules.
"""

from dataclasses import dataclass

from saccade.training.recipe.changes import light, photo_changes, small_changes
from saccade.training.recipe.choice import Choice
from saccade.training.recipe.scratch import length, model_choices
from saccade.training.recipe.situation import Situation

_EPOCHS = ((20_000, 100), (100_000, 50), (float("inf"), 20))


@dataclass(frozen=True, kw_only=True, slots=True)
class Numbers:
    """A paper's numbers.

    Args:
        paper: where they stand.
        rate: learning rate for steps of `batch` pictures.
        batch: to which the rate belongs.
        epochs: of the paper's run.
        weight_decay: at the start.
        weight_decay_end: at the end; constant when None.
        crop: least share of the area.
        clip: largest norm of the gradient; 0 does not clip.
        clip_told: how the paper clips, where it is not by the norm of all gradients.
    """

    paper: str
    rate: float
    batch: int
    epochs: str
    weight_decay: float
    weight_decay_end: float | None = None
    crop: float = 0.2
    clip: float = 0.0
    clip_told: str = ""


_MAE = "arXiv:2111.06377, table 8"
_DINO = "arXiv:2104.14294, section 3.2"
NUMBERS = {
    "mae": Numbers(paper=_MAE, rate=1.5e-4, batch=256, epochs="800, warm-up 40", weight_decay=0.05),
    "dino": Numbers(
        paper=_DINO,
        rate=5e-4,
        batch=256,
        epochs="100 to 800, warm-up 10",
        weight_decay=0.04,
        weight_decay_end=0.4,
        crop=0.4,
        clip_told="3 for each parameter, which the objective does itself",
    ),
    "masked-patches": Numbers(
        paper="arXiv:2010.11929, section B.1.2",
        rate=2e-4,
        batch=4096,
        epochs="14, warm-up 10,000 steps",
        weight_decay=0.1,
        clip=1.0,
    ),
    "next-patch": Numbers(
        paper="Chen et al., ICML 2020, section 3",
        rate=3e-3,
        batch=128,
        epochs="1,000,000 steps",
        weight_decay=0.0,
        clip=1.0,
    ),
}
_LEAST_RATE = 5e-4  # below it a small model learns nothing in a short run


def pretrain(found: Situation) -> list[Choice]:
    """Choose for an objective that needs no labels."""
    config = found.config
    paper = NUMBERS[config.objective]
    batch = config.batch_size or 64
    seen = batch * (config.grad_accum or 1)
    rule = f"{paper.rate:g} x batch/{paper.batch}, {paper.paper}"
    rate = float(f"{paper.rate * seen / paper.batch:.3g}")
    why = f"the paper's rule for steps of {seen} pictures"
    if rate < _LEAST_RATE:
        rate, why = _LEAST_RATE, f"{why} gives {rate:g}, too little for a short run"
    return [
        *(model_choices(found) if config.checkpoint is None else []),
        *length(found, _EPOCHS, f"{paper.epochs}, {paper.paper}"),
        Choice("batch_size", batch, "fits into memory", f"{paper.batch} for that rate"),
        Choice("lr", rate, why, rule),
        Choice("weight_decay", paper.weight_decay, "as the paper", f"{paper.weight_decay:g}"),
        *_end(paper),
        Choice("opt", "adamw", "as the paper", "AdamW or Adam"),
        Choice("sched", "cosine", "as the paper", "cosine"),
        Choice("min_lr", 1e-6, "the rate falls to nearly nothing", "0 to 1e-6"),
        Choice("warmup_lr", 0.0, "the first step is the smallest", "0"),
        Choice("clip_grad", paper.clip, "as the paper", paper.clip_told or f"{paper.clip:g}"),
        *_plain(found, paper),
    ]


def _end(paper: Numbers) -> list[Choice]:
    if paper.weight_decay_end is None:
        return []
    end = paper.weight_decay_end
    return [Choice("weight_decay_end", end, "as the paper", f"{end:g}, along a cosine")]


def _plain(found: Situation, paper: Numbers) -> list[Choice]:
    """What the papers leave out, and the places in a picture."""
    out = "the objective is hard enough"
    crop = f"{paper.crop:g} to 1 of the area"
    small = found.small and found.facts.grey
    return [
        Choice("layer_decay", 1.0, "each layer has as much to learn", "none"),
        Choice("freeze", "none", "everything learns"),
        Choice("head_init", "fresh", "no labels are looked at"),
        Choice("drop_path_rate", 0.0, out, "MAE: 0; DINO: 0.1"),
        Choice("ema_decay", 0.0, "the last weights are kept, as the papers do", "none"),
        Choice("smoothing", 0.0, "there are no labels"),
        *(small_changes(found.facts) if small else photo_changes(paper.crop, crop)),
        *light(out),
    ]
