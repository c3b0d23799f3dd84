"""Experiments as data: what to train, on what, and what to expect."""

from saccade.recipes import digits
from saccade.recipes.recipe import Recipe
from saccade.table import Table

RECIPES: Table[Recipe] = Table("recipe", {"digits": digits.recipe})

__all__ = ["RECIPES", "Recipe"]
