from saccade.models import list_models
from saccade.recipes.digits import recipe


def test_the_demo_names_its_model_and_what_to_expect() -> None:
    assert recipe.data == "digits"
    assert recipe.config.model in list_models()
    assert recipe.expected
