"""DINO in several processes: one centre, one teacher, one curve of losses."""

import pytest

from tests.training.pretraining.dino_processes import launch

MONITORS = ("teacher_entropy", "prototypes_used", "centre_norm", "feature_spread", "val_knn")


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("strategy", ["ddp", "fsdp"])
def test_one_and_two_processes_learn_alike(tmp_path, strategy):
    one = launch(1, tmp_path / "one")
    two = launch(2, tmp_path / "two", strategy)
    assert two["losses"] == pytest.approx(one["losses"], abs=1e-5)
    for name in MONITORS:
        found, wanted = ([row[name] for row in told["history"]] for told in (two, one))
        assert found == pytest.approx(wanted, abs=1e-4)
