"""Verdicts: every limit from both sides, and means worked out by hand."""

import pytest
import torch

from saccade.explanation.belief import LIMITS, VERDICTS, Belief, Followed, judged, summarise


def followed(own: list[float], *random: list[float], lower: bool) -> Followed:
    shares = torch.linspace(0, 1, len(own))
    return Followed(shares, torch.tensor([own]), torch.tensor([[each] for each in random]), lower)


def good(**changes) -> Belief:
    # Areas: insertion (0 + 1)/4 + (1 + 1)/4 = 0.75, random 0.5 and 0.25.
    insertion = followed([0, 1, 1], [0, 0.5, 1], [0, 0, 1], lower=False)
    deletion = followed([1, 0, 0], [1, 0.5, 0], [1, 1, 0], lower=True)
    tests = {"insertion": insertion, "deletion": deletion}
    return Belief(
        **{**tests, "weights": torch.tensor([0.1]), "shift": torch.tensor([0.9]), **changes}
    )


def test_by_hand() -> None:
    told = good(classes=torch.tensor([4])).to_dict()
    assert told["insertion"]["value"] == 0.75
    assert told["insertion"]["random"] == 0.375
    assert told["deletion"]["advantage"] == pytest.approx(0.625 - 0.25)
    # Both advantages are 0.375; insertion less deletion of the random orders is 0 and -0.5, half of
    # that deviates by 0.177, and twice that is 0.354.
    assert told["verdict"] == ["believable"]
    assert (told["followed"], told["words"]) == (4, VERDICTS["believable"])


@pytest.mark.parametrize(
    ("numbers", "verdict"),
    [
        ((0.2, 0.05, 0.1, 0.9), ("believable",)),
        ((0.09, 0.05, 0.1, 0.9), ("random",)),
        ((0.009, 0.0, 0.1, 0.9), ("random",)),  # nothing to gain at all
        ((-0.2, 0.0, 0.1, 0.9), ("random",)),
        ((0.2, 0.05, 0.5, 0.9), ("weights",)),
        ((0.2, 0.05, -0.6, 0.9), ("weights",)),  # the opposite map depends on them as little
        ((0.2, 0.05, 0.1, 0.79), ("unstable",)),
        ((0.2, 0.05, None, 0.9), ("unmeasured",)),
        ((None, None, 0.7, 0.1), ("weights", "unstable", "unmeasured")),
    ],
)
def test_limits(numbers, verdict) -> None:
    assert judged(*numbers) == verdict
    assert set(verdict) <= set(VERDICTS)


def test_what_is_no_number_is_not_told() -> None:
    told = good(weights=torch.tensor([torch.nan]), shift=None).to_dict()
    assert (told["weights"], told["shift"]) == (None, None)
    assert told["verdict"] == ["unmeasured"]


def test_one_random_order_has_no_spread() -> None:
    insertion = followed([0, 1, 1], [0, 0.5, 1], lower=False)
    deletion = followed([1, 0, 0], [1, 0.5, 0], lower=True)
    told = good(insertion=insertion, deletion=deletion).to_dict()
    assert told["insertion"]["random_spread"] is None
    assert told["verdict"] == ["believable"]


def test_means_and_spread() -> None:
    rows = [good(shift=torch.tensor([value])).to_dict() for value in (0.5, 0.9)]
    found = summarise(rows)
    assert found["images"] == 2
    assert found["shift"]["mean"] == pytest.approx(0.7)
    assert found["shift"]["spread"] == pytest.approx(0.4 / 2**0.5)
    assert found["insertion"]["advantage"] == pytest.approx(0.375)
    assert found["verdict"] == ["unstable"]
    alone = summarise(rows[:1])
    assert (alone["verdict"], alone["shift"]["spread"]) == (["unstable"], 0.0)
    nothing = summarise([Belief().to_dict(), Belief().to_dict()])
    assert nothing["insertion"] == {"mean": None, "spread": 0.0, "count": 0}
    assert nothing["verdict"] == ["unmeasured"]
    assert LIMITS["spreads"] == 2
