"""Objectives: what the loop makes small. Each turns a model and a batch into an outcome."""

from collections.abc import Callable

from saccade.table import Table
from saccade.training.objectives.classify import classify
from saccade.training.objectives.outcome import Examples, Outcome

Objective = Callable[..., Outcome]

OBJECTIVES: Table[Objective] = Table("objective", {"classify": classify})

__all__ = ["OBJECTIVES", "Examples", "Objective", "Outcome", "classify"]
