"""Drawing places, the learning rule of hard attention, and the doubly stochastic term."""

import math
from itertools import product

import pytest
import torch

from saccade.errors import ConfigError, ShapeError
from saccade.models.words.hard_attention import (
    Baseline,
    HardAttentionConfig,
    choose,
    doubly_stochastic,
    draw_choice,
    reinforce_loss,
)

WEIGHTS = torch.tensor([[0.1, 0.6, 0.3], [0.5, 0.2, 0.3]], dtype=torch.float64)


def test_the_expectation_and_the_heaviest_place() -> None:
    assert choose(WEIGHTS, "expectation") is WEIGHTS
    assert choose(WEIGHTS, "argmax").tolist() == [[0, 1, 0], [1, 0, 0]]


def test_places_are_drawn_by_their_weights() -> None:
    many = WEIGHTS[:1].expand(20_000, -1)
    drawn = choose(many, "sample", torch.Generator().manual_seed(0))
    assert (drawn.sum(1) == 1).all()
    torch.testing.assert_close(drawn.mean(0), WEIGHTS[0], atol=0.01, rtol=0)
    again = choose(many, "sample", torch.Generator().manual_seed(0))
    assert torch.equal(drawn, again)


def test_a_place_without_weight_is_never_drawn() -> None:
    weights = torch.tensor([[0.0, 1.0, 0.0], [0.0, 0.0, 0.0]]).repeat(500, 1)
    drawn = choose(weights, "sample", torch.Generator().manual_seed(0))
    assert (drawn[0::2] == torch.tensor([0.0, 1.0, 0.0])).all()
    assert not drawn[1::2].any()


def test_a_minibatch_is_drawn_as_one() -> None:
    generator = torch.Generator().manual_seed(0)
    draws = [draw_choice(HardAttentionConfig(), generator) for _ in range(400)]
    assert set(draws) == {"sample", "expectation"}
    assert 160 < draws.count("sample") < 240
    assert draw_choice(HardAttentionConfig(semi_sampling=0.0)) == "expectation"
    assert draw_choice(HardAttentionConfig(semi_sampling=1.0)) == "sample"


def test_the_gradient_at_the_weights_is_the_rule() -> None:
    torch.manual_seed(0)
    weights = torch.randn(2, 3, 4, dtype=torch.float64).softmax(-1).requires_grad_()
    costs = torch.rand(2, 3, dtype=torch.float64)
    chosen = torch.stack([choose(w, "sample") for w in weights.unbind(1)], 1)
    (found,) = torch.autograd.grad(reinforce_loss(costs, weights, chosen, baseline=0.3), weights)
    for b, t, j in product(range(2), range(3), range(4)):
        alpha = float(weights.detach()[b, t, j])
        told = (0.3 - float(costs[b].mean())) / 10 * (-float(chosen[b, t, j]) / alpha)
        told += 0.002 * (math.log(alpha) + 1)
        assert float(found[b, t, j]) == pytest.approx(told, rel=1e-12)
    mean = reinforce_loss(costs, weights, chosen, baseline=0.3, reduction="mean")
    torch.testing.assert_close(2 * mean, reinforce_loss(costs, weights, chosen, baseline=0.3))


def test_on_average_it_is_the_gradient_of_the_expected_cost() -> None:
    scores = torch.tensor([0.3, -0.5, 0.9], dtype=torch.float64, requires_grad=True)
    cost = torch.tensor([2.0, 0.5, 1.0], dtype=torch.float64)  # of reading each place
    (exact,) = torch.autograd.grad((scores.softmax(0) * cost).sum(), scores)
    config = HardAttentionConfig(reward_scale=1.0, entropy_scale=0.0)
    total = torch.zeros(3, dtype=torch.float64)
    for place in range(3):
        weights = scores.softmax(0)
        chosen = torch.eye(3, dtype=torch.float64)[place][None, None]
        loss = reinforce_loss(
            cost[place].view(1, 1), weights[None, None], chosen, baseline=0.7, config=config
        )
        (gradient,) = torch.autograd.grad(loss, scores)
        total += weights[place].detach() * gradient
    torch.testing.assert_close(total, exact)


def test_without_a_draw_only_the_entropy_is_left() -> None:
    weights = torch.full((1, 2, 4), 0.25)
    loss = reinforce_loss(torch.ones(1, 2), weights, None)
    assert float(loss) == pytest.approx(0.002 * 2 * math.log(0.25))


def test_padded_steps_have_no_gradient() -> None:
    scores = torch.zeros(1, 2, 3, requires_grad=True)
    padded = torch.tensor([False, True])[None, :, None]
    weights = scores.softmax(-1).masked_fill(padded, 0.0)
    chosen = torch.tensor([[[1.0, 0, 0], [0, 0, 0]]])
    reinforce_loss(torch.tensor([[2.0, 0.0]]), weights, chosen).backward()
    assert scores.grad[0, 0].any()
    assert not scores.grad[0, 1].any()


def test_the_baseline_is_a_moving_mean() -> None:
    baseline = Baseline()
    assert baseline.update(torch.tensor([[2.0, 4.0]])) == pytest.approx(0.3)
    assert baseline.update(torch.tensor([[2.0, 4.0]])) == pytest.approx(0.9 * 0.3 + 0.3)


def test_the_three_scales_of_the_doubly_stochastic_term() -> None:
    # Five steps give each place 1.25 ± x in all: Σ_j (1 - Σ_t α)² = 4 (0.25² + x²) = 0.879.
    x = math.sqrt((0.879 - 0.25) / 4)
    step = torch.tensor([1.0, -1.0, 1.0, -1.0]) * x / 5 + 0.25
    weights = step.expand(3, 5, 4)
    told = [doubly_stochastic(weights, reduction=r) for r in ("paper", "official", "tutorial")]
    assert [round(float(value), 3) for value in told] == [0.879, 0.659, 0.220]
    assert float(doubly_stochastic(weights, target=1.25)) == pytest.approx(0.879 - 0.25, abs=1e-6)


def test_the_term_as_the_formula_says_without_padding() -> None:
    torch.manual_seed(0)
    weights = torch.randn(3, 5, 4).softmax(-1)
    mask = torch.arange(5) < torch.tensor([[5], [2], [3]])
    expected = 0.0
    for b, length in enumerate((5, 2, 3)):
        for j in range(4):
            expected += (1 - sum(float(weights[b, t, j]) for t in range(length))) ** 2 / 3
    assert float(doubly_stochastic(weights, mask)) == pytest.approx(expected, rel=1e-5)


def test_what_cannot_work_is_told() -> None:
    with pytest.raises(ConfigError, match="paper, official, tutorial"):
        doubly_stochastic(torch.ones(1, 1, 1), reduction="sum")
    with pytest.raises(ConfigError, match="expectation, sample, argmax"):
        choose(WEIGHTS, "best")
    with pytest.raises(ConfigError, match="at_test"):
        HardAttentionConfig(at_test="sample")
    with pytest.raises(ConfigError, match="semi_sampling"):
        HardAttentionConfig(semi_sampling=1.5)
    with pytest.raises(ShapeError, match="costs"):
        reinforce_loss(torch.ones(2, 2), torch.ones(2, 3, 4), None)
