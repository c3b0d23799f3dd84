"""All measures of one map against where people looked, and their means over pictures.

Source: the measures stand in `gaze` and `gaze_density`, which name their papers.
Axes: h rows, w columns.
"""

from collections.abc import Callable, Iterable, Mapping

import torch
from torch import Tensor

from saccade.errors import SaccadeError
from saccade.inspection.evidence.bootstrap import Interval, bootstrap
from saccade.inspection.evidence.gaze import auc_borji, auc_judd, auc_shuffled, nss
from saccade.inspection.evidence.gaze_density import cc, kl, sim

MEASURES = ("nss", "auc_judd", "auc_borji", "auc_shuffled", "cc", "sim", "kl")
Scores = Mapping[str, float | None]


def measured(
    values: Tensor, counts: Tensor, density: Tensor, others: Tensor | None = None
) -> dict[str, float | None]:
    """Give each measure of a map by its name; None where one is not defined.

    Args:
        values: the map (h w).
        counts: of the fixations in each pixel (h w).
        density: of the fixations (h w).
        others: fixations of other pictures (h w); without them there is no shuffled AUC.
    """
    maps, looked, dense = values[None].double(), counts[None], density[None]
    above = maps - maps.amin()
    measures: dict[str, Callable[[], Tensor]] = {
        "nss": lambda: nss(maps, looked),
        "auc_judd": lambda: auc_judd(maps, looked),
        "auc_borji": lambda: auc_borji(maps, looked, generator=torch.Generator()),
        "cc": lambda: cc(maps, dense),
        "sim": lambda: sim(maps, dense),
        "kl": lambda: kl(above, dense),
    }
    if others is not None:
        measures["auc_shuffled"] = lambda: auc_shuffled(
            maps, looked, others[None], generator=torch.Generator()
        )
    return {name: _number(measures[name]) for name in MEASURES if name in measures}


def mean_of(scores: Iterable[Scores]) -> dict[str, float | None]:
    """Give the mean of each measure over those that have it; None where none has."""
    found: dict[str, list[float]] = {}
    for one in scores:
        for name, value in one.items():
            found.setdefault(name, []).extend([] if value is None else [value])
    return {name: sum(own) / len(own) if own else None for name, own in found.items()}


def intervals(scores: Iterable[Scores], *, seed: int = 0) -> dict[str, Interval | None]:
    """Give mean and 95 % interval of each measure over pictures; None where none has it.

    Args:
        scores: of one picture each.
        seed: of the draws; they are the same for each measure.
    """
    rows = list(scores)
    found: dict[str, Interval | None] = {}
    for name in MEASURES:
        values = [row[name] for row in rows if row.get(name) is not None]
        drawn = torch.Generator().manual_seed(seed)
        found[name] = bootstrap(torch.tensor(values), generator=drawn) if values else None
    return found


def _number(measure: Callable[[], Tensor]) -> float | None:
    try:
        value = float(measure()[0])
    except SaccadeError:  # no mass, no fixation
        return None
    return value if value == value else None
