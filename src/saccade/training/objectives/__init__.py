"""Objectives: what the loop makes small. Each turns a model and a batch into an outcome."""

from saccade.training.objectives.classify import classify
from saccade.training.objectives.multilabel import multilabel
from saccade.training.objectives.outcome import Examples, Outcome

__all__ = ["Examples", "Outcome", "classify", "multilabel"]
