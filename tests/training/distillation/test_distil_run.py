"""A run with a teacher: it learns, it can be gone on with, and the teacher is not saved."""

import dataclasses

import pytest
import torch

from saccade.checkpoints.card import Card
from saccade.checkpoints.native import read
from saccade.data.augmentation import Augmentation
from saccade.data.batches import Batches
from saccade.training.distillation.distil import make
from saccade.training.journal import Journal
from saccade.training.loop import Loop
from saccade.training.task import Task
from tests.training.conftest import CLASSES, PIXELS
from tests.training.distillation.conftest import student

pytestmark = pytest.mark.slow


def loop(setting, name: str, **options) -> Loop:
    folder = setting.folder.parent / name
    folder.mkdir(exist_ok=True)
    distill = dataclasses.replace(setting.config.distill, **options)
    config = dataclasses.replace(setting.config, distill=distill)
    setting = dataclasses.replace(setting, model=student(), config=config, folder=folder)
    moves = Augmentation(shift=0.2) if not distill.cache else Augmentation()
    return Loop(
        Task(
            lesson=make(setting),
            train=Batches(setting.train, PIXELS, batch_size=4, seed=0, augmentation=moves),
            val=Batches(setting.val, PIXELS, batch_size=4),
            config=config,
            card=Card(
                model=setting.model.name,
                config=dataclasses.asdict(setting.model.config),
                classes=CLASSES,
                preprocessing=PIXELS.to_dict(),
            ),
            folder=folder,
            journal=Journal(folder),
        )
    )


@pytest.mark.parametrize("options", [{"type": "hard"}, {"type": "soft", "cache": True}])
def test_a_run_that_is_gone_on_with_is_the_same_to_the_bit(make_setting, options) -> None:
    setting = make_setting()
    whole = loop(setting, "whole", **options)
    history = whole.run().history
    loop(setting, "parts", **options).run(stop_after=2)
    second = loop(setting, "parts", **options)
    last = setting.folder.parent / "parts" / "last.safetensors"
    second.resume(read(last), origin=str(last))
    again = second.run().history
    drop = {"seconds", "images_per_second"}
    assert [{k: v for k, v in row.items() if k not in drop} for row in again] == [
        {k: v for k, v in row.items() if k not in drop} for row in history
    ]
    for name, value in whole.task.model.state_dict().items():
        assert torch.equal(value, second.task.model.state_dict()[name]), name
    kept = read(last)
    assert set(kept.state) == set(student().state_dict())
    row = history[-1]
    assert row["train_loss"] < history[0]["train_loss"]
    for name in ("val_accuracy", "val_accuracy_cls", "val_accuracy_dist", "val_heads_agree"):
        assert 0 <= row[name] <= 1
