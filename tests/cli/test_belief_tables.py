"""Tables of tests: whole output on known numbers."""

import pytest

from saccade.cli.belief_tables import tell_beliefs, tell_gaze, tell_pointing
from saccade.explanation.belief import Belief, summarise


@pytest.fixture(autouse=True)
def plain(monkeypatch):
    monkeypatch.setenv("LC_ALL", "C")


def row(value: float, **changes) -> dict:
    areas = {"value": value, "random": 0.5, "random_spread": 0.1, "advantage": abs(value - 0.5)}
    tests = {"insertion": areas, "deletion": areas, "weights": 0.1, "shift": 0.9}
    return {**tests, "verdict": ["believable"], "reasons": {}, **changes}


def test_each_picture_and_the_mean(capsys) -> None:
    rows = [("a", row(0.75)), ("b", row(0.25, shift=None, reasons={"shift": "too small"}))]
    tell_beliefs(rows, summarise([one for _, one in rows]), "rollout")
    told = capsys.readouterr()
    lines = told.out.splitlines()
    assert lines[0].endswith("(method: rollout)")
    assert lines[3].split("   ")[0] == "a"
    assert "0.750 (random 0.500)" in lines[3]
    assert lines[5].startswith("mean of 2")
    assert "0.500 ± 0.354 (random 0.500)" in lines[5]
    assert told.err == "b: moved 1 px could not be tested: too small\n"


def test_nothing_measured_is_a_dash(capsys) -> None:
    told = Belief().to_dict()
    tell_beliefs([("a", told)], summarise([told]), "rollout")
    assert capsys.readouterr().out.splitlines()[3].split()[:5] == ["a", "-", "-", "-", "-"]


def test_pointing_and_gaze(capsys) -> None:
    tell_pointing([])
    played = [{"hit": True, "inside": 0.5, "area": 0.25}, {"hit": False, "inside": None, "area": 0}]
    tell_pointing(played)
    mean = {"mean": 0.5, "spread": 0.25}
    tell_gaze(("nss",), {"map": {"nss": mean}, "centre": {"nss": {"mean": None}}}, 3)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("pointing game: 1 of 2 pictures hit")
    assert "50.0% of the map inside the boxes, which cover 12.5%" in lines[0]
    assert lines[-2].split() == ["map", "0.500", "±", "0.250"]
    assert lines[-1].endswith("-")
