"""An explanation laid over its picture, in the picture's own pixels."""

from PIL import Image

from saccade.data.geometry import Geometry
from saccade.explanation.explanation import Explanation
from saccade.inspection.render import overlay


def overlaid(
    explanation: Explanation, picture: Image.Image, *, image: int = 0, opacity: float = 0.6
) -> Image.Image:
    """Lay one map over the part of the upright original that the model saw; the rest is dimmed.

    Args:
        explanation: of this picture, among others.
        picture: the upright original.
        image: which of the maps, from 0.
        opacity: of the map, 0-1.

    Returns:
        An RGB picture as large as the original.
    """
    usual = Geometry.of(picture.size).resized((explanation.size[1], explanation.size[0]))
    geometry = explanation.geometries[image] if explanation.geometries else usual
    values = explanation.map[image].detach().cpu()
    return overlay(picture, values, geometry.box, opacity=opacity, resample="bilinear")
