"""Looking into models: their attention, their positions, their first filters."""

from saccade.inspection.distance import attention_distance, attention_entropy, uniform_distance
from saccade.inspection.filters import Components, embedding_filters
from saccade.inspection.positions import position_similarity
from saccade.inspection.record import record
from saccade.inspection.render import colour_map, overlay
from saccade.inspection.rollout import rollout, to_grid
from saccade.inspection.trace import LayerMap, Trace

__all__ = [
    "Components",
    "LayerMap",
    "Trace",
    "attention_distance",
    "attention_entropy",
    "colour_map",
    "embedding_filters",
    "overlay",
    "position_similarity",
    "record",
    "rollout",
    "to_grid",
    "uniform_distance",
]
