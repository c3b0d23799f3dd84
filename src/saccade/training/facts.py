"""What a few of the pictures tell about all of them."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from saccade.data.sets import ImageSet, Picture
from saccade.data.transforms import Preprocessing
from saccade.errors import DataError


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """What the choices of a run rest on.

    Args:
        count: training pictures.
        classes: how many there are.
        height: median of a sample, in pixels.
        width: median of a sample, in pixels.
        alike: every picture of the sample has this size.
        grey: no picture of the sample has a colour.
        fewest: pictures of the rarest class that has any; 0 when unknown.
        most: pictures of the most frequent class; 0 when unknown.
        several: a picture may have any number of labels.
    """

    count: int
    classes: int
    height: int
    width: int
    alike: bool
    grey: bool
    fewest: int = 0
    most: int = 0
    several: bool = False

    @property
    def side(self) -> int:
        """The longer side in pixels."""
        return max(self.height, self.width)


def sample(images: ImageSet, most: int = 64) -> list[Picture]:
    """Read some pictures, spread evenly over the set; broken ones are passed over.

    Raises:
        DataError: none of them can be read.
    """
    count = min(most, len(images))
    found: list[Picture] = []
    for place in range(count):
        try:
            found.append(images.load(place * len(images) // count))
        except DataError:
            continue
    if not found:
        raise DataError(f"pictures in {images.name}", f"{count} that cannot be read", "the doctor")
    return found


def find_facts(images: ImageSet, pictures: Sequence[Picture]) -> Facts:
    """Measure a sample of a training set."""
    sizes = Counter(picture.image.size for picture in pictures)
    widths = [picture.image.width for picture in pictures]
    heights = [picture.image.height for picture in pictures]
    counts = Counter(label for label in images.labels if isinstance(label, int) and label >= 0)
    return Facts(
        count=len(images),
        classes=len(images.classes),
        height=round(median(heights)),
        width=round(median(widths)),
        alike=len(sizes) == 1,
        grey=all(_is_grey(picture) for picture in pictures),
        fewest=min(counts.values(), default=0),
        most=max(counts.values(), default=0),
        several=images.multi is not None,
    )


def measure_pixels(
    pictures: Sequence[Picture], preprocessing: Preprocessing
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Give the mean and the standard deviation of each channel, 0-1, of a sample."""
    arrays = [preprocessing.apply(p.image, p.geometry)[0] for p in pictures]
    pixels = np.stack(arrays).astype(np.float64) / 255
    mean = pixels.mean(axis=(0, 2, 3))
    std = np.maximum(pixels.std(axis=(0, 2, 3)), 0.01)
    return tuple(mean.round(4).tolist()), tuple(std.round(4).tolist())


def fingerprint(images: ImageSet) -> str:
    """Tell two sets apart: a hash of their classes, and of the names and labels of all pictures."""
    digest = hashlib.sha256("\n".join(images.classes).encode())
    for index, label in enumerate(images.labels):
        digest.update(f"\n{label} {images.picture_name(index)}".encode())
    return digest.hexdigest()[:16]


def _is_grey(picture: Picture) -> bool:
    pixels = np.asarray(picture.image)
    return pixels.ndim == 2 or bool((pixels == pixels[..., :1]).all())
