"""A run before it begins: cautions, memory, time."""

import pytest

from saccade.training.config import TrainConfig
from saccade.training.doctor.forecast import Forecast
from saccade.training.doctor.preflight import examine_run, preflight
from saccade.training.doctor.timing import Pace
from saccade.training.facts import Facts
from saccade.training.recipe.model_facts import facts_by_name
from tests.samples import PICO, dark_and_light

FACTS = Facts(count=100, classes=2, height=224, width=224, alike=True, grey=False)


def judged(*, memory=None, pace=None, **options):
    values = {
        "model": PICO,
        "checkpoint": "x.safetensors",
        "lr": 1e-4,
        "batch_size": 8,
        "epochs": 9,
    }
    config = TrainConfig(**{**values, **options})
    found = examine_run(config, FACTS, facts_by_name(config), memory=memory, pace=pace)
    return {remark.code: remark for remark in found.remarks}


def test_known_disasters_are_told():
    assert "1e-4" in judged(lr=0.01)["caution"].english


@pytest.mark.parametrize(
    ("need", "code"), [(50, "memory_fits"), (90, "memory_tight"), (120, "memory_over")]
)
def test_memory(need, code):
    assert code in judged(memory=Forecast({"weights": need}, 100))


def test_pace():
    found = judged(pace=Pace(3, 0.1, 60.0, 540.0, finite=False))
    assert "1 min 0 s for an epoch, 9 min 0 s for the run" in found["pace"].english
    assert found["steps_not_finite"].severity == "problem"


@pytest.mark.slow
def test_a_whole_preflight(tmp_path):
    dark_and_light(tmp_path / "data")
    config = TrainConfig(model=PICO, epochs=3, batch_size=8, threads=1, out=str(tmp_path / "out"))
    found = preflight(str(tmp_path / "data"), config)
    assert found.pace.finite
    assert found.memory.total > 0
    rows = dict(found.rows())
    assert rows["steps"] == "batches of 8 x 1, 3 epochs"
    assert "memory: activations (batch of 8)" in rows
    assert {"memory_fits", "pace"} <= {remark.code for remark in found.remarks}
    assert found.to_dict()["memory"]["total"] == found.memory.total
    assert not (tmp_path / "out").exists()
