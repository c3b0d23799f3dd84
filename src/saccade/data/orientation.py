"""The EXIF orientation: what a file notes of how its picture was held, and turning it back."""

from PIL import ExifTags, Image

from saccade.data.geometry import Geometry

TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_BACK = {6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}  # others undo themselves


def noted(image: Image.Image) -> int:
    """Read the orientation that a file notes, 2 to 8; 1 where the picture stands upright."""
    try:
        value = image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # a damaged EXIF block raises nearly anything; the pixels are still good
        return 1
    return value if isinstance(value, int) and value in TURNS else 1


def geometry_of(upright: Image.Image, orientation: int) -> Geometry:
    """Give the geometry of a picture that was turned upright.

    Args:
        upright: the picture.
        orientation: that its file noted, 1 to 8.
    """
    width, height = upright.size
    stored = (height, width) if orientation in (5, 6, 7, 8) else (width, height)
    return Geometry.of(stored, orientation)


def as_stored(image: Image.Image, geometry: Geometry) -> tuple[Image.Image, Geometry]:
    """Turn an upright picture back to how it lies in its file; no pixel changes.

    Args:
        image: upright.
        geometry: from the stored pixels to the upright ones.

    Returns:
        The picture, and a geometry that knows of no orientation.
    """
    if geometry.orientation not in TURNS:
        return image, geometry
    back = _BACK.get(geometry.orientation, TURNS[geometry.orientation])
    return image.transpose(back), Geometry.of(geometry.stored)
