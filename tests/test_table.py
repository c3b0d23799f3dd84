"""Tables."""

import pytest

from saccade.errors import UnknownName
from saccade.table import Table

COLOURS = Table("colour", {"dark_red": 1, "dark_blue": 2, "green": 3})


def test_is_a_mapping_in_order() -> None:
    assert dict(COLOURS) == {"dark_red": 1, "dark_blue": 2, "green": 3}
    assert list(COLOURS) == ["dark_red", "dark_blue", "green"]
    assert (len(COLOURS), "green" in COLOURS, "blue" in COLOURS) == (3, True, False)
    assert (COLOURS["green"], COLOURS.get("blue")) == (3, None)


def test_patterns() -> None:
    assert COLOURS.names() == list(COLOURS)
    assert COLOURS.names("dark*") == ["dark_red", "dark_blue"]
    assert COLOURS.names("Dark*") == []


def test_later_changes_of_the_entries_do_not_reach_the_table() -> None:
    entries = {"a": 1}
    table = Table("letter", entries)
    entries["b"] = 2
    assert list(table) == ["a"]


@pytest.mark.parametrize(
    ("name", "near"), [("dark_rde", "dark_red or"), ("xyz", "dark_red or dark_blue or green")]
)
def test_a_name_that_is_not_there(name: str, near: str) -> None:
    with pytest.raises(UnknownName) as error:
        COLOURS[name]
    assert str(error.value).startswith(f"expected the name of a colour, got '{name}'; try {near}")
