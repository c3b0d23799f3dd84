import pytest

from saccade.training.schedules import warmup_cosine


def test_by_hand() -> None:
    # T=10000, w=500, b=0.03: half of the way up, the top, half of the way down, the end.
    rates = [
        warmup_cosine(s, total=10_000, warmup=500, peak=0.03) for s in (250, 500, 5250, 10_000)
    ]
    assert rates == pytest.approx([0.015, 0.03, 0.015, 0.0], abs=1e-12)


def test_the_floor_is_kept_and_short_runs_work() -> None:
    assert warmup_cosine(100, total=100, warmup=0, peak=1.0, floor=0.1) == pytest.approx(0.1)
    assert warmup_cosine(500, total=100, warmup=10, peak=1.0, floor=0.1) == pytest.approx(0.1)
    assert warmup_cosine(0, total=1, warmup=0, peak=1.0) == 1.0
    assert 0 < warmup_cosine(1, total=1, warmup=3, peak=1.0) < 1


def test_it_rises_and_then_falls() -> None:
    rates = [warmup_cosine(s, total=100, warmup=10, peak=1.0) for s in range(101)]
    assert rates[:11] == sorted(rates[:11])
    assert rates[10:] == sorted(rates[10:], reverse=True)
