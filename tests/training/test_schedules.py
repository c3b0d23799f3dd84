import pytest

from saccade.training.schedules import learning_rate, warmup_cosine


def test_by_hand() -> None:
    # T=10000, w=500, b=0.03: half of the way up, the top, half of the way down, the end.
    told = {"total": 10_000, "warmup": 500, "peak": 0.03}
    rates = [learning_rate(s, **told) for s in (250, 500, 5250, 10_000)]
    assert rates == pytest.approx([0.015, 0.03, 0.015, 0.0], abs=1e-12)
    assert rates == [warmup_cosine(s, **told) for s in (250, 500, 5250, 10_000)]
    line = [learning_rate(s, sched="linear", floor=1e-5, **told) for s in (500, 5250, 10_000)]
    assert line == pytest.approx([0.03, 0.015005, 1e-5])


def test_poly_by_hand() -> None:
    # Half of the way: 0.5 to the power of 0.9; the end: nothing.
    told = {"sched": "poly", "total": 1000, "warmup": 0, "peak": 0.01}
    rates = [learning_rate(s, **told) for s in (0, 500, 900, 1000)]
    assert rates == pytest.approx([0.01, 0.01 * 0.5**0.9, 0.01 * 0.1**0.9, 0.0])


def test_the_hyperrule_by_hand() -> None:
    # 500 steps: 100 to warm up, then divided by ten at 200, 300 and 400.
    told = {"sched": "step", "total": 500, "warmup": 100, "peak": 0.003, "places": (0.4, 0.6, 0.8)}
    rates = [learning_rate(s, **told) for s in (50, 100, 199, 200, 299, 300, 400, 499)]
    by_hand = [1.5e-3, 3e-3, 3e-3, 3e-4, 3e-4, 3e-5, 3e-6, 3e-6]
    assert rates == pytest.approx(by_hand)


def test_a_warm_up_starts_where_it_is_told() -> None:
    # DeiT: from 1e-6 to 1e-3 along a line.
    told = {"total": 100, "warmup": 10, "peak": 1e-3, "start": 1e-6, "floor": 1e-5}
    assert learning_rate(0, **told) == 1e-6
    assert learning_rate(5, **told) == pytest.approx(1e-6 + 0.5 * (1e-3 - 1e-6))
    assert learning_rate(10, **told) == 1e-3
    assert learning_rate(100, **told) == 1e-5


def test_the_floor_is_kept_and_short_runs_work() -> None:
    assert learning_rate(100, total=100, warmup=0, peak=1.0, floor=0.1) == pytest.approx(0.1)
    assert learning_rate(500, total=100, warmup=10, peak=1.0, floor=0.1) == pytest.approx(0.1)
    assert learning_rate(0, total=1, warmup=0, peak=1.0) == 1.0
    assert 0 < learning_rate(1, total=1, warmup=3, peak=1.0) < 1


def test_it_rises_and_then_falls() -> None:
    for sched in ("cosine", "linear", "step"):
        rates = [learning_rate(s, sched=sched, total=100, warmup=10, peak=1.0) for s in range(101)]
        assert rates[:11] == sorted(rates[:11])
        assert rates[10:] == sorted(rates[10:], reverse=True)
