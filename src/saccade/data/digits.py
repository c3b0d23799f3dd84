"""The digits that scikit-learn ships: 1,797 grey pictures of 8 x 8 pixels, ten classes.

Source: Alpaydin, Kaynak, "Optical Recognition of Handwritten Digits", UCI, 1998.
The split is fixed, whatever the seed of a run: 1,437 pictures to train and 360 to test,
stratified by class.
"""

import numpy as np
from sklearn.datasets import load_digits

from saccade.data.sets import ArrayImages, ImageSet, split_off

_SPLIT_SEED = 0


def open_digits() -> tuple[ImageSet, ImageSet | None]:
    """Load the digits as a training and a test set; values 0..16 are scaled to 0..255."""
    bunch = load_digits()
    pixels = np.floor(bunch.images * (255 / 16) + 0.5).astype(np.uint8)
    classes = tuple(str(digit) for digit in range(10))
    labels = [int(label) for label in bunch.target]
    images = ArrayImages("train", classes, labels, pixels=pixels, source="digits")
    return split_off(images, 360 / 1797, seed=_SPLIT_SEED, name="test")
