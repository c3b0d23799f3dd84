"""Steps: what a batch weighs, when one is left out, and what several batches make together."""

import pytest
import torch

from saccade.data.batches import Batch
from saccade.training.lesson import Moment
from saccade.training.objectives import Outcome, classify
from saccade.training.state import Place
from saccade.training.step import Diverged

MOMENT = Moment(step=1, steps=10, epoch=0, epochs=1)


def cut(batch: Batch, rows: slice) -> Batch:
    return Batch(
        batch.images[rows],
        batch.labels[rows],
        batch.indices[rows],
        batch.names[rows],
        batch.geometries[rows],
        (),
        batch.position,
    )


def weights(loop) -> torch.Tensor:
    return torch.cat([value.flatten() for value in loop.task.model.state_dict().values()])


def test_uneven_batches_weigh_by_their_pictures(make_loop) -> None:
    whole, parted = (make_loop(name, drop_path_rate=0.0) for name in ("whole", "parted"))
    for loop in (whole, parted):
        loop.task.lesson.eval()  # nothing is drawn
    batch = next(whole.task.train.epoch())
    one = whole._stepper.take([batch], MOMENT, Place())
    pieces = [cut(batch, slice(0, 1)), cut(batch, slice(0, 0)), cut(batch, slice(1, None))]
    two = parted._stepper.take(pieces, MOMENT, Place())
    assert two.loss == pytest.approx(one.loss, abs=1e-6)
    assert (one.pictures, two.pictures) == (4, 4)
    torch.testing.assert_close(weights(whole), weights(parted), atol=1e-6, rtol=0)


def test_no_pictures_no_step(make_loop) -> None:
    loop = make_loop()
    before, place = weights(loop), Place()
    batch = next(loop.task.train.epoch())
    taken = loop._stepper.take([cut(batch, slice(0, 0))], MOMENT, place)
    assert (taken.pictures, taken.good, place.seen) == (0, False, 0)
    assert torch.equal(weights(loop), before)


def test_a_step_without_numbers_changes_nothing_and_ten_are_too_many(make_loop) -> None:
    loop = make_loop(objective=lambda m, b: Outcome(classify(m, b).loss * float("nan")))
    before, place = weights(loop), Place(step=7)
    batch = next(loop.task.train.epoch())
    for _ in range(9):
        assert not loop._stepper.take([batch], MOMENT, place).good
    assert torch.equal(weights(loop), before)
    with pytest.raises(Diverged, match="10 steps on end without one, up to 7"):
        loop._stepper.take([batch], MOMENT, place)
    assert (place.skipped, place.in_a_row, place.seen) == (10, 10, 0)


def test_rates_follow_the_scale_of_their_group(make_loop) -> None:
    loop = make_loop(layer_decay=0.5)
    loop._stepper.prepare(0.1, 0.3)
    groups = loop.moving.optimizer.param_groups
    assert max(group["lr"] for group in groups) == pytest.approx(0.1)
    assert min(group["lr"] for group in groups) == pytest.approx(0.1 * 0.5**3)
    assert {group["weight_decay"] for group in groups} == {0.0, 0.3}


def test_weights_of_a_batch_are_clipped_to_the_norm(make_loop) -> None:
    loop = make_loop(clip_grad=1e-3, opt="sgd", momentum=0.0, weight_decay=0.0, ema_decay=0.0)
    loop._stepper.prepare(1.0, None)
    before = weights(loop)
    loop._stepper.take([next(loop.task.train.epoch())], MOMENT, Place())
    moved = (weights(loop) - before).norm().item()
    assert moved == pytest.approx(1e-3, rel=0.01)
