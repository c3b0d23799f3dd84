"""A forecast as a whole: disk, advice, errors."""

import dataclasses
import json
from pathlib import Path

import pytest

from saccade.errors import ConfigError
from saccade.training.scale.devices import DEVICES, GIB
from saccade.training.scale.forecast import (
    MEMORY_ERROR,
    SPEED_ERROR,
    SPREAD_ERROR,
    changes,
    forecast,
)
from saccade.training.scale.memory import Plan, memory
from saccade.training.scale.shape import shape_of

MEASURED = Path(__file__).parents[3] / "benchmarks" / "results" / "plan.json"


@pytest.fixture(scope="module")
def huge() -> Plan:
    shape = shape_of("vit_huge_patch14_224")
    return Plan(shape=shape, device=DEVICES["h100"], gpus=8, batch=512)


def with_memory(plan: Plan, gib: float) -> Plan:
    return dataclasses.replace(plan, device=dataclasses.replace(plan.device, memory=gib * GIB))


def test_the_checkpoints_on_disk(huge) -> None:
    found = forecast(huge)
    assert round(found.best_bytes / 1e9, 2) == 2.53
    assert round(found.last_bytes / 1e9, 2) == 7.58
    average = forecast(dataclasses.replace(huge, ema=True))
    assert round(average.last_bytes / 1e9, 2) == 10.11
    assert found.change is None
    assert not found.words


def test_an_epoch_takes_its_pictures_over_the_rate(huge) -> None:
    found = forecast(huge)
    assert found.epoch_seconds(1.28e6) == pytest.approx(1.28e6 / found.speed.pictures_a_second)


@pytest.mark.parametrize(
    ("gib", "words"),
    [
        (80, ""),
        (32, "--grad-accum 2"),
        (18, "--grad-accum 8"),
        (16, "--grad-accum 32"),
        (8, "--grad-checkpointing --strategy fsdp"),
    ],
)
def test_the_nearest_change_that_fits(huge, gib, words) -> None:
    found = forecast(with_memory(huge, gib))
    assert found.words == words
    assert found.memory.fits is (not words)
    assert found.change is None or memory(found.change).fits


def test_where_nothing_fits_nothing_is_promised(huge) -> None:
    found = forecast(with_memory(huge, 2))
    assert not found.memory.fits
    assert found.change is None


def test_changes_keep_what_divides(huge) -> None:
    for plan in changes(huge):
        assert plan.batch % (plan.gpus * plan.grad_accum) == 0
        assert plan.pictures >= 1


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"gpus": 0}, "gpus of at least 1, got 0; try gpus 1"),
        ({"batch": 100}, "8 devices times 1 passes divide, got 100; try batch 96 or 104"),
        ({"batch": 4}, "got 4; try batch 8"),
        ({"nodes": 3}, "on each of 3 nodes, got 8 of them; try gpus 9"),
        ({"utilisation": 1.5}, "a utilisation above 0 to 1, got 1.5"),
        ({"device": DEVICES["t4"]}, "t4 computes fast"),
    ],
)
def test_a_plan_that_cannot_be_run(huge, given, words) -> None:
    with pytest.raises(ConfigError, match=words):
        forecast(dataclasses.replace(huge, **given))


def test_all_of_it_fits_json(huge) -> None:
    told = json.loads(json.dumps(forecast(huge).to_dict()))
    assert told["memory"]["fits"] is True
    assert told["plan"]["pictures_a_device"] == 64
    assert sum(told["memory"]["terms"].values()) == pytest.approx(told["memory"]["total"])


def test_the_errors_that_are_told_cover_those_that_were_measured() -> None:
    found = json.loads(MEASURED.read_text())
    of_memory = [row["error_percent"] for row in found["memory"]["found"]]
    of_memory += [row["memory_error_percent"] for row in found["two"]["found"]]
    of_speed = [row["error_percent"] for row in found["speed"]["found"]["rows"]]
    copied, spread = (row["error_percent"] for row in found["two"]["found"])
    assert max(map(abs, of_memory)) <= MEMORY_ERROR
    assert max(map(abs, [*of_speed, copied])) <= SPEED_ERROR
    assert abs(spread) <= SPREAD_ERROR
