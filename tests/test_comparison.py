"""The cost ruler."""

from pathlib import Path

import pytest

from saccade.attention.create import ROLES
from saccade.comparison import ENTRIES, PLAIN, Budget, chosen, compare, costs, model_options
from saccade.errors import ConfigError, UnknownName
from tests.samples import dark_and_light


def test_every_mechanism_for_maps_is_compared() -> None:
    compared = {mechanism for mechanism, _ in ENTRIES.values()}
    assert compared == {None, *ROLES}
    assert chosen(["all"]) == list(ENTRIES)
    assert chosen(["vector", PLAIN, "vector"]) == [PLAIN, "vector"]


def test_a_choice_that_does_not_exist() -> None:
    with pytest.raises(UnknownName, match=r"got 'nonlocal'; try non_local"):
        chosen(["nonlocal"])


def test_each_network_differs_by_its_mechanism_alone() -> None:
    found = costs(list(ENTRIES), Budget(rounds=1, batch=1), size=(16, 16))
    plain = found[PLAIN]
    # SE adds 2·32²/16 weights and 2 + 32 biases to each of the two blocks.
    assert found["squeeze_excitation"].parameters == plain.parameters + 2 * (128 + 34)
    # A non-local block of 32 channels: four 1x1 convolutions with 16 hidden channels, and a norm.
    assert found["non_local"].parameters == plain.parameters + 4 * 512 + 48 + 32 + 64
    assert found["local_self"].parameters < plain.parameters
    assert all(cost.multiply_adds > 0 and cost.peak_bytes > 0 for cost in found.values())


def test_a_comparison_trains_and_measures(tmp_path: Path) -> None:
    dark_and_light(tmp_path / "data")
    budget = Budget(epochs=1, seeds=1, rounds=1, batch=2, out=str(tmp_path / "runs"))
    told: list[str] = []
    rows = compare(str(tmp_path / "data"), ["squeeze_excitation"], budget, told.append)
    assert [row.name for row in rows] == [PLAIN, "squeeze_excitation"]
    assert [row.role for row in rows] == ["", "branch"]
    assert all(0.0 <= row.accuracy <= 1.0 for row in rows)
    assert len(told) == 2
    written = rows[1].to_dict()
    assert written["accuracy"] == pytest.approx(rows[1].accuracies[0], abs=1e-5)
    assert written["ms_least"] <= written["ms"] <= written["ms_most"]


def test_options_put_the_mechanism_into_the_stage() -> None:
    assert model_options(PLAIN, 2) == {}
    assert model_options("reduced", 3)["attention_stages"] == (3,)


def test_a_budget_that_cannot_work() -> None:
    with pytest.raises(ConfigError, match="expected stage 1, 2 or 3, got 4; try stage=2"):
        Budget(stage=4)
    with pytest.raises(ConfigError, match="expected seeds of at least 1, got 0; try seeds=2"):
        Budget(seeds=0)
