"""Events as TensorBoard reads them, also after a run that was gone on with."""

import sys

import pytest

from saccade.errors import MissingExtra, OutputError
from saccade.training.watching.tensorboard import TensorBoardLog, tag_of
from tests.foreign import foreign


def epoch(number: int, loss: float):
    return {
        "event": "epoch",
        "time": 1.0,
        "epoch": number,
        "step": 20 * number,
        "seconds": 2.5,
        "train_loss": loss,
        "train_accuracy": None,
        "val_accuracy": 0.5,
        "per_class": [1.0],
    }


def steps(number: int):
    for step in range(1, 21):
        yield {
            "event": "step",
            "epoch": number,
            "step": step,
            "steps": 20,
            "loss": 1.0 / step,
            "lr": 0.1,
            "pictures": 8,
            "seconds": 0.5,
        }


def scalars(folder, tag):
    reader = foreign("tensorboard.backend.event_processing.event_accumulator")
    events = reader.EventAccumulator(str(folder / "tensorboard"))
    events.Reload()
    return [(event.step, round(event.value, 4)) for event in events.Scalars(tag)]


@pytest.mark.slow
def test_a_run_that_is_gone_on_with_has_each_step_once(tmp_path) -> None:
    pytest.importorskip("tensorboard")
    with TensorBoardLog(tmp_path) as log:
        for record in (*steps(1), epoch(1, 0.9), *steps(2), epoch(2, 0.8), {"event": "end"}):
            log(record)
    with TensorBoardLog(tmp_path, step=20) as log:  # it was killed after its first epoch
        log({"event": "alarm", "sentence": "attention collapsed"})
        for record in (*steps(2), epoch(2, 0.7), epoch(3, 0.6)):
            log(record)
    assert scalars(tmp_path, "train/loss") == [(20, 0.9), (40, 0.7), (60, 0.6)]
    assert scalars(tmp_path, "val/accuracy") == [(20, 0.5), (40, 0.5), (60, 0.5)]
    assert scalars(tmp_path, "step/loss") == [(10, 0.1), (20, 0.05), (30, 0.1), (40, 0.05)]
    assert scalars(tmp_path, "step/images_per_second")[0] == (10, 16.0)
    assert scalars(tmp_path, "run/seconds")[0] == (20, 2.5)


def test_names_of_numbers() -> None:
    assert [tag_of(name) for name in ("train_loss", "val_macro_f1", "lr", "teacher_entropy")] == [
        "train/loss",
        "val/macro_f1",
        "run/lr",
        "run/teacher_entropy",
    ]


def test_without_the_package_the_line_to_install_is_told(tmp_path, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(MissingExtra, match=r'try pip install "saccade\[tensorboard\]"'):
        TensorBoardLog(tmp_path)


@pytest.mark.slow
def test_a_folder_that_is_a_file_is_told(tmp_path) -> None:
    pytest.importorskip("tensorboard")
    (tmp_path / "tensorboard").write_text("")
    with pytest.raises(OutputError, match="expected to write"):
        TensorBoardLog(tmp_path)
