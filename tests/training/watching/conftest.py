"""Tiny models and pictures to watch."""

from pathlib import Path

import numpy as np
import pytest
import torch

from saccade.data.transforms import Preprocessing
from saccade.models import build
from saccade.training.randomness import own_randomness
from tests.samples import paint

PIXELS = Preprocessing(img_size=(6, 6), in_chans=1)
CLASSES = ("rows", "columns", "plain")


def tiny(seed: int = 0, **changes):
    """A model of two layers and two heads on 2x2 patches, with dropout, in training mode."""
    with own_randomness(seed, torch.device("cpu")):
        model = build(
            "vit_tiny_patch16_224",
            **{
                "img_size": 6,
                "patch_size": 3,
                "in_chans": 1,
                "num_classes": 3,
                "embed_dim": 8,
                "depth": 2,
                "num_heads": 2,
                "proj_drop_rate": 0.1,
                **changes,
            },
        )
        for parameter in model.parameters():
            parameter.data.normal_(std=0.5)
    return model.train()


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in range(3):
        paint(9, 7, seed=number).save(folder / f"{number}.png")
    return folder


def images(count: int = 3) -> torch.Tensor:
    pixels = np.random.default_rng(0).integers(0, 256, (count, 1, 6, 6), np.uint8)
    return PIXELS.normalize(torch.from_numpy(pixels))
