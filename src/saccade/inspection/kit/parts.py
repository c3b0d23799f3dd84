"""The parts of the kit that look at pictures, by name."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from saccade.inspection.kit.atlas_part import AtlasPart
from saccade.inspection.kit.findings import Choice, Part
from saccade.inspection.kit.pictures import FlowPart, HeadsPart
from saccade.inspection.kit.rollout_part import RolloutPart
from saccade.inspection.kit.sinks_part import SinksPart
from saccade.inspection.kit.tables import distance_part, entropy_part

PARTS: Mapping[str, Callable[[Choice], Part]] = MappingProxyType(
    {
        "distance": distance_part,
        "entropy": entropy_part,
        "heads": HeadsPart,
        "rollout": RolloutPart,
        "flow": FlowPart,
        "sinks": SinksPart,
        "atlas": AtlasPart,
    }
)
