"""Checkpoints of shares: whole or not at all, and gone on with by any number of processes."""

import importlib
from pathlib import Path
from types import ModuleType

import pytest
import torch

from saccade.checkpoints.native import read
from saccade.errors import CheckpointError
from saccade.training.loop import Loop
from saccade.training.scale.processes import ALONE
from saccade.training.scale.shares import find_shares, read_card
from tests.training.scale.runs import launch, make_task, told


@pytest.fixture(scope="module")
def sharded() -> ModuleType:
    """Import it when it is needed; it takes seconds."""
    return importlib.import_module("saccade.training.scale.sharded")


def test_one_process_writes_and_reads_shares(sharded: ModuleType, tmp_path: Path) -> None:
    folder, state = tmp_path / "last", {"a/b": torch.arange(6.0).view(2, 3)}
    sharded.save_shares(folder, state, {"epoch": 1}, ALONE)
    sharded.save_shares(folder, {"a/b": state["a/b"] + 1}, {"epoch": 2}, ALONE)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["last"]
    found = sharded.load_shares(folder, lambda name, shape: torch.zeros(shape))
    assert torch.equal(found["a/b"], state["a/b"] + 1)
    assert sharded.load_shares(folder, lambda name, shape: None) == {}
    assert read_card(folder) == {"epoch": 2}


def test_a_checkpoint_that_was_being_replaced_is_found(sharded: ModuleType, tmp_path: Path) -> None:
    assert find_shares(tmp_path / "last") is None
    sharded.save_shares(tmp_path / "last", {"a": torch.ones(1)}, {}, ALONE)
    (tmp_path / "last").rename(tmp_path / "last.old")
    assert find_shares(tmp_path / "last") == tmp_path / "last.old"
    with pytest.raises(CheckpointError, match=r"expected a checkpoint in .*last, got"):
        read_card(tmp_path / "last")
    with pytest.raises(CheckpointError, match="expected a whole checkpoint in"):
        sharded.load_shares(tmp_path / "last", lambda name, shape: torch.zeros(shape))


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_run_in_shares_goes_on_with_another_number_of_processes(tmp_path: Path) -> None:
    losses: list[float] = []

    def show(record) -> None:
        if record["event"] == "step":
            losses.append(record["loss"])

    Loop(make_task(ALONE, "ddp", tmp_path / "alone", show)).run()
    first = launch(2, tmp_path / "run", strategy="fsdp", stop_after=2)
    assert first.returncode == 0, first.stderr[-2000:]
    assert told(tmp_path / "run")["losses"] == pytest.approx(losses[:6], abs=1e-5)
    loop = Loop(make_task(ALONE, "ddp", tmp_path / "run", show))
    shares = find_shares(tmp_path / "run" / "last")
    assert shares is not None
    loop.resume_shares(shares)
    place = loop.run()
    assert losses[12:] == pytest.approx(losses[6:12], abs=1e-5)
    alone, own = (read(tmp_path / name / "best.safetensors") for name in ("alone", "run"))
    assert place.epoch == 4
    assert alone.card is not None
    assert own.card is not None
    assert own.card.metrics["val_loss"] == pytest.approx(alone.card.metrics["val_loss"], abs=1e-5)
