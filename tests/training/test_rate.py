import pytest

from saccade.training.config import TrainConfig
from saccade.training.rate import rate_at, weight_decay_at


def test_the_rate_rises_and_falls_as_the_config_says() -> None:
    config = TrainConfig(lr=0.03, min_lr=0.0, warmup_epochs=5, sched="cosine")
    found = [rate_at(config, step, 10_000, 100) for step in (250, 500, 5250, 10_000)]
    assert found == pytest.approx([0.015, 0.03, 0.015, 0.0])
    line = config.changed({"sched": "linear"})
    assert rate_at(line, 5250, 10_000, 100) == pytest.approx(0.015)
    steps = config.changed({"sched": "step", "warmup_epochs": 0.0, "sched_steps": [0.5]})
    assert [rate_at(steps, step, 10, 1) for step in (4, 6)] == pytest.approx([0.03, 0.003])


def test_a_config_of_before_falls_to_a_millionth() -> None:
    assert rate_at(TrainConfig(lr=0.1), 10, 10, 1) == pytest.approx(1e-6)


def test_weight_decay_follows_a_cosine_or_stays() -> None:
    config = TrainConfig(weight_decay=0.04, weight_decay_end=0.4)
    found = [weight_decay_at(config, share) for share in (0.0, 0.5, 1.0)]
    assert found == pytest.approx([0.04, 0.22, 0.4])
    assert weight_decay_at(TrainConfig(weight_decay=0.04), 0.5) is None
