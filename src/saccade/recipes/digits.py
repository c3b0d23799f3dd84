"""A small vision transformer on the 1,797 handwritten digits that scikit-learn ships.

The recipe of `saccade demo`.
"""

from saccade.recipes.recipe import Recipe
from saccade.training.config import TrainConfig

recipe = Recipe(data="digits", config=TrainConfig(val_fraction=0.0), expected="")
