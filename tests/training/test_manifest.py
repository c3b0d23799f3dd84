import json

import pytest
import torch

from saccade.data.sets import Splits
from saccade.errors import DataError
from saccade.training.config import TrainConfig
from saccade.training.hashes import data_hash, weights_hash
from saccade.training.manifest import (
    environment,
    finish_manifest,
    read_manifest,
    resume_manifest,
    start_manifest,
)
from tests.training.conftest import stripes

CPU = torch.device("cpu")
WEIGHTS = {"w": torch.ones(2)}


def start(folder) -> None:
    splits = Splits(stripes(6), None, None, stripes(6).classes)
    config = TrainConfig(seed=5, threads=3)
    start_manifest(
        folder, config=config, data=data_hash(splits), source="here", weights=WEIGHTS, device=CPU
    )


def test_a_run_from_start_to_end(tmp_path) -> None:
    start(tmp_path)
    told = read_manifest(tmp_path)
    assert (told["seed"], told["source"], told["end"]) == (5, "here", None)
    assert told["start"]["weights"] == weights_hash(WEIGHTS)
    assert TrainConfig.from_dict(told["config"]).seed == 5
    assert told["environment"]["threads"] == 3
    assert told["data"]["train"]["pictures"] == 6
    resume_manifest(tmp_path, epoch=2, device=CPU)
    finish_manifest(tmp_path, metrics={"val_accuracy": 0.5}, weights=WEIGHTS, finished=True)
    told = read_manifest(tmp_path)
    assert told["resumed"][0]["epoch"] == 2
    assert told["end"]["metrics"] == {"val_accuracy": 0.5}
    assert told["end"]["weights"] == weights_hash(WEIGHTS)


def test_the_environment() -> None:
    told = environment(CPU, processes=2)
    assert told["torch"] == torch.__version__.split("+")[0] or told["torch"] in torch.__version__
    assert (told["device"], told["processes"]) == ("cpu", 2)
    assert json.loads(json.dumps(told)) == told


def test_without_a_manifest(tmp_path) -> None:
    resume_manifest(tmp_path, epoch=1, device=CPU)
    finish_manifest(tmp_path, metrics={}, weights={}, finished=False)
    with pytest.raises(DataError, match=r"manifest\.json, got no such file; try"):
        read_manifest(tmp_path)
    (tmp_path / "manifest.json").write_text("{")
    with pytest.raises(DataError, match="got a damaged one"):
        read_manifest(tmp_path)
