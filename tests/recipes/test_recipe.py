import pytest

from saccade.errors import UnknownName
from saccade.recipes import RECIPES, Recipe


def test_the_table_holds_recipes() -> None:
    assert all(isinstance(recipe, Recipe) for recipe in RECIPES.values())
    with pytest.raises(UnknownName, match="the name of a recipe, got 'digit'; try digits"):
        RECIPES["digit"]
