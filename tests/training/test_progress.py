import io

from rich.console import Console

from saccade.training.pace import Pace
from saccade.training.progress import ProgressBar, epoch_line, memory_words, numbers_line, sentence

ROW = {"epoch": 2, "train_loss": 0.5, "train_accuracy": 0.75, "val_accuracy": 0.8, "seconds": 3.2}


def test_an_epoch_in_one_line() -> None:
    assert epoch_line(ROW) == "epoch   2  loss 0.5000  train 75.0 %  val 80.00 %  3 s"
    blank = {**ROW, "val_accuracy": None, "train_accuracy": None}
    assert epoch_line(blank) == "epoch   2  loss 0.5000  3 s"


def test_further_numbers_are_told_when_they_are_there() -> None:
    more = {"val_macro_f1": 0.71, "val_knn": 0.5, "val_top5": 1.0, "val_center_norm": 0.123456}
    told = epoch_line({**ROW, **more, "val_probe": None})
    assert told.endswith("val 80.00 %  macro F1 71.00 %  k-NN 50.00 %  center norm 0.1235  3 s")


def shown(*, terminal: bool) -> str:
    console = Console(file=io.StringIO(), force_terminal=terminal, width=80)
    with ProgressBar(console) as bar:
        bar({"event": "start", "epochs": 2})
        bar({"event": "step", "epoch": 1, "step": 1, "steps": 2, "loss": 1.0, "lr": 0.1})
        bar({"event": "evaluate", "part": "val", "batch": 1, "batches": 1})
        bar({"event": "skipped", "step": 3, "loss": "nan"})
        bar({"event": "alarm", "sentence": "attention collapsed"})
        bar({"event": "epoch", **ROW})
        bar({"event": "end"})
    return console.file.getvalue()


def test_silent_where_nobody_looks() -> None:
    assert shown(terminal=False) == ""


def test_a_person_sees_epochs_alarms_and_what_was_left_out() -> None:
    text = shown(terminal=True)
    assert epoch_line(ROW) in text
    assert "step 3 left out: its loss is nan" in text
    assert "attention collapsed" in text
    assert "measuring val" in text


def test_the_numbers_of_a_run_under_way() -> None:
    clock = iter([0.0, 60.0])
    pace = Pace(lambda: next(clock))
    assert numbers_line(pace) == ""
    pace.take({"event": "start", "epochs": 3})
    step = {"event": "step", "steps": 2, "loss": 0.25, "lr": 3e-4, "pictures": 64, "seconds": 0.5}
    pace.take({**step, "epoch": 1, "step": 2})
    pace.take({**step, "epoch": 2, "step": 2})
    pace.take({"event": "epoch", **ROW, "skipped": 2})
    wanted = "loss 0.250  lr 0.0003  128 images/s  1:00 left  best 80.00 % in epoch 2  2 skipped"
    assert numbers_line(pace).startswith(wanted)


def test_events_in_a_sentence() -> None:
    teacher = {"event": "teacher", "name": "resnet26", "accuracy": 0.934, "count": 500}
    assert sentence(teacher) == "teacher resnet26: 93.40 % on 500 pictures"
    assert sentence({"event": "rollback", "step": 7}).startswith("back to step 7")
    assert sentence({"event": "note", "sentence": "the first 16 of 18"}) == "the first 16 of 18"
    assert memory_words() == "" or memory_words()[-3:] in ("GiB", "GPU")
