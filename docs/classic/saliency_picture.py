"""Make docs/classic/saliency.png: every method on a photograph that scikit-learn ships.

python docs/classic/saliency_picture.py
"""

import os
import tempfile
from pathlib import Path

from PIL import Image
from sklearn.datasets import load_sample_image

from saccade.cli.main import main

PAGE = Path(__file__).parent


def draw() -> None:
    """Let the command draw its sheet of china.jpg, and keep that at half its density."""
    os.environ["LC_ALL"] = "C"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        Image.fromarray(load_sample_image("china.jpg")).save(folder / "china.png")
        words = ["saliency", str(folder / "china.png"), "--method", "all", "--scanpath", "5"]
        main([*words, "-o", name])
        with Image.open(folder / "china_sheet.png") as sheet:
            half = sheet.resize((sheet.width // 2, sheet.height // 2), Image.Resampling.LANCZOS)
        half.save(PAGE / "saliency.png", optimize=True)


if __name__ == "__main__":
    draw()
