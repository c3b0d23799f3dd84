"""Intervals around means."""

import pytest
import torch

from saccade.errors import ConfigError, ShapeError
from saccade.inspection.evidence.bootstrap import bootstrap


def test_near_the_normal_interval(normal, generator):
    values = normal(400)
    found = bootstrap(values, generator=generator)
    half = 1.96 * float(values.std()) / 20
    assert found.mean == pytest.approx(float(values.mean()))
    assert found.low == pytest.approx(found.mean - half, abs=0.012)
    assert found.high == pytest.approx(found.mean + half, abs=0.012)


def test_numbers_repeat_and_nan_is_left_out(normal):
    values = torch.cat([normal(20), torch.tensor([torch.nan])])
    first, again = (bootstrap(values, generator=torch.Generator().manual_seed(5)) for _ in range(2))
    assert first == again
    assert first.count == 20
    assert first.to_dict()["count"] == 20


def test_one_value_is_sure_of_itself():
    assert bootstrap(torch.tensor([2.0])).to_dict() == {"mean": 2, "low": 2, "high": 2, "count": 1}


def test_coverage(generator):
    # Of 200 samples of 30, about 95 % of the intervals hold the true mean 0; few enough miss it.
    inside = 0
    for _ in range(200):
        values = torch.randn(30, generator=generator)
        found = bootstrap(values, draws=300, generator=generator)
        inside += found.low <= 0 <= found.high
    assert 178 <= inside <= 198


@pytest.mark.parametrize(
    ("values", "options", "error", "sentence"),
    [
        (torch.tensor([torch.nan]), {}, ShapeError, "one number or more, got none"),
        (torch.ones(2), {"level": 1.0}, ConfigError, r"a level in \(0, 1\)"),
        (torch.ones(2), {"draws": 0}, ConfigError, "draws of 1 or more"),
    ],
)
def test_out_of_range(values, options, error, sentence):
    with pytest.raises(error, match=sentence):
        bootstrap(values, **options)
