"""The shape of an experiment."""

from dataclasses import dataclass

from saccade.training.config import TrainConfig


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipe:
    """One experiment.

    Args:
        data: a source of pictures, as in `saccade.data.open_images`.
        config: of the training run; what is None is chosen from the pictures.
        expected: what came out when it was run, as a sentence; the numbers are in
            `benchmarks/results`.
    """

    data: str
    config: TrainConfig
    expected: str
