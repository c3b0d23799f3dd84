"""Recomputing blocks in the backward pass: a switch of the run that changes no number."""

import csv
import dataclasses
import json

import pytest
import torch

from saccade.checkpoints.native import read
from saccade.cli.main import main
from saccade.training.config import TrainConfig
from saccade.training.run import train
from tests.samples import dark_and_light


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Forty dark and light pictures of 8x8 pixels to train on, eight to test."""
    root = tmp_path_factory.mktemp("data")
    dark_and_light(root)
    return str(root)


def losses(folder) -> list[tuple[str, ...]]:
    with (folder / "metrics.csv").open() as file:
        return [(row["train_loss"], row["val_loss"], row["lr"]) for row in csv.DictReader(file)]


@pytest.mark.parametrize("model", ["vit_pico_patch2_8", "resnet14_small_32"])
def test_the_losses_are_the_same_and_the_card_tells(data, tmp_path, model) -> None:
    drops = {"drop_rate": 0.2} if model.startswith("vit") else {}  # chances are repeated too
    small = {"layers": (1, 1), "widths": (8, 16)} if model.startswith("res") else {}
    options = {"epochs": 2, "val_fraction": 0.3, "threads": 1}
    asked = TrainConfig(model=model, model_kwargs={**drops, **small}, **options)
    for name, switch in (("off", None), ("on", True)):
        out = str(tmp_path / name)
        train(data, dataclasses.replace(asked, grad_checkpointing=switch, out=out))
    plain, saving = tmp_path / "off" / "1", tmp_path / "on" / "1"
    assert losses(plain) == losses(saving)
    kept, other = (read(folder / "best.safetensors") for folder in (saving, plain))
    assert kept.card.training["config"]["grad_checkpointing"] is True
    assert other.card.training["config"]["grad_checkpointing"] is False
    assert kept.card.config == other.card.config
    assert "grad_checkpointing" not in kept.card.config
    assert kept.state.keys() == other.state.keys()
    assert all(torch.equal(value, other.state[key]) for key, value in kept.state.items())


def test_it_is_a_flag_with_a_reason_and_a_run_may_go_on_with_another(data, tmp_path, capsys):
    out = str(tmp_path)
    assert main(["train", data, "--epochs", "1", "--out", out, "--json"]) == 0
    choices = {one["name"]: one for one in json.loads(capsys.readouterr().out)["choices"]}
    told = choices["grad_checkpointing"]
    assert (told["value"], "needs less memory" in told["reason"]) == (False, True)
    weights = str(tmp_path / "1")
    words = ["finetune", weights, data, "--epochs", "1", "--out", out, "--grad-checkpointing"]
    assert main(words) == 0
    config = json.loads((tmp_path / "2" / "config.json").read_text())["config"]
    assert config["grad_checkpointing"] is True
    assert main(["train", "--resume", str(tmp_path / "2"), "--no-grad-checkpointing"]) == 0
    (tmp_path / "recipe.yaml").write_text(f"epochs: 1\ngrad_checkpointing: true\nout: {out}\n")
    assert main(["train", data, "--config", str(tmp_path / "recipe.yaml")]) == 0
    config = json.loads((tmp_path / "3" / "config.json").read_text())["config"]
    assert config["grad_checkpointing"] is True
