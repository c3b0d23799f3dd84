from pathlib import Path

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def picture():
    """Paint a picture whose pixels are all different, by a seed."""

    def paint(width: int, height: int, seed: int = 0, channels: int = 3) -> Image.Image:
        shape = (height, width, channels) if channels > 1 else (height, width)
        return Image.fromarray(np.random.default_rng(seed).integers(0, 256, shape, np.uint8))

    return paint


@pytest.fixture
def tree(tmp_path: Path, picture):
    """Make a tree of class folders: {"train/cat": 3} writes three pictures there."""

    def grow(folders: dict[str, int], size: tuple[int, int] = (9, 7)) -> Path:
        for seed, (folder, count) in enumerate(folders.items()):
            (tmp_path / folder).mkdir(parents=True)
            for number in range(count):
                image = picture(*size, seed=1000 * seed + number)
                image.save(tmp_path / folder / f"{number}.png")
        return tmp_path

    return grow
