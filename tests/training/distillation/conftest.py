"""A student with two heads, and teachers on disk, all of 6x6 pixels and three classes."""

import dataclasses
from pathlib import Path

import pytest
import torch

from saccade.checkpoints.card import Card
from saccade.checkpoints.native import save
from saccade.data.batches import Batches
from saccade.data.transforms import Preprocessing
from saccade.models import build
from saccade.training.config import TrainConfig
from saccade.training.objectives.outcome import Examples
from saccade.training.options import DistillOptions
from saccade.training.randomness import own_randomness
from saccade.training.setting import Setting
from tests.training.conftest import CLASSES, CONFIG, PIXELS, stripes

TINY = {"img_size": 6, "patch_size": 3, "in_chans": 1, "num_classes": 3}
SIZES = {"embed_dim": 8, "depth": 2, "num_heads": 2, "weight_init": "jax"}
TAUGHT = Preprocessing(img_size=(6, 6), in_chans=1, mean=(0.3,), std=(0.2,))


def student(two_heads: bool = True):
    """Build a student, always with the same weights."""
    name = "deit_tiny_distilled_patch16_224" if two_heads else "deit_tiny_patch16_224"
    with own_randomness(1, torch.device("cpu")):
        model = build(name, **TINY, **SIZES)
        for parameter in model.parameters():
            torch.nn.init.normal_(parameter, std=0.3)
    return model


def network(seed: int = 2):
    """Build a small convolutional network with random weights."""
    with own_randomness(seed, torch.device("cpu")):
        sizes = {"layers": (1, 1), "widths": (8, 8), "stem": "conv3", "stem_chs": 8}
        return build("resnet18", img_size=6, in_chans=1, num_classes=3, **sizes)


@pytest.fixture
def teacher_file(tmp_path: Path):
    """Write a teacher to disk: `teacher_file(classes=...)` gives its folder."""

    def make(name: str = "teacher", classes=CLASSES, model=None, preprocessing=TAUGHT) -> Path:
        model = model or network()
        card = Card(
            model=model.name,
            config=dataclasses.asdict(model.config),
            classes=classes,
            preprocessing=preprocessing.to_dict(),
        )
        save(tmp_path / name / "best.safetensors", model, card)
        return tmp_path / name

    return make


@pytest.fixture
def make_setting(tmp_path: Path, teacher_file):
    """Set up a run with a teacher: `make_setting(two_heads=False, type="soft")`."""

    def make(two_heads: bool = True, *, model=None, val: bool = True, **distill) -> Setting:
        if "teacher" not in distill:
            distill["teacher"] = str(teacher_file())
        options = DistillOptions(**distill)
        folder = tmp_path / "runs" / "1"
        folder.mkdir(parents=True, exist_ok=True)
        return Setting(
            model=model or student(two_heads),
            config=TrainConfig(**{**CONFIG.to_dict(), "distill": options, "smoothing": 0.1}),
            classes=CLASSES,
            preprocessing=PIXELS,
            train=stripes(22),
            val=stripes(9, seed=1, name="val") if val else None,
            folder=folder,
            steps=24,
        )

    return make


def examples(count: int = 8, targets: torch.Tensor | None = None) -> Examples:
    """Take the first training pictures as a student sees them."""
    batch = next(Batches(stripes(22), PIXELS, batch_size=count).epoch(0))
    pixels = PIXELS.normalize(batch.images)
    return Examples(pixels, batch.labels, targets, batch.indices, chance="0/0")
