"""Looking into models: their attention, their positions, their first filters."""

from saccade.inspection.composition import compose
from saccade.inspection.distance import attention_distance, attention_entropy, uniform_distance
from saccade.inspection.drawing import draw
from saccade.inspection.filters import Components, embedding_filters
from saccade.inspection.layer_map import LayerMap
from saccade.inspection.pictures import (
    Bars,
    Boxes,
    Heat,
    Mesh,
    QueryHeat,
    heat,
    pictures,
    row_entropy,
)
from saccade.inspection.positions import position_similarity
from saccade.inspection.record import record
from saccade.inspection.render import colour_map, overlay
from saccade.inspection.rollout import rollout, to_grid
from saccade.inspection.trace import Trace

__all__ = [
    "Bars",
    "Boxes",
    "Components",
    "Heat",
    "LayerMap",
    "Mesh",
    "QueryHeat",
    "Trace",
    "attention_distance",
    "attention_entropy",
    "colour_map",
    "compose",
    "draw",
    "embedding_filters",
    "heat",
    "overlay",
    "pictures",
    "position_similarity",
    "record",
    "rollout",
    "row_entropy",
    "to_grid",
    "uniform_distance",
]
