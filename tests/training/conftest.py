"""Tiny runs: 22 pictures of three kinds of stripes, and a model that learns them in seconds."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from saccade.checkpoints.card import Card
from saccade.data.augmentation import Augmentation
from saccade.data.batches import Batches
from saccade.data.sets import ArrayImages
from saccade.data.transforms import Preprocessing
from saccade.models import build
from saccade.training.config import TrainConfig
from saccade.training.journal import Journal
from saccade.training.lesson import Lesson
from saccade.training.loop import Loop
from saccade.training.objectives import classify
from saccade.training.randomness import own_randomness
from saccade.training.task import Task

CLASSES = ("rows", "columns", "plain")
PIXELS = Preprocessing(img_size=(6, 6), in_chans=1)
CONFIG = TrainConfig(
    epochs=4, batch_size=4, lr=3e-3, weight_decay=0.05, warmup_epochs=1, ema_decay=0.9
)


def stripes(count: int, *, seed: int = 0, name: str = "train") -> ArrayImages:
    """Paint noisy pictures of 6x6 pixels, the classes in turn."""
    pixels = np.random.default_rng(seed).integers(0, 60, (count, 6, 6), np.uint8)
    for index in range(count):
        if index % 3 == 0:
            pixels[index, ::2] += 180
        elif index % 3 == 1:
            pixels[index, :, ::2] += 180
    return ArrayImages(name, CLASSES, [i % 3 for i in range(count)], pixels=pixels)


def small_model() -> nn.Module:
    """Build a model with dropout and stochastic depth, always with the same weights."""
    with own_randomness(0, torch.device("cpu")):
        return build(
            "vit_tiny_patch16_224",
            img_size=6,
            patch_size=3,
            in_chans=1,
            num_classes=3,
            embed_dim=8,
            depth=2,
            num_heads=2,
            drop_path_rate=0.2,
            proj_drop_rate=0.1,
            weight_init="jax",
        )


@pytest.fixture
def make_loop(tmp_path: Path):
    """Set up a loop on stripes: `make_loop("name", show=..., epochs=2)`."""

    def make(name: str = "run", *, show=None, objective=classify, val: bool = True, **changes):
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        config = TrainConfig(**{**CONFIG.to_dict(), **changes})
        moves = Augmentation(shift=0.2)
        size = config.batch_size
        return Loop(
            Task(
                lesson=Lesson(small_model(), objective),
                train=Batches(stripes(22), PIXELS, batch_size=size, seed=0, augmentation=moves),
                val=Batches(stripes(9, seed=1, name="val"), PIXELS, batch_size=4) if val else None,
                config=config,
                card=Card(model="vit_tiny_patch16_224", config={}, classes=CLASSES),
                folder=folder,
                journal=Journal(folder, show=show),
            )
        )

    return make
