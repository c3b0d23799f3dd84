"""The processes of a run: what they tell each other, and what happens when one is lost."""

from pathlib import Path

import pytest
import torch

from saccade.errors import SaccadeError
from saccade.training.scale.processes import ALONE, World, joined
from tests.training.scale.runs import launch, told


def test_one_process_talks_to_itself() -> None:
    with joined("cpu") as world:
        assert world == World() == ALONE
    values = torch.tensor([1.0, 2.0])
    assert world.main
    assert world.total(values) is values
    assert world.gathered("x") == ["x"]
    assert world.told(3) == 3
    assert world.any(True, False) == (True, False)
    world.wait()


def test_a_lost_process_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv("RANK", "1")
    monkeypatch.setattr("torch.distributed.init_process_group", lambda *_, **__: None)
    words = "expected all 2 processes of the run alive, got one that ended .*--resume"
    with pytest.raises(SaccadeError, match=words), joined("cpu"):
        raise RuntimeError("Connection closed by peer [127.0.0.1]:1234")
    with pytest.raises(RuntimeError, match="mat1 and mat2"), joined("cpu"):
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_killed_process_ends_the_run_and_the_next_start_goes_on(tmp_path: Path) -> None:
    whole = launch(2, tmp_path / "whole", strategy="fsdp")
    assert whole.returncode == 0, whole.stderr[-2000:]
    killed = launch(2, tmp_path / "run", strategy="fsdp", die="8")
    assert killed.returncode != 0
    assert "expected all 2 processes of the run alive, got one that ended" in killed.stderr
    again = launch(2, tmp_path / "run", strategy="fsdp")
    assert again.returncode == 0, again.stderr[-2000:]
    losses = told(tmp_path / "whole")["losses"]
    assert told(tmp_path / "run")["losses"] == pytest.approx(losses[6:], abs=1e-7)
