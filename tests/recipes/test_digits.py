from saccade.recipes.digits import recipe


def test_the_demo_says_what_to_expect() -> None:
    assert recipe.data == "digits"
    assert recipe.expected
