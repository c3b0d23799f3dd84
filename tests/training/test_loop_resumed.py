"""The loop goes on exactly where it was stopped."""

import os
import signal

import pytest
import torch

from saccade.checkpoints.native import read
from saccade.errors import CheckpointError


def same(left, right) -> bool:
    """Tell whether two checkpoints are equal to the last bit, but for the seconds they took."""
    mine, yours = ({**c.state, **{f"r/{k}": v for k, v in c.resume.items()}} for c in (left, right))
    places = [dict(c.card.training["place"]) for c in (left, right)]
    for place in places:
        place["seconds"] = 0
        place["history"] = [{**row, "seconds": 0} for row in place["history"]]
    return (
        list(mine) == list(yours)
        and all(torch.equal(mine[name], yours[name]) for name in mine)
        and places[0] == places[1]
    )


def go_on(make_loop, name, **options):
    path = make_loop(name).task.folder / "last.safetensors"
    loop = make_loop(name, **options)
    loop.resume(read(path), origin=str(path))
    return loop


def interrupt_at(step: int, number: int = signal.SIGINT):
    def show(record):
        if record["event"] == "step" and (record["epoch"] - 1) * 6 + record["step"] == step:
            os.kill(os.getpid(), number)

    return show


@pytest.mark.parametrize("ema_decay", [0.9, pytest.param(0.0, marks=pytest.mark.slow)])
def test_two_and_two_epochs_are_four(make_loop, ema_decay) -> None:
    whole, parts = make_loop("whole", ema_decay=ema_decay), make_loop("parts", ema_decay=ema_decay)
    whole.run()
    parts.run(stop_after=2)
    assert parts.place.epoch == 2
    place = go_on(make_loop, "parts", ema_decay=ema_decay).run()
    assert (place.epoch, place.step) == (4, 24)
    for name in ("last", "best"):
        one, two = (read(loop.task.folder / f"{name}.safetensors") for loop in (whole, parts))
        assert torch.equal(one.state["head.weight"], two.state["head.weight"])
    assert same(*(read(loop.task.folder / "last.safetensors") for loop in (whole, parts)))


@pytest.mark.parametrize(
    ("stop", "number"),
    [
        pytest.param(1, signal.SIGINT, marks=pytest.mark.slow),
        pytest.param(6, signal.SIGINT, marks=pytest.mark.slow),
        (9, signal.SIGTERM),
        pytest.param(24, signal.SIGINT, marks=pytest.mark.slow),
    ],
)
def test_stopped_inside_an_epoch_it_goes_on_exactly(make_loop, stop, number) -> None:
    whole = make_loop("whole")
    whole.run()
    before = [signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM)]
    broken = make_loop("broken", show=interrupt_at(stop, number))
    with pytest.raises(KeyboardInterrupt):
        broken.run()
    assert [signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM)] == before
    assert broken.place.step == stop
    go_on(make_loop, "broken").run()
    assert same(*(read(loop.task.folder / "last.safetensors") for loop in (whole, broken)))


def test_stopped_while_it_evaluates_it_goes_on_exactly(make_loop) -> None:
    whole = make_loop("whole")
    whole.run()
    stops = iter([True])

    def show(record):
        if record["event"] == "evaluate" and record["batch"] == 2 and next(stops, False):
            os.kill(os.getpid(), signal.SIGINT)

    broken = make_loop("broken", show=show)
    with pytest.raises(KeyboardInterrupt):
        broken.run()
    assert (broken.place.epoch, broken.place.position) == (0, 6)
    go_on(make_loop, "broken").run()
    assert same(*(read(loop.task.folder / "last.safetensors") for loop in (whole, broken)))


def test_weights_alone_cannot_be_gone_on_with(make_loop) -> None:
    loop = make_loop()
    loop.run(stop_after=1)
    path = loop.task.folder / "best.safetensors"
    with pytest.raises(CheckpointError, match="expected the state of a run"):
        make_loop("other").resume(read(path), origin="best.safetensors")
