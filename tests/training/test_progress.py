import io

from rich.console import Console

from saccade.training.progress import ProgressBar, epoch_line

ROW = {"epoch": 2, "train_loss": 0.5, "train_accuracy": 0.75, "val_accuracy": 0.8, "seconds": 3.2}


def test_an_epoch_in_one_line() -> None:
    assert epoch_line(ROW) == "epoch   2  loss 0.5000  train 75.0 %  val 80.00 %  3 s"
    assert "val" not in epoch_line({**ROW, "val_accuracy": None})


def shown(*, terminal: bool) -> str:
    console = Console(file=io.StringIO(), force_terminal=terminal, width=80)
    with ProgressBar(console) as bar:
        bar({"event": "step", "epoch": 1, "step": 1, "steps": 2, "loss": 1.0, "lr": 0.1})
        bar({"event": "evaluate", "part": "val", "batch": 1, "batches": 1})
        bar({"event": "skipped", "step": 3, "loss": "nan"})
        bar({"event": "epoch", **ROW})
        bar({"event": "end"})
    return console.file.getvalue()


def test_silent_where_nobody_looks() -> None:
    assert shown(terminal=False) == ""


def test_a_person_sees_epochs_and_what_was_left_out() -> None:
    text = shown(terminal=True)
    assert epoch_line(ROW) in text
    assert "step 3 left out: its loss is nan" in text
