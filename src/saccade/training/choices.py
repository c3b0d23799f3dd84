"""The choices of a run that its user left open, each with its reason.

The numbers for small pictures were found on validation pictures of Fashion-MNIST, and on splits of
scikit-learn's digits that overlap the test part of `open_images("digits")`.
"""

import dataclasses
from dataclasses import dataclass
from typing import Any

from saccade.errors import ConfigError
from saccade.layers.patches import pair
from saccade.models import options_of
from saccade.models.catalog import CATALOG
from saccade.training.config import TrainConfig
from saccade.training.facts import Facts

SMALL = 64  # pixels; up to this side a picture is taken at its own size
TINY = 12  # pixels; up to this side a picture is doubled, so that it can be moved by half pixels
_SMALL_MODEL = "vit_pico_patch2_8"
# Below so many training pictures: so many epochs.
_EPOCHS = ((2_000, 60), (5_000, 40), (20_000, 24), (100_000, 10), (float("inf"), 6))
_FINE_BATCH, _FINE_RATE = 32, 1e-4  # of weights that know something already
_FINE_EPOCHS = ((1_000, 10), (10_000, 5), (float("inf"), 3))


@dataclass(frozen=True, slots=True)
class Choice:
    """An option that was chosen, and why.

    Args:
        name: of the option.
        value: what was chosen.
        reason: why, in a few words.
    """

    name: str
    value: Any
    reason: str

    def to_dict(self) -> dict[str, Any]:
        """Write the choice as plain values, fit for JSON."""
        return dataclasses.asdict(self)


def choose(
    config: TrainConfig,
    facts: Facts,
    *,
    on_gpu: bool,
    known: tuple[int, int] | None = None,
) -> tuple[TrainConfig, list[Choice]]:
    """Fill in what a config leaves open.

    Args:
        config: what the user asked for; it is never overruled.
        facts: about the training pictures.
        on_gpu: whether the model will be on CUDA.
        known: image size in pixels (height, width) of the weights to start from.

    Returns:
        The config with nothing left open, and every choice that was made.
    """
    if config.checkpoint is not None:
        found = _from_weights(config, facts, known)
    else:
        model = _model(config, facts)
        small = facts.side <= SMALL
        found = [*model, *(_small(config, facts) if small else _large(config, facts))]
    found += [_recomputing(), _amp(on_gpu)]
    made = [choice for choice in found if getattr(config, choice.name) is None]
    made = [choice for choice in made if _applies(choice.name, config, made)]
    return dataclasses.replace(config, **{c.name: c.value for c in made}), made


def _applies(option: str, config: TrainConfig, made: list[Choice]) -> bool:
    """See whether a model has an option that is the model's; only transformers have patches."""
    if option not in ("patch_size", "drop_path_rate", "weight_init"):
        return True
    chosen = [choice.value for choice in made if choice.name == "model"]
    name = config.model or next(iter(chosen), None)
    return name not in CATALOG or option in options_of(str(name))


def _model(config: TrainConfig, facts: Facts) -> list[Choice]:
    """A model of fresh weights, its patches, and the size and colour of what it sees."""
    small = facts.side <= SMALL
    grey = facts.grey and small
    name = config.model or (_SMALL_MODEL if small else "vit_tiny_patch16_224")
    if CATALOG[name].task != "classify":
        task = {"segment": "labels pixels", "video": "reads clips"}[CATALOG[name].task]
        raise ConfigError("a model that classifies pictures", f"{name}, which {task}", "resnet50")
    known, pixels = CATALOG[name].changes, CATALOG[name].preprocessing
    patch = int(str(known.get("patch_size", 1)))
    made_for: Any = pixels.get("img_size", (224, 224))
    image, why = (int(made_for[0]), int(made_for[1])), f"what {name} is made for"
    small = small and (max(image) <= SMALL or "patch_size" not in known)
    why_patch = why
    if small:
        factor = 2 if facts.side <= TINY and config.model is None else 1
        cuts = 4 if facts.grey else 8
        if config.model is None:
            patch, why_patch = -(-facts.side * factor // cuts), f"{cuts} patches along a side"
        patch = config.patch_size or patch
        image = (_whole(facts.height * factor, patch), _whole(facts.width * factor, patch))
        why = f"pictures of {facts.width}x{facts.height} pixels" + (", doubled" * (factor - 1))
    colour = "every sampled picture is grey" if grey else "pictures are RGB"
    return [
        Choice("model", name, f"pictures of about {facts.width}x{facts.height} pixels"),
        Choice("patch_size", patch, why_patch),
        Choice("img_size", image, why),
        Choice("in_chans", 1 if grey else 3, colour),
        Choice("weight_init", "jax", "the authors' rule: faster from few pictures than timm's"),
    ]


def _whole(side: int, patch: int) -> int:
    return -(-side // patch) * patch


def _length(
    config: TrainConfig, facts: Facts, table: tuple[tuple[float, int], ...]
) -> list[Choice]:
    """How many epochs, and how many of them warm up."""
    chosen = next(epochs for most, epochs in table if facts.count < most)
    epochs = config.epochs or chosen
    reason = f"{facts.count} training pictures: fewer pictures are seen more often"
    return [
        Choice("epochs", chosen, reason),
        Choice("warmup_epochs", round(epochs * 0.1, 2), f"a tenth of {epochs} epochs"),
    ]


def _small(config: TrainConfig, facts: Facts) -> list[Choice]:
    """Small pictures, fresh weights."""
    return [
        *_length(config, facts, _EPOCHS),
        Choice("batch_size", 64, "a small model learns most from many steps"),
        Choice("lr", 2e-3, "AdamW on a small model with batches of 64"),
        Choice("weight_decay", 0.05, "AdamW on a small model"),
        Choice("drop_path_rate", 0.0, "a small model of few layers"),
        Choice("threads", 1, "on a model this small two threads wait more than they compute"),
        Choice("ema_decay", 0.99, "an average of the last steps is steadier than the last"),
        *_common(facts),
        *_small_changes(facts),
    ]


def _small_changes(facts: Facts) -> list[Choice]:
    """What is done to small pictures; no mirror where it could turn a digit wrong."""
    drawn = "grey pictures may be digits: small moves, and no mirror"
    turned = facts.side <= TINY
    return [
        Choice("crop", 0.0, "small pictures lose too much by a crop"),
        Choice("shift", 0.05, "small pictures fill their frame"),
        Choice("zoom", 0.1 if turned else 0.0, drawn if turned else "shifts are enough"),
        Choice("rotate", 10.0 if turned else 0.0, drawn if turned else "shifts are enough"),
        Choice("flip", not facts.grey, drawn if facts.grey else "photographs may be mirrored"),
    ]


def _large(config: TrainConfig, facts: Facts) -> list[Choice]:
    """Pictures of usual size, fresh weights."""
    return [
        *_length(config, facts, _EPOCHS),
        Choice("batch_size", 64, "fits into memory and fills two cores"),
        Choice("lr", 5e-4, "AdamW on fresh weights with batches of 64"),
        Choice("weight_decay", 0.05, "arXiv:2012.12877, table 9"),
        Choice("drop_path_rate", 0.1, "arXiv:2012.12877, table 9"),
        Choice("ema_decay", 0.998, "the average of the last steps is steadier than the last"),
        *_common(facts),
        *_photo_changes(0.3),
    ]


def _from_weights(config: TrainConfig, facts: Facts, known: tuple[int, int] | None) -> list[Choice]:
    """Weights to start from: few epochs at a low rate; model and size are those of the weights."""
    return [
        *_length(config, facts, _FINE_EPOCHS),
        *_fine_rate(config, known),
        Choice("weight_decay", 0.01, "the weights are good already"),
        Choice("drop_path_rate", 0.0, "a short run"),
        Choice("ema_decay", 0.0, "a short run"),
        *_common(facts),
        *(_photo_changes(0.5) if facts.side > SMALL else _small_changes(facts)),
    ]


def _fine_rate(config: TrainConfig, known: tuple[int, int] | None) -> list[Choice]:
    """Batch and rate; larger images than those of the weights make both smaller."""
    why_batch, why_rate = "fits into memory", "AdamW must not wipe out what the weights know"
    if known is None or config.img_size is None:
        return [Choice("batch_size", _FINE_BATCH, why_batch), Choice("lr", _FINE_RATE, why_rate)]
    height, width = pair(config.img_size)
    growth = height * width / (known[0] * known[1])
    batch = max(1, round(_FINE_BATCH / max(growth, 1.0)))
    sizes = f"{width}x{height} pixels instead of {known[1]}x{known[0]}"
    if growth > 1:
        why_batch = f"{sizes}: {growth:.2g} times the memory, so {_FINE_BATCH} are too many"
    seen = (config.batch_size or batch) * config.grad_accum
    if seen != _FINE_BATCH:
        why_rate = f"{sizes}: {_FINE_RATE:g} for steps of {_FINE_BATCH} pictures, here {seen}"
    rate = float(f"{_FINE_RATE * seen / _FINE_BATCH:.3g}")
    return [Choice("batch_size", batch, why_batch), Choice("lr", rate, why_rate)]


def _photo_changes(crop: float) -> list[Choice]:
    reason = "photographs: what they show may be anywhere, at any size, mirrored"
    still = "the crop moves and zooms already"
    return [
        Choice("crop", crop, reason),
        Choice("shift", 0.0, still),
        Choice("zoom", 0.0, still),
        Choice("rotate", 0.0, "photographs have an up"),
        Choice("flip", True, reason),
    ]


def _common(facts: Facts) -> list[Choice]:
    smoothing = 0.1 if facts.classes > 2 else 0.05
    return [Choice("smoothing", smoothing, f"{facts.classes} classes; keeps the model humble")]


def _recomputing() -> Choice:
    why = "what blocks compute is kept, which is faster; True needs less memory"
    return Choice("grad_checkpointing", False, why)


def _amp(on_gpu: bool) -> Choice:
    if on_gpu:
        return Choice("amp", True, "CUDA computes faster in bfloat16")
    return Choice("amp", False, "float32 is the fast type here")
