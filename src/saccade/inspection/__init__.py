"""Looking into models: their attention, their positions, their first filters."""

from saccade.inspection.composition import compose
from saccade.inspection.description import Description, LayerFact, describe
from saccade.inspection.drawing import draw
from saccade.inspection.kit.atlas import HeadAtlas, HeadEntry, atlas_rows
from saccade.inspection.kit.distance import (
    attention_distance,
    attention_entropy,
    row_distances,
    uniform_distance,
)
from saccade.inspection.kit.entropy import Spread, effective_keys, row_entropies, spread_of
from saccade.inspection.kit.filters import Components, embedding_filters
from saccade.inspection.kit.flow import FlowMap, attention_flow
from saccade.inspection.kit.gradient_rollout import generic_attention, gradient_rollout
from saccade.inspection.kit.heads import enlarge, head_maps, keep_mass
from saccade.inspection.kit.kernel import PositionKernel
from saccade.inspection.kit.positional import position_kernels
from saccade.inspection.kit.positions import position_similarity
from saccade.inspection.kit.rollout import rollout, to_grid
from saccade.inspection.kit.rollout_rows import RolloutStream, rollout_rows, step_back
from saccade.inspection.kit.sinks import Sinks, high_norms, mass_on, received, strongest
from saccade.inspection.layer_map import LayerMap
from saccade.inspection.looking import Look
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
from saccade.inspection.record import record
from saccade.inspection.render import colour_map, overlay
from saccade.inspection.trace import Trace

__all__ = [
    "Bars",
    "Boxes",
    "Components",
    "Description",
    "FlowMap",
    "HeadAtlas",
    "HeadEntry",
    "Heat",
    "LayerFact",
    "LayerMap",
    "Look",
    "Mesh",
    "PositionKernel",
    "QueryHeat",
    "RolloutStream",
    "Sinks",
    "Spread",
    "Trace",
    "atlas_rows",
    "attention_distance",
    "attention_entropy",
    "attention_flow",
    "colour_map",
    "compose",
    "describe",
    "draw",
    "effective_keys",
    "embedding_filters",
    "enlarge",
    "generic_attention",
    "gradient_rollout",
    "head_maps",
    "heat",
    "high_norms",
    "keep_mass",
    "mass_on",
    "overlay",
    "pictures",
    "position_kernels",
    "position_similarity",
    "received",
    "record",
    "rollout",
    "rollout_rows",
    "row_distances",
    "row_entropies",
    "row_entropy",
    "spread_of",
    "step_back",
    "strongest",
    "to_grid",
    "uniform_distance",
]
