from pathlib import Path

import pytest

from saccade.errors import OutputError
from saccade.training.folders import new_folder
from saccade.training.journal import Journal, read_journal


def test_events_are_lines_and_are_shown(tmp_path: Path) -> None:
    shown = []
    journal = Journal(tmp_path, show=shown.append)
    journal.write("start", model="vit", classes=["고양이"])
    journal.show("step", loss=0.5)
    events = read_journal(journal.path)
    assert [event["event"] for event in events] == ["start"]
    assert events[0]["classes"] == ["고양이"]
    assert shown[1] == {"event": "step", "loss": 0.5}


def test_a_line_that_was_cut_short_is_dropped(tmp_path: Path) -> None:
    (tmp_path / "metrics.jsonl").write_text('{"event": "epoch"}\n{"event": "ep')
    assert len(read_journal(tmp_path / "metrics.jsonl")) == 1
    journal = Journal(tmp_path)
    journal.write("resume")
    assert [event["event"] for event in read_journal(journal.path)] == ["epoch", "resume"]


def test_the_table_has_a_row_for_each_epoch(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.write_table([{"epoch": 1, "loss": 0.5}, {"epoch": 2, "loss": None}])
    assert journal.table.read_text() == "epoch,loss\n1,0.5\n2,\n"


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="to write"):
        Journal(tmp_path / "nothing").write("start")


def test_folders_are_counted_on(tmp_path: Path) -> None:
    parent = tmp_path / "runs" / "train"
    assert new_folder(parent) == parent / "1"
    (parent / "7").mkdir()
    (parent / "notes").mkdir()
    (parent / "8").write_text("a file is in the way")
    assert new_folder(parent) == parent / "9"
    with pytest.raises(OutputError, match="to make a folder"):
        new_folder(parent / "8")
