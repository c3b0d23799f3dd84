"""Each objective stopped in the middle of an epoch goes on as if it had never stopped."""

from pathlib import Path

import pytest
import torch

from saccade.checkpoints.native import read
from saccade.training.config import TrainConfig
from saccade.training.run import train
from tests.training.conftest import CLASSES, stripes

TINY = {"embed_dim": 16, "depth": 2, "num_heads": 2, "proj_drop_rate": 0.1}
SMALL = {
    "model": "vit_tiny_patch16_224",
    "img_size": 12,
    "patch_size": 3,
    "model_kwargs": TINY,
    "epochs": 2,
    "batch_size": 8,
    "threads": 1,
}
MIXED = {"auto": "rand-m9-mstd0.5-inc1", "mixup": 0.8, "cutmix": 1.0, "erase": 0.3, "repeats": 2}
DECODER = {"decoder_dim": 16, "decoder_depth": 1, "decoder_heads": 2}
HEAD = {"prototypes": 16, "head_hidden": 16, "bottleneck": 8, "local_crops": 2, "local_size": 6}
OBJECTIVES = {
    "classify": {"ema_decay": 0.9, "augment": MIXED, "drop_path_rate": 0.2},
    "lamb": {"opt": "lamb", "layer_decay": 0.7, "sampler": "balanced", "class_weights": "auto"},
    "float16": {"amp": True, "amp_dtype": "float16", "opt": "sgd", "sched": "step"},
    "masked-patches": {"objective": "masked-patches", "pretrain": {"target": "mean-colour"}},
    "mae": {"objective": "mae", "pretrain": DECODER},
    "dino": {"objective": "dino", "pretrain": HEAD},
    "next-patch": {"objective": "next-patch"},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    images = stripes(30)
    root = tmp_path_factory.mktemp("stripes")
    for index in range(len(images)):
        path = root / CLASSES[images.labels[index]] / f"{index:02}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        images.load(index).image.save(path)
    return root


class Stop(Exception):
    """The power fails."""


@pytest.mark.slow
@pytest.mark.parametrize("name", OBJECTIVES)
def test_stopped_in_an_epoch_and_gone_on_with(name: str, folder: Path, tmp_path: Path) -> None:
    asked = TrainConfig(**{**SMALL, **OBJECTIVES[name]}, val_fraction=0.2, out=str(tmp_path / "a"))
    whole = train(str(folder), asked)
    steps = []

    def interrupt(record) -> None:
        if record["event"] == "step":
            steps.append(record["loss"])
            if len(steps) == 5:  # the second of three in its epoch
                raise KeyboardInterrupt

    other = asked.changed({"out": str(tmp_path / "b"), "save_minutes": 1e-9})
    with pytest.raises(KeyboardInterrupt):
        train(str(folder), other, progress=interrupt)
    saved = read(tmp_path / "b" / "1" / "last.safetensors").card
    assert saved is not None
    assert (saved.training["place"]["epoch"], saved.training["place"]["position"]) == (1, 1)
    again = train(None, TrainConfig(save_minutes=0.0), resume=tmp_path / "b" / "1")
    first, second = read(whole.last), read(again.last)
    assert first.state.keys() == second.state.keys()
    assert first.resume.keys() == second.resume.keys()
    for left, right in ((first.state, second.state), (first.resume, second.resume)):
        assert all(torch.equal(left[key], right[key]) for key in left)
    columns = [key for key in whole.metrics if key != "seconds"]
    assert [whole.metrics[key] for key in columns] == [again.metrics[key] for key in columns]
