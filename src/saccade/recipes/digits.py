"""A small vision transformer on the 1,797 handwritten digits that scikit-learn ships.

The recipe of `saccade demo`.
"""

from saccade.recipes.recipe import Recipe
from saccade.training.config import TrainConfig

# All 1,437 training digits are learned from: nothing is chosen by validation, so none is kept back.
recipe = Recipe(
    data="digits",
    config=TrainConfig(val_fraction=0.0),
    expected="98.6 to 99.2 % of 360 held-out digits over 3 seeds, in 51 to 53 s on two busy cores",
)
