import pytest

from saccade.errors import ConfigError
from saccade.training.early import Patience


def test_by_hand() -> None:
    goals = [0.5, 0.7, 0.6, 0.7, 0.65]
    stops = [Patience(3).reason(goals[:count]) for count in range(6)]
    assert stops[:5] == [None] * 5
    assert stops[5] == "no better epoch than 2 (0.7000) in the 3 that followed"
    assert Patience(3).reason([*goals[:4], 0.8, 0.8]) is None


def test_a_gain_may_be_too_small() -> None:
    goals = [0.5, 0.505, 0.509, 0.52]
    assert Patience(3, least=0.03).reason(goals) is not None
    assert Patience(3, least=0.015).reason(goals) is None


def test_epochs_without_a_number_are_no_better() -> None:
    assert Patience(2).reason([None, None, None]) is None
    assert Patience(2).reason([0.5, None, float("nan")]) is not None
    told = Patience(2).reason([float("nan"), float("nan")])
    assert told == "no epoch gave a number to choose by in 2 epochs"


def test_errors() -> None:
    with pytest.raises(ConfigError, match="a patience of 1 epoch or more, got 0"):
        Patience(0)
    with pytest.raises(ConfigError, match="a least gain of 0 or more"):
        Patience(1, least=-0.1)
