"""Mean and spread of the pixels of many pictures, and which show nothing."""

import numpy as np
from PIL import Image

from saccade.data.doctor.remark import Spot

_CONSTANT, _BLACK = 4, 8  # 0-255
_LEVELS = np.arange(256, dtype=np.float64)


class Pixels:
    """Adds up pictures, each of equal weight.

    Attributes:
        black: pictures without light.
        constant: other pictures of one colour.
    """

    def __init__(self) -> None:
        self.black: list[Spot] = []
        self.constant: list[Spot] = []
        self._count = 0
        self._sums = np.zeros((2, 3))

    def add(self, picture: Image.Image, spot: Spot) -> None:
        """Take in a picture.

        Args:
            picture: RGB.
            spot: where it is.
        """
        counts = np.array(picture.histogram(), np.float64).reshape(3, 256)
        shares = counts / counts.sum(axis=1, keepdims=True)
        self._sums += np.stack([shares @ _LEVELS, shares @ _LEVELS**2])
        self._count += 1
        levels = [np.flatnonzero(channel) for channel in counts]
        if all(own[-1] - own[0] <= _CONSTANT for own in levels):
            black = all(own[-1] <= _BLACK for own in levels)
            (self.black if black else self.constant).append(spot)

    @property
    def mean(self) -> tuple[float, ...]:
        """Of each channel, 0-1; empty without pictures."""
        return _rounded(self._sums[0] / self._count / 255) if self._count else ()

    @property
    def std(self) -> tuple[float, ...]:
        """Standard deviation of each channel over all pictures, 0-1; empty without pictures."""
        if not self._count:
            return ()
        mean, square = self._sums / self._count
        return _rounded(np.sqrt(np.maximum(square - mean**2, 0)) / 255)


def _rounded(values: np.ndarray) -> tuple[float, ...]:
    return tuple(round(float(value), 4) for value in values)
