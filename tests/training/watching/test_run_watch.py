"""What stands in the loop: looks, notes and alarms of a run."""

import pytest
import torch

from saccade.errors import DataError
from saccade.training.config import TrainConfig
from saccade.training.journal import Journal, read_journal
from saccade.training.watching import lapse
from saccade.training.watching.run_watch import RunWatch
from tests.samples import paint
from tests.training.watching.conftest import CLASSES, PIXELS, tiny


def sharp():
    """A model each of whose queries reads one token."""
    model = tiny()
    for block in model.blocks:
        block.attn.qkv.weight.data.mul_(1e3)
    return model


def watching(folder, *, silent=False, otherwise=(), done=0, **options) -> RunWatch:
    folder.mkdir(exist_ok=True)
    config = TrainConfig(**{"epochs": 4, "ema_decay": 0.9, **options})
    journal = Journal(folder, silent=silent)
    return RunWatch(config, PIXELS, CLASSES, journal, otherwise=otherwise, done=done)


def events(folder):
    path = folder / "metrics.jsonl"
    return [(one["event"], one["sentence"]) for one in read_journal(path)] if path.exists() else []


def test_looks_at_each_second_epoch_and_the_last(pictures, tmp_path) -> None:
    watch = watching(tmp_path / "run", watch=str(pictures), every=3)
    for epoch in range(5):
        watch.record(tiny(), epoch, 10 * epoch)
    folder = tmp_path / "run" / "timelapse"
    assert lapse.epochs_of(folder) == [0, 3, 4]
    assert lapse.read_frame(lapse.frame_path(folder, 3)).weights == "average"
    watching(tmp_path / "run", watch=str(pictures), every=3, done=3)
    assert lapse.epochs_of(folder) == [0, 3]


def test_the_alarm_needs_no_time_lapse(tmp_path) -> None:
    watch = watching(tmp_path / "run", otherwise=[paint(9, 7, seed=n) for n in range(6)])
    watch.record(tiny(), 0, 0)
    assert events(tmp_path / "run") == []
    watch.record(sharp(), 1, 10)
    watch.record(sharp(), 2, 20)
    [(event, sentence)] = events(tmp_path / "run")
    assert event == "alarm"
    assert sentence.startswith("attention collapsed in blocks.0.attn, blocks.1.attn")
    assert not (tmp_path / "run" / "timelapse").exists()


def test_nothing_is_asked_of_a_model_without_attention(tmp_path) -> None:
    watch = watching(tmp_path / "run", otherwise=[paint(9, 7)])
    plain = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(36, 3))
    watch.record(plain, 0, 0)
    watch.record(None, 1, 10)  # it is not even run
    assert events(tmp_path / "run") == []
    watching(tmp_path / "none").record(tiny(), 1, 10)


def test_notes_and_silence(pictures, tmp_path) -> None:
    (pictures / "broken.png").write_bytes(b"")
    watching(tmp_path / "run", watch=str(pictures))
    [(event, sentence)] = events(tmp_path / "run")
    assert event == "note"
    assert "broken.png is not watched: an empty file" in sentence
    other = watching(tmp_path / "other", watch=str(pictures), silent=True)
    other.record(sharp(), 0, 0)
    assert list((tmp_path / "other").iterdir()) == []
    with pytest.raises(DataError, match="expected pictures to watch"):
        watching(tmp_path / "third", watch=str(tmp_path / "nowhere"))


def test_the_alarm_looks_about_twenty_times(tmp_path, monkeypatch) -> None:
    looked: list[int] = []
    watch = watching(tmp_path / "run", epochs=100, otherwise=[paint(24, 24)])
    model = tiny()
    model.register_forward_pre_hook(lambda *_: looked.append(epoch))
    for epoch in range(101):
        watch.record(model, epoch, epoch)
    assert sorted(set(looked)) == [0, 1, *range(5, 101, 5)]
