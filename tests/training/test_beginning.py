"""What every run does at its start: folder, diary and files, written by the first process alone."""

import json
from types import SimpleNamespace

from torch import nn

from saccade.training.beginning import (
    RunData,
    new_journal,
    old_journal,
    tell_choices,
    write_resume,
    write_start,
)
from saccade.training.choices import Choice
from saccade.training.config import TrainConfig
from saccade.training.journal import read_journal
from saccade.training.manifest import read_manifest
from saccade.training.scale.processes import ALONE, World
from saccade.training.state import Place

CHOICES = (Choice("lr", 0.1, "for these data"),)


def data() -> RunData:
    return RunData("pairs.tsv", {"train": 12, "fingerprint": "ab"}, lambda: {"train": "cd"})


def test_a_new_run_has_a_folder_and_a_diary(tmp_path):
    config, shown = TrainConfig(out=str(tmp_path / "runs"), device="cpu", epochs=3), []
    journal = new_journal(config, shown.append, ALONE)
    folder = journal.path.parent
    assert folder == tmp_path / "runs" / "1"
    tell_choices(journal, CHOICES)
    write_start(journal, config, data(), CHOICES, nn.Linear(2, 3), ALONE)
    assert shown[0]["choices"] == [CHOICES[0].to_dict()]
    told = json.loads((folder / "config.json").read_text())
    assert told["data"] == {"source": "pairs.tsv", "train": 12, "fingerprint": "ab"}
    manifest = read_manifest(folder)
    assert (manifest["source"], manifest["data"]) == ("pairs.tsv", {"train": "cd"})
    assert new_journal(config, None, ALONE).path.parent == tmp_path / "runs" / "2"


def test_other_processes_write_nothing(tmp_path):
    def never() -> dict[str, str]:
        raise AssertionError("hashes cost a look at all data")

    config = TrainConfig(out=str(tmp_path), device="cpu")
    second = World(1, 2)
    journal = old_journal(tmp_path, config, 0, None, second)
    tell_choices(journal, CHOICES)
    write_start(journal, config, RunData("x", {}, never), CHOICES, nn.Linear(2, 3), second)
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_goes_on_says_where(tmp_path):
    config, model = TrainConfig(out=str(tmp_path), device="cpu", epochs=3), nn.Linear(2, 3)
    journal = new_journal(config, None, ALONE)
    write_start(journal, config, data(), CHOICES, model, ALONE)
    folder = journal.path.parent
    card = SimpleNamespace(model="linear", training={"data": data().told})
    task = SimpleNamespace(
        world=ALONE, model=model, journal=journal, folder=folder, config=config, card=card
    )
    write_resume(SimpleNamespace(task=task, place=Place(epoch=2, position=5)))
    last = list(read_journal(journal.path))[-2:]
    assert [row["event"] for row in last] == ["start", "resume"]
    assert (last[1]["epoch"], last[1]["position"]) == (3, 5)
    assert read_manifest(folder)["resumed"][0]["epoch"] == 2
