from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def paint(tmp_path: Path) -> Callable[..., None]:
    """Write small pictures at paths below the temporary folder."""

    def write(*names: str) -> None:
        for seed, name in enumerate(names):
            pixels = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), np.uint8)
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels).save(path)

    return write
