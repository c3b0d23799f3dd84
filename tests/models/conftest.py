"""Large networks are built in `make slow` only; the smallest of each family always."""

from collections import defaultdict

import pytest

from saccade.models.catalog import CATALOG

_SMALL, _LARGE = 12_000_000, 60_000_000  # parameters


def _named(items: list[pytest.Item]) -> dict[str, dict[str, list[pytest.Item]]]:
    """The tests of each network by name, for each function that asks for networks."""
    found: dict[str, dict[str, list[pytest.Item]]] = defaultdict(lambda: defaultdict(list))
    names = set(CATALOG.names())
    for item in items:
        name = getattr(getattr(item, "callspec", None), "params", {}).get("name")
        if isinstance(name, str) and name in names:
            found[item.nodeid.partition("[")[0]][name].append(item)
    return found


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as `slow` what is asked of networks that are not small, and as `large` of large ones."""
    for asked in _named(items).values():
        by_size = sorted(asked, key=lambda name: CATALOG[name].parameters, reverse=True)
        smallest = {CATALOG[name].config: name for name in by_size}.values()
        for name, tests in asked.items():
            size = CATALOG[name].parameters
            for item in tests:
                if size > _LARGE or (size > _SMALL and name not in smallest):
                    item.add_marker("slow")
                if size > _LARGE:
                    item.add_marker("large")
