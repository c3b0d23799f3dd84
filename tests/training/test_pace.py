import pytest

from saccade.training.pace import Pace, clock_words


def step(epoch: int, number: int, **more):
    return {
        "event": "step",
        "epoch": epoch,
        "step": number,
        "steps": 10,
        "loss": 1,
        "lr": 0.1,
        **more,
    }


def test_what_is_left_grows_from_what_was_done() -> None:
    clock = iter([100.0, 110.0, 130.0])
    pace = Pace(lambda: next(clock))
    assert pace.left is None
    pace.take({"event": "start", "epochs": 4})
    pace.take(step(1, 10))  # the clock says 100, and one epoch is done
    pace.take(step(2, 5))
    assert pace.left == pytest.approx(10 / 0.5 * 2.5)
    pace.take({"event": "epoch", "epoch": 2})
    assert pace.left == pytest.approx(30 / 1 * 2)


def test_speed_best_and_skipped() -> None:
    pace = Pace(lambda: 0.0)
    assert pace.pictures_a_second == 0
    for _ in range(50):
        pace.take(step(1, 1, pictures=64, seconds=0.5))
    assert pace.pictures_a_second == pytest.approx(128)
    pace.take({"event": "skipped", "step": 3, "loss": "nan"})
    for number, accuracy in enumerate((0.5, 0.7, 0.6, None), start=1):
        pace.take({"event": "epoch", "epoch": number, "val_accuracy": accuracy})
    assert pace.best_words == "70.00 % in epoch 2"
    assert pace.skipped == 1


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.2, "0:00"), (65, "1:05"), (3599.6, "1:00:00"), (7384, "2:03:04")]
)
def test_times(seconds, words) -> None:
    assert clock_words(seconds) == words
