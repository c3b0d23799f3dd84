"""When a run is saved, and going back to what was saved."""

import pytest
import torch

from saccade.checkpoints.native import read
from saccade.errors import OutputError
from saccade.training.objectives import Outcome, classify
from saccade.training.saving import Saving


def test_it_is_due_after_so_many_minutes(make_loop, monkeypatch: pytest.MonkeyPatch) -> None:
    loop = make_loop(save_minutes=2.0)
    saving, now = loop._saving, [1000.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    saving.last(loop.place)
    assert not saving.is_due()
    now[0] += 121
    assert saving.is_due()
    never = make_loop("never", save_minutes=0.0)
    assert not never._saving.is_due()


def test_a_run_that_ran_away_goes_on_from_the_last_good_place_at_half_the_rate(make_loop) -> None:
    calls, shown = iter(range(1000)), []

    def once_mad(model, batch):
        outcome = classify(model, batch)
        mad = 8 <= next(calls) < 18  # the third step of the second epoch, and nine more
        return Outcome(outcome.loss * (float("nan") if mad else 1.0), outcome.numbers)

    loop = make_loop(objective=once_mad, show=shown.append)
    place = loop.run()
    (back,) = [record for record in shown if record["event"] == "rollback"]
    assert (back["to"], back["factor"]) == (12, 0.5)
    assert (place.rollbacks, place.rate_factor, place.skipped) == (1, 0.5, 10)
    rates = [row["lr"] for row in place.history]
    plain = [row["lr"] for row in make_loop("plain").run().history]
    assert rates[:2] == plain[:2]
    assert rates[2] == pytest.approx(plain[2] / 2)
    assert all(bool(value.isfinite().all()) for value in loop.task.model.state_dict().values())


def test_rolled_back_gives_weights_optimizer_and_chance(make_loop) -> None:
    loop = make_loop()
    loop.run(stop_after=1)
    before = {name: value.clone() for name, value in loop.task.model.state_dict().items()}
    with torch.no_grad():
        for value in loop.task.model.parameters():
            value.fill_(float("nan"))
    place = loop._saving.rolled_back()
    assert place.epoch == 1
    assert all(torch.equal(v, before[k]) for k, v in loop.task.model.state_dict().items())


def test_extra_facts_are_saved_beside_the_best_weights(make_loop) -> None:
    loop = make_loop()
    loop._saving.best(loop.place, {"thresholds": [0.5]})
    card = read(loop.task.folder / "best.safetensors").card
    assert card is not None
    assert card.training["thresholds"] == [0.5]


def test_a_folder_that_cannot_be_written_is_one_sentence(make_loop, tmp_path) -> None:
    loop = make_loop()
    (tmp_path / "file").write_text("")
    task = loop.task
    saving = Saving(tmp_path / "file" / "run", task.card, task.config, loop.moving, task.world)
    with pytest.raises(OutputError, match=r"expected to write .*last\.safetensors, got"):
        saving.last(loop.place)
