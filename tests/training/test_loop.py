"""The loop: what a step is, and what happens when the loss is no number."""

import threading

import pytest
import torch

from saccade.checkpoints.native import read
from saccade.errors import SaccadeError
from saccade.training.objectives import Outcome, classify


def test_accumulated_gradients_are_those_of_the_whole_batch(make_loop) -> None:
    def without_dropout(model, batch):
        return classify(model.eval(), batch)

    one = make_loop("one", batch_size=8, objective=without_dropout, clip_grad=0)
    two = make_loop("two", batch_size=4, grad_accum=2, objective=without_dropout, clip_grad=0)
    one.run(stop_after=2)
    two.run(stop_after=2)
    assert one.place.step == two.place.step == 6
    for mine, yours in zip(one.place.history, two.place.history, strict=True):
        for key in ("train_loss", "train_accuracy", "val_loss", "lr"):
            assert mine[key] == pytest.approx(yours[key], rel=1e-4)


def test_steps_without_a_loss_are_left_out(make_loop) -> None:
    calls = iter(range(1000))

    def sometimes(model, batch):
        outcome = classify(model, batch)
        bad = next(calls) % 4 == 1
        return Outcome(outcome.loss * (float("nan") if bad else 1.0), outcome.numbers)

    loop = make_loop(objective=sometimes)
    place = loop.run()
    assert (place.step, place.skipped, place.in_a_row) == (24, 6, 0)
    assert all(bool(value.isfinite().all()) for value in loop.task.model.state_dict().values())
    assert '"event": "skipped"' in loop.task.journal.path.read_text()


def test_ten_on_end_stop_the_run_and_last_stays(make_loop) -> None:
    calls = iter(range(1000))

    def soon_never(model, batch):
        outcome = classify(model, batch)
        return Outcome(outcome.loss * (1.0 if next(calls) < 8 else float("inf")), outcome.numbers)

    loop = make_loop(objective=soon_never)
    with pytest.raises(SaccadeError) as caught:
        loop.run()
    assert str(caught.value) == (
        "expected a finite loss, got 10 steps on end without one, up to 18 after going back 3 "
        "times, each time with half the rate; try a lower lr than 0.003, or amp=False"
    )
    assert read(loop.task.folder / "last.safetensors").card.epoch == 2


def test_the_best_epoch_is_the_earliest_of_the_best(make_loop) -> None:
    place = make_loop(epochs=6).run()
    accuracies = [row["val_accuracy"] for row in place.history]
    assert place.best == max(accuracies)
    assert place.best_epoch == accuracies.index(max(accuracies)) + 1
    assert make_loop("blind", val=False).run().best_epoch == 4


def test_chance_outside_is_not_touched(make_loop) -> None:
    before = torch.get_rng_state()
    make_loop().run(stop_after=1)
    assert torch.equal(torch.get_rng_state(), before)


def test_it_runs_beside_the_main_thread(make_loop) -> None:
    loop = make_loop()
    thread = threading.Thread(target=loop.run, kwargs={"stop_after": 1})
    thread.start()
    thread.join()
    assert loop.place.epoch == 1
