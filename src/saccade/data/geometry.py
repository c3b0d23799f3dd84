"""The invertible map between the pixels of a stored picture and those of the model's input.

Coordinates are continuous: x to the right, y down, in pixels; pixel i covers [i, i + 1), so its
centre is i + 0.5. Three frames follow each other:

    stored     the pixels as they lie in the file
    upright    after the EXIF orientation is applied, as people see the picture
    model      after resizing, cropping, padding and mirroring, as the model sees it: what its
               patches cover, where it adds or takes away borders itself
"""

from collections.abc import Mapping
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
    """An invertible map, one scale and one offset for each axis, behind an EXIF orientation.

    Args:
        stored: (width, height) of the picture in its file, in pixels.
        orientation: EXIF orientation, 1 to 8.
        size: (width, height) of the model's image, in pixels.
        scale: (x, y) factors with model = upright * scale + offset; a negative one is mirrored.
        offset: (x, y) in model pixels.

    Raises:
        DataError: a side is not positive, a scale is zero or the orientation is not 1 to 8.
    """

    stored: tuple[int, int]
    orientation: int
    size: tuple[int, int]
    scale: tuple[float, float]
    offset: tuple[float, float]

    def __post_init__(self) -> None:
        sizes = min(*self.stored, *self.size) > 0
        if self.orientation not in _ORIENTATIONS or not sizes or 0 in self.scale:
            raise DataError(
                "a geometry with positive sizes, a scale other than 0 and an orientation 1 to 8",
                f"stored {self.stored}, size {self.size}, scale {self.scale}, "
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

    def placed(
        self, scale: tuple[float, float], offset: tuple[float, float], size: tuple[int, int]
    ) -> "Geometry":
        """Append any step that scales and moves each axis: new = old * scale + offset.

        Args:
            scale: (x, y) factors, not 0.
            offset: (x, y) in new pixels.
            size: (width, height) of the new image, in pixels.
        """
        (scale_x, scale_y), (offset_x, offset_y) = self.scale, self.offset
        return Geometry(
            self.stored,
            self.orientation,
            size,
            (scale_x * scale[0], scale_y * scale[1]),
            (offset_x * scale[0] + offset[0], offset_y * scale[1] + offset[1]),
        )

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
        return x * self.scale[0] + self.offset[0], y * self.scale[1] + self.offset[1]

    def model_to_upright(self, x: float, y: float) -> tuple[float, float]:
        """Map a point of the model's image into the upright picture; it may fall outside."""
        return (x - self.offset[0]) / self.scale[0], (y - self.offset[1]) / self.scale[1]

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
        """Write the geometry as plain lists and numbers, fit for JSON."""
        return {
            "stored": list(self.stored),
            "orientation": self.orientation,
            "size": list(self.size),
            "scale": list(self.scale),
            "offset": list(self.offset),
        }

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
            orientation = int(values["orientation"])
        except (KeyError, TypeError, ValueError) as error:
            raise DataError(
                "a geometry with stored, orientation, size, scale and offset", repr(dict(values))
            ) from error
        scale, offset = (scale_x, scale_y), (offset_x, offset_y)
        return cls((stored_w, stored_h), orientation, (width, height), scale, offset)
