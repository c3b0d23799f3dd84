"""The invertible map between the pixels of a stored picture and those of the model's input.

Coordinates are continuous: x to the right, y down, in pixels; pixel i covers [i, i + 1), so its
centre is i + 0.5. Three frames follow each other:

    stored     the pixels as they lie in the file
    upright    after the EXIF orientation is applied, as people see the picture
    model      after resizing, cropping, padding, mirroring and turning, as the model sees it: what
               its patches cover, where it adds or takes away borders itself
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from saccade.errors import DataError

# EXIF orientation: are the axes swapped, and is the upright picture then mirrored in x, in y?
_ORIENTATIONS: dict[int, tuple[bool, bool, bool]] = {
    1: (False, False, False),
    2: (False, True, False),
    3: (False, True, True),
    4: (False, False, True),
    5: (True, False, False),
    6: (True, True, False),
    7: (True, True, True),
    8: (True, False, True),
}


@dataclass(frozen=True, slots=True)
class Geometry:
    """An invertible affine map behind an EXIF orientation.

    model x = scale[0] * x + skew[0] * y + offset[0]
    model y = skew[1] * x + scale[1] * y + offset[1]

    Args:
        stored: (width, height) of the picture in its file, in pixels.
        orientation: EXIF orientation, 1 to 8.
        size: (width, height) of the model's image, in pixels.
        scale: how far each axis follows itself; without skew a negative one is mirrored.
        offset: (x, y) in model pixels.
        skew: how far x follows y, and y follows x; both 0 unless the picture was turned or sheared.

    Raises:
        DataError: a side is not positive, the map cannot be inverted or the orientation is not 1
            to 8.
    """

    stored: tuple[int, int]
    orientation: int
    size: tuple[int, int]
    scale: tuple[float, float]
    offset: tuple[float, float]
    skew: tuple[float, float] = (0.0, 0.0)

    def __post_init__(self) -> None:
        sizes = min(*self.stored, *self.size) > 0
        if self.orientation not in _ORIENTATIONS or not sizes or self._area == 0:
            raise DataError(
                "a geometry with positive sizes, a scale other than 0 and an orientation 1 to 8",
                f"stored {self.stored}, size {self.size}, scale {self.scale}, skew {self.skew}, "
                f"orientation {self.orientation}",
            )

    @classmethod
    def of(cls, stored: tuple[int, int], orientation: int = 1) -> "Geometry":
        """Start a geometry: the model's image is the upright picture itself.

        Args:
            stored: (width, height) in the file, in pixels.
            orientation: EXIF orientation, 1 to 8.
        """
        swapped = orientation in (5, 6, 7, 8)
        size = (stored[1], stored[0]) if swapped else stored
        return cls(stored, orientation, size, (1.0, 1.0), (0.0, 0.0))

    @property
    def upright(self) -> tuple[int, int]:
        """(width, height) of the upright picture, in pixels."""
        swapped = _ORIENTATIONS[self.orientation][0]
        return (self.stored[1], self.stored[0]) if swapped else self.stored

    @property
    def turned(self) -> bool:
        """Whether rows of the upright picture are not rows of the model's image."""
        return self.skew != (0.0, 0.0)

    def straight(self) -> "Geometry":
        """Give this map, for what can lay no turned image over a picture.

        Raises:
            DataError: the picture was turned or sheared.
        """
        if self.turned:
            raise DataError(
                "a picture that was neither turned nor sheared, to lay a map over it",
                f"skew {self.skew}",
                "the preprocessing without augmentation",
            )
        return self

    @property
    def box(self) -> tuple[float, float, float, float]:
        """(left, top, right, bottom) of the model's image in the upright picture, in pixels.

        Left is the larger where the picture was mirrored.

        Raises:
            DataError: the picture was turned or sheared, so that it is no box.
        """
        first, last = (0, 0), self.straight().size
        return *self.model_to_upright(*first), *self.model_to_upright(*last)

    def placed(
        self,
        scale: tuple[float, float],
        offset: tuple[float, float],
        size: tuple[int, int],
        skew: tuple[float, float] = (0.0, 0.0),
    ) -> "Geometry":
        """Append any affine step; its numbers mean what those of the class mean.

        Args:
            scale: (x, y) factors.
            offset: (x, y) in new pixels.
            size: (width, height) of the new image, in pixels.
            skew: how far x follows the old y, and y the old x.
        """
        (scale_x, scale_y), (skew_x, skew_y), (x, y) = self.scale, self.skew, self.offset
        return Geometry(
            self.stored,
            self.orientation,
            size,
            (scale_x * scale[0] + skew_y * skew[0], scale_y * scale[1] + skew_x * skew[1]),
            (x * scale[0] + y * skew[0] + offset[0], y * scale[1] + x * skew[1] + offset[1]),
            (skew_x * scale[0] + scale_y * skew[0], skew_y * scale[1] + scale_x * skew[1]),
        )

    def warped(self, back: Sequence[float]) -> "Geometry":
        """Append a warp that keeps the size, given by where each new point comes from.

        Args:
            back: a b c d e f with old x = a x + b y + c and old y = d x + e y + f, as Pillow's
                affine transform takes them.

        Raises:
            DataError: it squeezes the image into a line.
        """
        a, b, c, d, e, f = back
        area = a * e - b * d
        if area == 0:
            raise DataError("a warp that can be undone", str(tuple(back)))
        offset = ((b * f - e * c) / area, (d * c - a * f) / area)
        return self.placed((e / area, a / area), offset, self.size, (-b / area, -d / area))

    def resized(self, size: tuple[int, int]) -> "Geometry":
        """Append a resize of the whole image to `size` = (width, height), in pixels."""
        if size == self.size:
            return self
        scale = (size[0] / self.size[0], size[1] / self.size[1])
        return self.placed(scale, (0.0, 0.0), size)

    def cropped(self, left: float, top: float, size: tuple[int, int]) -> "Geometry":
        """Append a crop whose corner is (left, top) and whose (width, height) is `size`.

        It may reach beyond the image, into borders.
        """
        return self.placed((1.0, 1.0), (-left, -top), size)

    def padded(self, left: int, top: int, right: int, bottom: int) -> "Geometry":
        """Append borders of so many pixels on each side."""
        size = (self.size[0] + left + right, self.size[1] + top + bottom)
        return self.placed((1.0, 1.0), (float(left), float(top)), size)

    def mirrored(self) -> "Geometry":
        """Append a horizontal flip."""
        return self.placed((-1.0, 1.0), (float(self.size[0]), 0.0), self.size)

    def upright_to_model(self, x: float, y: float) -> tuple[float, float]:
        """Map a point of the upright picture into the model's image; it may fall outside."""
        (scale_x, scale_y), (skew_x, skew_y) = self.scale, self.skew
        return (
            x * scale_x + y * skew_x + self.offset[0],
            y * scale_y + x * skew_y + self.offset[1],
        )

    def model_to_upright(self, x: float, y: float) -> tuple[float, float]:
        """Map a point of the model's image into the upright picture; it may fall outside."""
        x, y = x - self.offset[0], y - self.offset[1]
        (scale_x, scale_y), (skew_x, skew_y) = self.scale, self.skew
        if not self.turned:
            return x / scale_x, y / scale_y
        area = self._area
        return (x * scale_y - y * skew_x) / area, (y * scale_x - x * skew_y) / area

    def to_model(self, x: float, y: float) -> tuple[float, float]:
        """Map a point of the stored picture into the model's image."""
        swapped, mirror_x, mirror_y = _ORIENTATIONS[self.orientation]
        width, height = self.upright
        x, y = (y, x) if swapped else (x, y)
        return self.upright_to_model(width - x if mirror_x else x, height - y if mirror_y else y)

    def to_source(self, x: float, y: float) -> tuple[float, float]:
        """Map a point of the model's image into the stored picture."""
        swapped, mirror_x, mirror_y = _ORIENTATIONS[self.orientation]
        width, height = self.upright
        x, y = self.model_to_upright(x, y)
        x, y = (width - x if mirror_x else x, height - y if mirror_y else y)
        return (y, x) if swapped else (x, y)

    def to_dict(self) -> dict[str, Any]:
        """Write the geometry as plain lists and numbers, fit for JSON; skew only where there is."""
        values: dict[str, Any] = {
            "stored": list(self.stored),
            "orientation": self.orientation,
            "size": list(self.size),
            "scale": list(self.scale),
            "offset": list(self.offset),
        }
        return {**values, "skew": list(self.skew)} if self.turned else values

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Geometry":
        """Read what `to_dict` wrote.

        Raises:
            DataError: a value is missing or of another kind.
        """
        try:
            stored_w, stored_h = (int(side) for side in values["stored"])
            width, height = (int(side) for side in values["size"])
            scale_x, scale_y = (float(factor) for factor in values["scale"])
            offset_x, offset_y = (float(step) for step in values["offset"])
            skew_x, skew_y = (float(factor) for factor in values.get("skew", (0.0, 0.0)))
            orientation = int(values["orientation"])
        except (KeyError, TypeError, ValueError) as error:
            raise DataError(
                "a geometry with stored, orientation, size, scale and offset", repr(dict(values))
            ) from error
        scale, offset, skew = (scale_x, scale_y), (offset_x, offset_y), (skew_x, skew_y)
        return cls((stored_w, stored_h), orientation, (width, height), scale, offset, skew)

    @property
    def _area(self) -> float:
        """What a pixel of the upright picture covers in the model's image; negative if mirrored."""
        return self.scale[0] * self.scale[1] - self.skew[0] * self.skew[1]
