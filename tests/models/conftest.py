"""Large networks are built in `make slow` only; the small ones of each family always."""

import pytest

from saccade.models.catalog import CATALOG

_LARGE = 60_000_000  # parameters


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as `slow` and `large` what is asked of a large network."""
    names = CATALOG.names()
    for item in items:
        given = getattr(getattr(item, "callspec", None), "params", {})
        name = given.get("name")
        if isinstance(name, str) and name in names and CATALOG[name].parameters > _LARGE:
            item.add_marker("slow")
            item.add_marker("large")
