"""Of a product of parameters a plain run takes a few cases; `make slow` takes the others."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping

import pytest

Values = frozenset[Hashable]
FEW = 6  # a product of fewer cases is run whole


def values(item: pytest.Item) -> Values:
    """What is given to a test: a value for each of its decorators and parametrised fixtures."""
    params = dict(item.callspec.params)  # type: ignore[attr-defined]
    given: set[Hashable] = set()
    for mark in item.iter_markers("parametrize"):
        names = mark.args[0]
        names = names.split(",") if isinstance(names, str) else names
        together = tuple(name.strip() for name in names)
        given.add((together, tuple(id(params.pop(name, None)) for name in together)))
    return frozenset(given | {(name, id(value)) for name, value in params.items()})


def covering(cases: Mapping[str, Values]) -> set[str]:
    """Choose few cases that show each value at least once; of equally good ones the earliest."""
    left = set().union(*cases.values())
    chosen = set()
    while left:
        best = max(cases, key=lambda name: len(left & cases[name]))
        chosen.add(best)
        left -= cases[best]
    return chosen


def thin(items: Iterable[pytest.Item]) -> None:
    """Mark as `slow` the cases of a product whose values other cases show too."""
    groups: dict[str, dict[str, Values]] = defaultdict(dict)
    found = {item.nodeid: item for item in items if hasattr(item, "callspec")}
    for name, item in found.items():
        if item.get_closest_marker("slow") is None:
            groups[name.partition("[")[0]][name] = values(item)
    for cases in groups.values():
        if len(cases) >= FEW:
            for name in cases.keys() - covering(cases):
                found[name].add_marker("slow")
