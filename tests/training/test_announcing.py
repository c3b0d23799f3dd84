import json
from types import SimpleNamespace

import pytest
import yaml
from torch import nn

from saccade.checkpoints.card import Card
from saccade.training.announcing import announce, shown_by, write_down
from saccade.training.config import TrainConfig
from saccade.training.journal import Journal, read_journal
from saccade.training.recipe.choice import Choice
from saccade.training.scale.processes import ALONE, World


def test_a_run_is_written_down_for_machines_and_people(tmp_path) -> None:
    config = TrainConfig(task="translate", epochs=3, words={"hidden": 8})
    choices = [Choice("words.hidden", 8, "few pairs")]
    write_down(tmp_path, config, "pairs.tsv", {"train": 12}, choices)
    told = json.loads((tmp_path / "config.json").read_text())
    assert TrainConfig.from_dict(told["config"]) == config
    assert told["data"] == {"train": 12}
    assert told["choices"][0]["reason"] == "few pairs"
    recipe = yaml.safe_load((tmp_path / "recipe.yaml").read_text())
    assert (recipe["task"], recipe["epochs"], recipe["words"]["hidden"]) == ("translate", 3, 8)


def test_the_start_of_a_run(tmp_path) -> None:
    journal = Journal(tmp_path)
    task = SimpleNamespace(
        journal=journal,
        card=Card(model="seq2seq", config={}, training={"data": {"train": 12}}),
        model=nn.Linear(3, 2),
        config=TrainConfig(epochs=5, threads=1),
    )
    announce(task)
    (told,) = read_journal(tmp_path / "metrics.jsonl")
    assert (told["event"], told["model"], told["parameters"]) == ("start", "seq2seq", 8)
    assert (told["threads"], told["epochs"], told["data"]) == (1, 5, {"train": 12})


def test_only_the_first_process_writes_for_tensorboard(tmp_path) -> None:
    shown = []
    assert shown_by(TrainConfig(), tmp_path, shown.append, ALONE) == shown.append
    other = World(rank=1, size=2)
    watched = TrainConfig(tensorboard=True)
    assert shown_by(watched, tmp_path, None, other) is None
    pytest.importorskip("tensorboard")
    show = shown_by(watched, tmp_path, shown.append, ALONE)
    show({"event": "epoch", "epoch": 1, "step": 4, "train_loss": 0.5})
    assert [one["epoch"] for one in shown] == [1]
    assert any("tfevents" in path.name for path in tmp_path.rglob("*"))
