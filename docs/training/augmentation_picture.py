"""Make docs/training/augmentation.png: what each option does to two photographs of scikit-learn's.

python docs/training/augmentation_picture.py

A ring marks one point of each photograph, found again through the geometry that comes with the
changed picture.
"""

import random
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw
from sklearn.datasets import load_sample_image
from torch import Tensor

from saccade.data.augment.colours import DINO_FIRST
from saccade.data.augment.erasing import erase
from saccade.data.augment.mixing import blended, cut_in
from saccade.data.augmentation import Augmentation
from saccade.data.geometry import Geometry
from saccade.data.transforms import Preprocessing

SIDE, GAP, HEAD = 160, 4, 18
MARKS = {"china.jpg": (207, 50), "flower.jpg": (304, 236)}  # x, y in pixels of the file
PREPROCESSING = Preprocessing(img_size=(SIDE, SIDE), mean=(0.485, 0.456, 0.406), std=(0.225,))
CROP = {"crop_scale": (0.5, 1.0), "flip": True}
COLUMNS: dict[str, tuple[Augmentation, int]] = {
    "as it is": (Augmentation(), 0),
    "crop, flip": (Augmentation(**CROP), 3),
    "rand-m9-mstd0.5-inc1": (Augmentation(auto="rand-m9-mstd0.5-inc1"), 24),
    "the same again": (Augmentation(auto="rand-m9-mstd0.5-inc1"), 232),
    "trivial": (Augmentation(auto="trivial"), 2),
    "three": (Augmentation(auto="three"), 3),
    "jitter 0.4": (Augmentation(jitter=0.4), 1),
    "DINO, first view": (Augmentation(**CROP, colours=DINO_FIRST), 8),
}
Marked = tuple[np.ndarray, tuple[float, float]]


def changed(name: str, augmentation: Augmentation, seed: int) -> Marked:
    """A photograph's pixels (c h w) after the changes, and where its mark lies now."""
    photograph = Image.fromarray(load_sample_image(name))
    pixels, geometry = augmentation.apply(
        photograph, Geometry.of(photograph.size), PREPROCESSING, random.Random(f"{seed}/{name}")
    )
    return pixels, geometry.to_model(*MARKS[name])


def drawn(pixels: np.ndarray, mark: tuple[float, float] | None) -> Image.Image:
    """Pixels (c h w) as a picture, with a ring about the mark."""
    picture = Image.fromarray(np.ascontiguousarray(pixels.transpose(1, 2, 0)))
    if mark is not None:
        x, y = mark
        pen = ImageDraw.Draw(picture)
        pen.ellipse((x - 7, y - 7, x + 7, y + 7), outline="black", width=4)
        pen.ellipse((x - 6, y - 6, x + 6, y + 6), outline="yellow", width=2)
    return picture


def whole_batches() -> dict[str, Tensor]:
    """The two photographs after each change of whole batches, normalised (2 3 h w)."""
    plain = [torch.tensor(changed(name, Augmentation(), 0)[0]) for name in MARKS]
    images = PREPROCESSING.normalize(torch.stack(plain))
    return {
        "mixup, 0.7": blended(images, 0.7),
        "cutmix, 0.7": cut_in(images, (20, 108, 36, 124))[0],
        "erase": erase(images, 1.0, chances=random.Random(4)),
    }


def shown(batch: Tensor) -> np.ndarray:
    """Normalised floats back to pixels (b c h w)."""
    mean, std = (torch.tensor(one).view(3, 1, 1) for one in (PREPROCESSING.mean, PREPROCESSING.std))
    return ((batch * std + mean).clamp(0, 1) * 255).round().byte().numpy()


def main() -> None:
    """Draw one column for each option, one row for each photograph."""
    columns = {
        title: [drawn(*changed(name, augmentation, seed)) for name in MARKS]
        for title, (augmentation, seed) in COLUMNS.items()
    }
    for title, batch in whole_batches().items():
        columns[title] = [drawn(pixels, None) for pixels in shown(batch)]
    step, rows = SIDE + GAP, 2
    wide = -(-len(columns) // rows)
    size = (wide * step - GAP, rows * (HEAD + 2 * step) - GAP)
    sheet = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(sheet)
    for place, (title, tiles) in enumerate(columns.items()):
        x, y = place % wide * step, place // wide * (HEAD + 2 * step)
        pen.text((x + 2, y + 2), title, fill="black", font_size=13)
        for row, tile in enumerate(tiles):
            sheet.paste(tile, (x, y + HEAD + row * step))
    sheet.quantize(192, dither=Image.Dither.NONE).save(
        Path(__file__).parent / "augmentation.png", optimize=True
    )


if __name__ == "__main__":
    main()
