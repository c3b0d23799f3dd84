"""Classes of teacher and student, told by their names."""

import pytest

from saccade.errors import ConfigError
from saccade.training.distillation.classes import aligned


def test_another_order_and_more_classes() -> None:
    assert aligned(("b", "x", "a"), ("a", "b"), teacher="t") == [2, 0]


def test_case_underscores_and_synonyms() -> None:
    known = ("tench, Tinca tinca", "crane", "Crane", "great white shark, white shark")
    assert aligned(known, ("Tinca_tinca", "White_Shark"), teacher="t") == [0, 3]
    assert aligned(known, ("crane", "Crane"), teacher="t") == [1, 2]  # exact names come first


def test_a_synonym_of_two_classes_is_none() -> None:
    with pytest.raises(ConfigError, match="lacks crane"):
        aligned(("crane, bird", "crane, machine"), ("crane", "bird"), teacher="t")


def test_errors_name_the_classes() -> None:
    told = (
        r"^expected a teacher that knows the classes rows, plain, got net, which lacks plain and "
        r"knows rows, columns; try one that was trained on pictures of these classes$"
    )
    with pytest.raises(ConfigError, match=told):
        aligned(("rows", "columns"), ("rows", "plain"), teacher="net")
    with pytest.raises(ConfigError, match="to which several of them are cat, pussy"):
        aligned(("cat, pussy", "dog"), ("Cat", "pussy"), teacher="net")
    with pytest.raises(ConfigError, match="v and 4 more"):
        aligned(tuple("rstuvwxyz"), ("a",), teacher="net")
