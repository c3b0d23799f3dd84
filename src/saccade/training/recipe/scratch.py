"""Fresh weights and few pictures: the preset "scratch-small", and the model where none is named."""

from typing import Any

from saccade.errors import ConfigError
from saccade.models.catalog import CATALOG
from saccade.training.recipe.changes import (
    DEIT,
    MANY,
    light,
    middling,
    photo_changes,
    small_changes,
    strong,
)
from saccade.training.recipe.choice import Choice
from saccade.training.recipe.ram import glimpse_choices
from saccade.training.recipe.situation import SMALL, TINY, Situation

_SMALL_MODEL = "vit_pico_patch2_8"
# Below so many training pictures: so many epochs.
EPOCHS = ((2_000, 60), (5_000, 40), (20_000, 24), (100_000, 10), (float("inf"), 6))
_BATCH = 64
_ENOUGH = 5_000  # pictures; fewer are learned by heart before strong changes help


def model_choices(found: Situation) -> list[Choice]:
    """A model of fresh weights, its patches, and the size and colour of what it sees.

    Raises:
        ConfigError: the model that is asked for does not classify pictures.
    """
    config, facts = found.config, found.facts
    name = config.model or _model(found)
    _check_task(name)
    known, pixels = CATALOG[name].changes, CATALOG[name].preprocessing
    patch: Any = known.get("patch_size", 1)
    made_for: Any = pixels.get("img_size", (224, 224))
    image, why = (int(made_for[0]), int(made_for[1])), f"what {name} is made for"
    why_patch = why
    if found.small and (max(image) <= SMALL or "patch_size" not in known):
        factor = 2 if facts.side <= TINY and config.model is None else 1
        cuts = 4 if facts.grey else 8
        if config.model is None:
            patch, why_patch = -(-facts.side * factor // cuts), f"{cuts} patches along a side"
        patch = config.patch_size or patch
        image = (_whole(facts.height * factor, patch), _whole(facts.width * factor, patch))
        why = f"pictures of {facts.width}x{facts.height} pixels" + (", doubled" * (factor - 1))
    grey = facts.grey and found.small
    colour = "every sampled picture is grey" if grey else "pictures are RGB"
    return [
        Choice("model", name, _why_model(found)),
        Choice("patch_size", patch, why_patch),
        Choice("img_size", image, why),
        Choice("in_chans", 1 if grey else 3, colour),
        Choice("weight_init", "jax", "the authors' rule: faster from few pictures than timm's"),
    ]


def _check_task(name: str) -> None:
    if CATALOG[name].task != "classify":
        task = {"segment": "labels pixels", "video": "reads clips"}[CATALOG[name].task]
        raise ConfigError("a model that classifies pictures", f"{name}, which {task}", "resnet50")


def _model(found: Situation) -> str:
    if found.small:
        return _SMALL_MODEL
    taught = found.config.distill.teacher is not None
    return "deit_tiny_distilled_patch16_224" if taught else "vit_tiny_patch16_224"


def _why_model(found: Situation) -> str:
    facts = found.facts
    taught = found.config.distill.teacher is not None and not found.small
    return f"pictures of about {facts.width}x{facts.height} pixels" + (
        ", and a teacher: its token needs a place" if taught else ""
    )


def _whole(side: int, patch: int) -> int:
    return -(-side // patch) * patch


def length(
    found: Situation, table: tuple[tuple[float, int], ...], paper: str = "DeiT: 300, warm-up 5"
) -> list[Choice]:
    """How many epochs, and how many of them warm up.

    Args:
        found: of the run.
        table: below so many pictures, so many epochs.
        paper: what the paper has.
    """
    count = found.facts.count
    chosen = next(epochs for most, epochs in table if count < most)
    epochs = found.config.epochs or chosen
    reason = f"{count} training pictures: fewer pictures are seen more often"
    return [
        Choice("epochs", chosen, reason, paper),
        warmup(epochs, paper),
    ]


def warmup(epochs: int, paper: str) -> Choice:
    """How many epochs the rate takes to rise."""
    return Choice("warmup_epochs", round(epochs * 0.1, 2), f"a tenth of {epochs} epochs", paper)


def scratch_small(found: Situation) -> list[Choice]:
    """Fresh weights, fewer pictures than ImageNet has."""
    numbers = _small() if found.small else _large()
    times = length(found, EPOCHS)
    epochs = found.config.epochs or int(times[0].value)
    return [
        *glimpse_choices(found),
        *model_choices(found),
        *times,
        *numbers,
        _average(found, epochs),
        *smoothing(found),
        *engine("adamw"),
        *fresh_head(),
        *(small_changes(found.facts) if found.small else photo_changes(0.3)),
        *_mixed(found),
    ]


def _small() -> list[Choice]:
    """Numbers that were found on small pictures."""
    rate = f"DeiT: 5e-4 x batch/512, {DEIT}"
    return [
        Choice("batch_size", _BATCH, "a small model learns most from many steps", "DeiT: 1024"),
        Choice("lr", 2e-3, "AdamW on a small model with batches of 64", rate),
        Choice("weight_decay", 0.05, "AdamW on a small model", f"DeiT: 0.05, {DEIT}"),
        Choice("drop_path_rate", 0.0, "a small model of few layers", f"DeiT: 0.1, {DEIT}"),
        Choice("threads", 1, "on a model this small two threads wait more than they compute"),
    ]


def _large() -> list[Choice]:
    """Pictures of usual size."""
    rate = f"DeiT: 5e-4 x batch/512, {DEIT}"
    return [
        Choice("batch_size", _BATCH, "fits into memory and fills two cores", "DeiT: 1024"),
        Choice("lr", 5e-4, "AdamW on fresh weights with batches of 64", rate),
        Choice("weight_decay", 0.05, "as the paper", f"DeiT: 0.05, {DEIT}"),
        Choice("drop_path_rate", 0.1, "as the paper", f"DeiT: 0.1, {DEIT}"),
    ]


def _average(found: Situation, epochs: int) -> Choice:
    """A moving average of the weights, where the run is long enough to fill it."""
    decay, half = (0.99, 69) if found.small else (0.998, 346)  # steps after which half is forgotten
    seen = found.seen or _BATCH
    steps = epochs * -(-found.facts.count // seen)
    paper = "DeiT's code: 0.99996, half of it after 17,328 steps"
    if steps < half:
        return Choice("ema_decay", 0.0, f"{steps} steps are too few for an average", paper)
    reason = "an average of the last steps is steadier than the last"
    return Choice("ema_decay", decay, reason, paper)


def smoothing(found: Situation) -> list[Choice]:
    """Label smoothing, less for two classes."""
    value = 0.1 if found.facts.classes > 2 else 0.05
    reason = f"{found.facts.classes} classes; keeps the model humble"
    return [Choice("smoothing", value, reason, f"DeiT: 0.1, {DEIT}; ViT: 0")]


def engine(opt: str, *, min_lr: float = 1e-6, clip: float = 1.0) -> list[Choice]:
    """The optimizer and the course of the rate."""
    return [
        Choice("opt", opt, "the usual choice for transformers", f"DeiT: AdamW, {DEIT}"),
        Choice("sched", "cosine", "falls smoothly to the end", f"DeiT: cosine, {DEIT}"),
        Choice("min_lr", min_lr, "the rate falls to nearly nothing", "DeiT's code: 1e-5"),
        Choice("warmup_lr", 0.0, "the first step is the smallest", "DeiT's code: 1e-6"),
        Choice(
            "clip_grad",
            clip,
            "one odd batch cannot throw the weights off",
            "ViT: 1, arXiv:2010.11929, table 3; DeiT: none",
        ),
    ]


def fresh_head() -> list[Choice]:
    """Everything learns, each layer at the same rate."""
    return [
        Choice("layer_decay", 1.0, "fresh weights: each layer has as much to learn", "DeiT: 1"),
        Choice("freeze", "none", "fresh weights: everything has to learn"),
        Choice("head_init", "fresh", "fresh weights have no features to fit a head to"),
    ]


def _mixed(found: Situation) -> list[Choice]:
    """Stronger changes for coloured pictures that are seen often enough."""
    config, facts = found.config, found.facts
    if not found.small:
        return light("few pictures, few epochs: the model has enough to learn without")
    if facts.grey:
        return light("grey pictures may be digits, which colours and mixing do not teach")
    epochs = config.epochs or next(many for most, many in EPOCHS if facts.count < most)
    if facts.count < _ENOUGH or epochs < 20:
        return light(f"{facts.count} pictures in {epochs} epochs: too few to learn from mixed ones")
    if epochs < MANY:
        return middling(f"{epochs} epochs: half the way to DeiT's, which needs {MANY} or more")
    reason = f"{epochs} epochs over {facts.count} pictures: without, they are known by heart"
    return strong(reason, repeats=1)
