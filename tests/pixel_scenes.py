"""Small pictures with label maps that are known: a box and a disc on the ground, void above."""

from pathlib import Path

import numpy as np
from PIL import Image

from saccade.training.config import TrainConfig

COLOURS = np.array([[90, 110, 90], [200, 60, 50], [60, 70, 190], [0, 0, 0]], np.uint8)
CLASSES = "0 ground 90 110 90\n1 box 200 60 50\n2 disc 60 70 190\n3 void 0 0 0\n"


def scene(seed: int, size: tuple[int, int] = (24, 32)) -> tuple[np.ndarray, np.ndarray]:
    """A picture, uint8 (h w 3), and its ids, uint8 (h w); the first row is void."""
    chances = np.random.default_rng(seed)
    high, wide = size
    ids = np.zeros(size, np.uint8)
    top, left = chances.integers(2, high - 8), chances.integers(0, wide - 9)
    ids[top : top + 7, left : left + 9] = 1
    rows, columns = np.mgrid[:high, :wide]
    y, x = chances.integers(5, high - 5), chances.integers(5, wide - 5)
    ids[(rows - y) ** 2 + (columns - x) ** 2 < 16] = 2
    ids[0] = 3
    noise = chances.normal(0, 12, (*size, 3))
    return (COLOURS[ids] + noise).clip(0, 255).astype(np.uint8), ids


def write_scenes(root: Path, counts: dict[str, int], *, classes: str = CLASSES) -> Path:
    """Write parts as folders PART/ and PARTannot/, with classes.txt."""
    for place, (part, count) in enumerate(counts.items()):
        for folder in (part, f"{part}annot"):
            (root / folder).mkdir(parents=True, exist_ok=True)
        for number in range(count):
            picture, ids = scene(100 * place + number)
            Image.fromarray(picture).save(root / part / f"{number:02}.png")
            Image.fromarray(ids).save(root / f"{part}annot" / f"{number:02}.png")
    (root / "classes.txt").write_text(classes)
    return root


def small(**changes: object) -> TrainConfig:
    """A run of a tiny network on the scenes."""
    told = {
        "task": "segment",
        "model_kwargs": {"width": 4, "depths": (1, 1, 1, 1)},
        "epochs": 2,
        "batch_size": 4,
        "threads": 1,
        "device": "cpu",
    }
    return TrainConfig.from_dict({**told, **changes})
