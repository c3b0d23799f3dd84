"""A map over the part of a picture that the model saw, for sheets of small drawings."""

from pathlib import Path

from PIL import Image, ImageChops, ImageFilter, ImageOps
from torch import Tensor

from saccade.data.geometry import Geometry
from saccade.inspection.kit.charts import stretched
from saccade.inspection.render import overlay

SIDE = 240  # pixels of the height of a drawing
Box = tuple[float, float, float, float]


def laid(picture: Image.Image, values: Tensor, geometry: Geometry, side: int = SIDE) -> Image.Image:
    """Lay a map (rows columns) over the part of a picture that the model saw.

    Args:
        picture: the upright original.
        values: the map.
        geometry: how the model's image was cut from it.
        side: pixels of the height of what is returned.
    """
    small, box = _shrunk(picture, geometry, side)
    return overlay(small, values, box)


def multiplied(
    picture: Image.Image, values: Tensor, geometry: Geometry, side: int = SIDE
) -> Image.Image:
    """Multiply a picture with a smooth map (rows columns); black where the model did not look.

    The map is enlarged smoothly (Lanczos), blurred by a Gaussian whose radius is a patch, and
    stretched to 0-1, as in figure 6 of the vision transformer (arXiv:2010.11929).

    Args:
        picture: the upright original.
        values: the map.
        geometry: how the model's image was cut from it.
        side: pixels of the height of what is returned.
    """
    small, box = _shrunk(picture, geometry, side)
    left, top, right, bottom = (round(place) for place in box)
    size = max(1, right - left), max(1, bottom - top)
    mask = Image.fromarray((stretched(values.float()) * 255).round().byte().cpu().numpy())
    radius = size[0] / values.shape[1]
    smooth = mask.resize(size, Image.Resampling.LANCZOS).filter(ImageFilter.GaussianBlur(radius))
    canvas = Image.new("L", small.size)
    canvas.paste(ImageOps.autocontrast(smooth), (left, top))
    return ImageChops.multiply(small, canvas.convert("RGB"))


def label(number: int, name: str) -> str:
    """What the drawing of a picture is called."""
    return f"{number:02}_{Path(name).stem}"


def _shrunk(picture: Image.Image, geometry: Geometry, side: int) -> tuple[Image.Image, Box]:
    """A picture of this height, and where on it the model looked: left, top, right, bottom."""
    times = side / picture.height
    size = (max(1, round(picture.width * times)), side)
    left, top, right, bottom = geometry.box
    across, down = size[0] / picture.width, size[1] / picture.height
    box = (left * across, top * down, right * across, bottom * down)
    return picture.convert("RGB").resize(size), box
