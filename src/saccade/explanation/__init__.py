"""Explaining answers: which part of an image made a model say what it says."""

from saccade.explanation.answer import Answer
from saccade.explanation.explain import METHODS, explain
from saccade.explanation.explanation import Explanation

__all__ = ["METHODS", "Answer", "Explanation", "explain"]
