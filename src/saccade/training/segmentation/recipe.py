"""The recipe of labels for pixels: what a run leaves open, with reasons.

Source of the paper's values: Huang et al., "CCNet", arXiv:1811.11721, section 4.2.
"""

from saccade.errors import ConfigError
from saccade.models.catalog import CATALOG
from saccade.training.choices import is_open
from saccade.training.config import TrainConfig
from saccade.training.recipe.choice import Choice

GRID = "ccnet_grid"
_SMALL = "ccnet_small"
_KNOWN, _FRESH = 6_000, 30_000  # pictures seen in a whole run, from known weights or fresh ones
_LEAST, _MOST = 5, 200  # epochs
_SIDE = 640  # pixels; largest side that is chosen
_ENOUGH = 368  # pixels; smaller pictures are enlarged to this side, so that patches are finer
_PATCH = 16
_NEVER = (
    *("preset", "freeze", "head_init", "class_weights", "sampler", "watch", "exif", "crop"),
    *("shift", "rotate", "smoothing", "img_fit", "patch_size", "weight_init", "drop_path_rate"),
    *("grad_checkpointing", "shards.stream", "augment.auto", "augment.mixup", "augment.cutmix"),
    *("augment.erase", "augment.repeats"),
)


def choose_pixels(
    config: TrainConfig, pictures: int, size: tuple[int, int], *, on_gpu: bool
) -> tuple[TrainConfig, list[Choice]]:
    """Fill in what a config of labels for pixels leaves open.

    Args:
        config: what the user asked for; it is never overruled.
        pictures: to learn from.
        size: (width, height) of most of them, in pixels.
        on_gpu: whether the model will be on CUDA.

    Returns:
        The config with nothing left open, and every choice that was made.

    Raises:
        ConfigError: an option is of no use to the task, or does not go with another.
    """
    _check(config)
    every = [*_network(config, size), *_learning(config, pictures, on_gpu=on_gpu)]
    made = [choice for choice in every if is_open(config, choice.name)]
    return config.changed({choice.name: choice.value for choice in made}), made


def _check(config: TrainConfig) -> None:
    plain = TrainConfig()
    for name in _NEVER:
        if config.get(name) != plain.get(name):
            got = f"{name}={config.get(name)}"
            raise ConfigError("options of the task segment", got, "leaving it out")
    if config.objective != "classify" or config.distill.teacher is not None:
        raise ConfigError("the task segment without an objective or a teacher", "one")
    if config.strategy == "fsdp":
        raise ConfigError("strategy=ddp for the task segment", "fsdp", "strategy=ddp")
    if config.model is not None and CATALOG[config.model].task != "segment":
        names = ", ".join(name for name in CATALOG if CATALOG[name].task == "segment")
        raise ConfigError(
            f"one of {names} for the task segment",
            config.model,
            f"model={GRID}, with the weights of a classifier as checkpoint",
        )


def _network(config: TrainConfig, size: tuple[int, int]) -> list[Choice]:
    weights = config.checkpoint is not None
    model = config.model or (GRID if weights else _SMALL)
    why = "a head on the grid of the weights" if weights else "learns from few pictures"
    found = [Choice("model", model, why, "ResNet-101")]
    wide, high = size
    if model != GRID:
        shown = _fitted(size, 1.0, 1)
        paper = "crops of 769 of 2048 x 1024"
        return [*found, Choice("img_size", shown, f"pictures of {wide} x {high}", paper)]
    larger = max(1.0, _ENOUGH / max(size))
    return [
        *found,
        Choice("img_size", _fitted(size, larger, _PATCH), f"pictures of {wide} x {high}"),
        Choice("segment.width", 64, "few pictures"),
        Choice("segment.steps", "5,8,11", "the last block knows classes, earlier ones edges"),
        Choice("segment.tuned", 4, "early blocks are good as they are, and cost nothing backward"),
    ]


def _fitted(size: tuple[int, int], factor: float, step: int) -> tuple[int, int]:
    """Give the model's (height, width): that of the pictures, in whole steps."""
    factor = min(factor, _SIDE / max(size))
    wide, high = (max(step, round(side * factor / step) * step) for side in size)
    return high, wide


def _learning(config: TrainConfig, pictures: int, *, on_gpu: bool) -> list[Choice]:
    seen = _FRESH if config.checkpoint is None else _KNOWN
    epochs = min(max(round(seen / pictures), _LEAST), _MOST)
    tuned = (config.model or GRID) == GRID and config.checkpoint is not None
    return [
        Choice("epochs", epochs, f"{seen} pictures, of {pictures}", "60,000 steps"),
        Choice("batch_size", 8, "as the paper", "8"),
        Choice("grad_accum", 1, "a batch makes a step"),
        Choice("opt", "adamw", "needs little care", "SGD, momentum 0.9"),
        Choice("lr", 1e-3, "for AdamW with batches of 8", "1e-2 for SGD"),
        Choice("min_lr", 0.0, "falls to nothing", "0"),
        Choice("warmup_lr", 0.0, "starts at nothing"),
        Choice("warmup_epochs", 0.5, "the statistics of the norms settle first", "0"),
        Choice("sched", "poly", "as the paper", "poly, power 0.9"),
        Choice("layer_decay", 0.75 if tuned else 1.0, "weights that know something change little"),
        Choice("weight_decay", 0.01, "for AdamW", "1e-4 for SGD"),
        Choice("clip_grad", 1.0, "no step is too large"),
        Choice("ema_decay", 0.0, "none"),
        Choice("amp", on_gpu, "bfloat16 is fast on CUDA, on a CPU seldom faster"),
        Choice("zoom", 0.5, "random scale", "0.5 to 2"),
        Choice("flip", True, "streets and rooms may be mirrored", "yes"),
        Choice("augment.jitter", 0.3, "light differs"),
        Choice("segment.ohem", 0.0, "learns from all pixels", "0.7 in its best runs"),
        Choice("segment.gamma", 1.0, "from 0 it would hardly move in so few steps", "0"),
        Choice("segment.weights", "log", "rare classes count as much in the mean IoU", "none"),
    ]
