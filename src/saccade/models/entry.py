"""Entry: what the catalogue says of one model."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Entry:
    """One model.

    Args:
        path: "module:Class"; the class takes a config, whose type stands in `config`.
        config: name of the config class in the same module.
        changes: what differs from the config's defaults.
        parameters: number of parameters.
        source: the paper and table that the sizes come from.
        preprocessing: what the published weights of this name expect.
        task: "classify" pictures, "segment" pictures, or classify "video" clips.
    """

    path: str
    config: str
    changes: Mapping[str, object]
    parameters: int
    source: str
    preprocessing: Mapping[str, object] = field(default_factory=dict)
    task: str = "classify"
