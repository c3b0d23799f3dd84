"""Smooth pictures, which can be resized and compressed as photographs can."""

import io

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def photo():
    """Paint soft blobs with fine detail, by a seed: `photo(3, size=(96, 80))`."""

    def paint(seed: int = 0, size: tuple[int, int] = (96, 80)) -> Image.Image:
        chance = np.random.default_rng(seed)
        layers = [
            np.asarray(
                Image.fromarray(chance.integers(0, 256, (cells, cells, 3), np.uint8)).resize(
                    size, Image.Resampling.BICUBIC
                ),
                np.float32,
            )
            for cells in (4, 9, 20)
        ]
        return Image.fromarray((0.5 * layers[0] + 0.3 * layers[1] + 0.2 * layers[2]).astype("u1"))

    return paint


@pytest.fixture
def compressed():
    """Compress a picture as JPEG."""

    def squeeze(picture: Image.Image, quality: int = 30) -> Image.Image:
        file = io.BytesIO()
        picture.save(file, "JPEG", quality=quality)
        return Image.open(file).convert("RGB")

    return squeeze
