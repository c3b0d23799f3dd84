"""What the learning rate and the weight decay are at a step of a run."""

import math

from saccade.training.config import TrainConfig
from saccade.training.schedules import learning_rate

PLACES = (0.3, 0.6, 0.9)  # where a rate falls by tenths, unless the config says else


def rate_at(config: TrainConfig, step: int, steps: int, steps_per_epoch: int) -> float:
    """Give the learning rate of a step.

    Args:
        config: of the run.
        step: counted from 0.
        steps: of the whole run.
        steps_per_epoch: of each epoch.
    """
    return learning_rate(
        step,
        sched=config.sched or "cosine",
        total=steps,
        warmup=(config.warmup_epochs or 0.0) * steps_per_epoch,
        peak=config.lr or 0.0,
        floor=1e-6 if config.min_lr is None else config.min_lr,
        start=config.warmup_lr or 0.0,
        places=config.sched_steps or PLACES,
    )


def weight_decay_at(config: TrainConfig, share: float) -> float | None:
    """Give the weight decay at a share of the run, 0 to 1; None where it does not change."""
    end = config.weight_decay_end
    if end is None or config.weight_decay is None:
        return None
    return end + (config.weight_decay - end) * 0.5 * (1 + math.cos(math.pi * share))
