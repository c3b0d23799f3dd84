"""A plain run shows each value of each parameter, whatever it leaves to `make slow`."""

from itertools import product

import pytest

from tests.products import FEW, covering, values


@pytest.mark.parametrize("left", "abc")
@pytest.mark.parametrize(("one", "two"), [(1, 1), (1, 2)])
def test_values_of_one_decorator_stay_together(
    request: pytest.FixtureRequest, left: str, one: int, two: int
) -> None:
    assert values(request.node) == {
        (("left",), (id(left),)),
        (("one", "two"), (id(one), id(two))),
    }


def test_each_value_is_shown_and_as_few_cases_as_may_be() -> None:
    cases = {f"{a}{b}{c}": frozenset({a, b, c}) for a, b, c in product("ab", "123", "wxyz")}
    chosen = covering(cases)
    assert len(chosen) == 4
    assert set().union(*map(set, chosen)) == set("ab123wxyz")


def test_a_list_of_cases_stays_whole() -> None:
    cases = {str(number): frozenset({number}) for number in range(2 * FEW)}
    assert covering(cases) == set(cases)
