"""Each task stopped in the middle of an epoch goes on as if it had never stopped; and verifies."""

from pathlib import Path

import pytest
import torch

from saccade.checkpoints.native import read
from saccade.training.config import TrainConfig
from saccade.training.run import train
from saccade.training.verify import verify
from tests.training.words.small import small, source_of

NO_EMBED = {"embed": None, "heads": 2, "layers": 1, "dropout": 0.2}
RUNS = {
    "caption": ("caption", {"words": {"dropout": 0.2, "alpha_c": 1.0}, "flip": True}),
    "frozen": ("caption", {"words": {"dropout": 0.2, "tuned": 0}}),
    "hard": ("caption", {"words": {"dropout": 0.2, "attention": "hard"}}),
    "transformer captions": ("caption", {"words": {"writer": "transformer", **NO_EMBED}}),
    "translate": ("translate", {"words": {"dropout": 0.2}, "ema_decay": 0.9}),
    "sampled": ("translate", {"words": {"dropout": 0.2, "ratio": 0.5}}),
    "transformer": ("translate", {"words": {"writer": "transformer", **NO_EMBED}}),
    "ask": ("ask", {"words": {"dropout": 0.2}, "grad_accum": 2, "batch_size": 6}),
}


def asked(name: str, out: Path) -> tuple[str, TrainConfig]:
    task, changes = RUNS[name]
    size = 3 if task == "translate" else 10
    return task, small(task, out=str(out), **{"batch_size": size, **changes})


@pytest.mark.slow
@pytest.mark.parametrize("name", RUNS)
def test_stopped_in_an_epoch_and_gone_on_with(name: str, place, tmp_path: Path) -> None:
    task, config = asked(name, tmp_path / "a")
    whole, steps = train(source_of(place, task), config), []
    each = -(-whole.metrics["step"] // whole.metrics["epoch"])
    assert each >= 3

    def interrupt(record) -> None:
        if record["event"] == "step":
            steps.append(record["loss"])
            if len(steps) == each + 2:  # saved after the step before
                raise KeyboardInterrupt

    other = config.changed({"out": str(tmp_path / "b"), "save_minutes": 1e-9})
    with pytest.raises(KeyboardInterrupt):
        train(source_of(place, task), other, progress=interrupt)
    place_then = read(tmp_path / "b" / "1" / "last.safetensors").card.training["place"]
    assert (place_then["epoch"], place_then["position"]) == (1, config.grad_accum or 1)
    again = train(None, TrainConfig(save_minutes=0.0), resume=tmp_path / "b" / "1")
    first, second = read(whole.last), read(again.last)
    assert first.state.keys() == second.state.keys()
    assert first.resume.keys() == second.resume.keys()
    for left, right in ((first.state, second.state), (first.resume, second.resume)):
        assert all(torch.equal(left[key], right[key]) for key in left)
    columns = [key for key in whole.metrics if key != "seconds"]
    assert [whole.metrics[key] for key in columns] == [again.metrics[key] for key in columns]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["hard", "sampled", "ask"])
def test_a_run_can_be_verified(name: str, place, tmp_path: Path) -> None:
    task, config = asked(name, tmp_path / "runs")
    run = train(source_of(place, task), config)
    found = verify(run.folder, train=train, epochs=2)
    assert found.identical
    assert (found.changes, found.numbers) == ((), ())
    assert found.compared > 20


@pytest.mark.slow
@pytest.mark.parametrize("name", ["caption", "hard", "transformer captions", "sampled", "ask"])
def test_losses_fall(name: str, place, tmp_path: Path) -> None:
    task, config = asked(name, tmp_path)
    told = {"epochs": 12, "lr": 1e-2, "words.hidden": 16, "words.dropout": 0.0}
    losses = []

    def note(record) -> None:
        if record["event"] == "epoch":
            losses.append(record["train_loss"])

    train(source_of(place, task), config.changed(told), progress=note)
    assert len(losses) == 12
    assert losses[-1] < 0.9 * losses[0]
