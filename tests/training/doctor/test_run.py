"""Runs that are over or stopped: curves by hand, and what is said of them."""

import pytest

from saccade.errors import DataError
from saccade.training.doctor.run import examine_folder

FALLING = [2.0, 1.5, 1.2, 1.0, 0.9, 0.85, 0.8, 0.78]


def codes(found):
    return {remark.code: remark for remark in found.remarks}


def test_a_good_run(run_folder):
    accuracy = [0.3, 0.4, 0.5, 0.6, 0.65, 0.7, 0.72, 0.73]
    columns = {
        "train_loss": FALLING,
        "val_loss": FALLING,
        "train_accuracy": accuracy,
        "val_accuracy": accuracy,
    }
    found = examine_folder(run_folder(columns=columns, epochs=8))
    assert set(codes(found)) == {"finished", "falling", "no_gap", "still_rising"}
    assert dict(found.rows())["epochs"] == "8 of 8"
    assert dict(found.rows())["best epoch"] == "8, val_accuracy 0.73, val_loss 0.78"
    assert dict(found.rows())["time"] == "4 min 0 s"


def test_a_stopped_run_tells_how_to_go_on_and_how_long(run_folder):
    folder = run_folder(columns={"train_loss": [2.0, 1.0]}, epochs=6)
    said = codes(examine_folder(folder))["unfinished"].english
    assert f"after 2 of 6 epochs; go on with saccade train --resume {folder}, about 2 min" in said


@pytest.mark.parametrize(
    ("resume", "why"),
    [(None, "there is no last.safetensors"), (False, "weights only")],
)
def test_what_cannot_be_gone_on_with(run_folder, resume, why):
    found = examine_folder(run_folder(columns={"train_loss": [2.0]}, epochs=6, resume=resume))
    assert why in codes(found)["not_resumable"].english
    assert not found.to_dict()["resumable"]


def test_a_damaged_checkpoint(run_folder):
    folder = run_folder(columns={"train_loss": [2.0]}, epochs=6)
    (folder / "last.safetensors").write_bytes(b"x" * 40)
    assert "damaged" in codes(examine_folder(folder))["not_resumable"].english


@pytest.mark.parametrize(
    ("losses", "code"),
    [
        ([2.0, 1.0, 1.5], "diverging"),
        ([2.0, 1.0, float("nan")], "diverging"),
        ([2.3, 2.31, 2.29], "flat"),
        ([2.3, 2.0, 1.9], "falling"),
    ],
)
def test_the_training_loss(run_folder, losses, code):
    found = codes(examine_folder(run_folder(columns={"train_loss": losses}, epochs=3)))
    assert code in found
    assert len({"diverging", "flat", "falling"} & set(found)) == 1


def test_overfitting_and_an_early_best(run_folder):
    columns = {
        "train_loss": FALLING,
        "val_loss": [1.5, 1.2, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6],
        "train_accuracy": [0.9] * 8,
        "val_accuracy": [0.5, 0.6, 0.7, 0.69, 0.68, 0.67, 0.66, 0.65],
    }
    found = codes(examine_folder(run_folder(columns=columns, epochs=8, best=3)))
    assert "from 1.1 in epoch 3 to 1.6" in found["overfitted"].english
    assert "a gap of 25.0 points" in found["gap"].english
    assert "3 of 8" in found["early_best"].english
    assert "still_rising" not in found


def test_steps_rollbacks_alarms_and_cautions_of_the_diary(run_folder):
    events = [
        *({"event": "skipped", "step": step} for step in (3, 4)),
        {"event": "rollback", "step": 14},
        {"event": "alarm", "sentence": "attention collapsed"},
        {"event": "caution", "name": "lr", "sentence": "too high"},
    ]
    folder = run_folder(columns={"train_loss": [2.0]}, epochs=1, events=events)
    found = codes(examine_folder(folder))
    assert "no number: 2;" in found["skipped"].english
    assert "half the rate: 1;" in found["rollbacks"].english
    assert found["alarm"].english == "attention collapsed"
    assert found["caution"].english == "lr: too high"


def test_never_warmed_up(run_folder):
    folder = run_folder(columns={"train_loss": [2.0, 1.9]}, epochs=9, warmup_epochs=5, lr=4e-4)
    assert (
        "warm-up of 5 epochs was not over after 2" in codes(examine_folder(folder))["cold"].english
    )


def test_nothing_to_judge_and_no_run(run_folder, tmp_path):
    found = examine_folder(run_folder(epochs=3))
    assert {"no_epochs", "unfinished"} <= set(codes(found))
    with pytest.raises(DataError, match="No such file"):
        examine_folder(tmp_path / "none")
    (tmp_path / "config.json").write_text('{"model_type": "vit"}')
    with pytest.raises(DataError, match="no options of a run"):
        examine_folder(tmp_path)
