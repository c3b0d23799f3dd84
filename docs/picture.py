"""Make docs/digits.png: held-out digits, and where a trained model looks in them.

make demo
python docs/picture.py runs/demo/1
"""

import sys
from pathlib import Path

from PIL import Image

import saccade
from saccade.data.images import open_images
from saccade.inspection import overlay, rollout, to_grid

SIDE, GAP = 96, 6


def main(run: str) -> None:
    """Draw one digit of each class: as it is, the last layer's class token, the rollout."""
    predictor = saccade.load(run)
    images = open_images("digits").part("test")
    wanted = [images.labels.index(label) for label in range(len(images.classes))]
    rows: list[list[Image.Image]] = [[], [], []]
    for index in wanted:
        picture = images.load(index)
        with saccade.record(predictor.model) as trace:
            predictor(picture.image)
        large = picture.image.resize((SIDE, SIDE), Image.Resampling.NEAREST)
        last = to_grid(trace.attention[:, -1].mean(dim=1), trace.grid)[0]
        through = to_grid(rollout(trace.attention), trace.grid)[0]
        rows[0].append(large)
        rows[1].append(overlay(large, last, (0, 0, SIDE, SIDE)))
        rows[2].append(overlay(large, through, (0, 0, SIDE, SIDE)))
    step = SIDE + GAP
    sheet = Image.new("RGB", (len(wanted) * step - GAP, 3 * step - GAP), "white")
    for y, row in enumerate(rows):
        for x, tile in enumerate(row):
            sheet.paste(tile, (x * step, y * step))
    sheet.save(Path(__file__).parent / "digits.png", optimize=True)


if __name__ == "__main__":
    main(sys.argv[1])
