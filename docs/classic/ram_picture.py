"""Make docs/classic/ram.png: four held-out digits, and where a trained model looks.

saccade train digits --model ram_mnist --img-size 28 --out runs/ram
python docs/classic/ram_picture.py runs/ram/1
"""

import sys
from pathlib import Path

import saccade
from saccade.data.images import open_images
from saccade.data.ready import prepared
from saccade.viewer.glimpses import draw_glimpses, stacked

CHOSEN = (0, 1, 2, 3)


def main(run: str) -> None:
    """Draw the first pictures of the test part."""
    predictor = saccade.load(run)
    images = open_images("digits").part("test")
    sheets = []
    for index in CHOSEN:
        own = images.load(index)
        ready = prepared(own.image, own.geometry, own.name, preprocessing=predictor.preprocessing)
        sheets.append(
            draw_glimpses(
                predictor.model, ready, predictor.preprocessing, predictor.classes, side=200
            )
        )
    stacked(sheets).save(Path(__file__).parent / "ram.png", optimize=True)


if __name__ == "__main__":
    main(sys.argv[1])
