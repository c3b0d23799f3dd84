"""Attention flow."""

import itertools

import pytest
import torch
from scipy.optimize import linprog
from torch import Tensor

from saccade.errors import ConfigError, ShapeError
from saccade.inspection.kit.flow import attention_flow


def mixed(attention: Tensor) -> Tensor:
    return 0.5 * attention.double().mean(1) + 0.5 * torch.eye(attention.shape[-1])


def program(capacities: Tensor, query: int, target: int) -> float:
    """The maximum flow as a linear program over all edges that a path can use."""
    depth, n, _ = capacities.shape
    edges = [
        (layer, i, j)
        for layer, i, j in itertools.product(range(depth), range(n), range(n))
        if (layer < depth - 1 or i == query) and (layer > 0 or j == target)
    ]
    bounds = [(0.0, float(capacities[edge])) for edge in edges]
    gain = [-1.0 if layer == 0 else 0.0 for layer, _, _ in edges]
    kept = [
        [
            float(e[0] == layer and e[2] == node) - float(e[0] == layer - 1 and e[1] == node)
            for e in edges
        ]
        for layer in range(1, depth)
        for node in range(n)
    ]
    equal = {"A_eq": kept, "b_eq": [0.0] * len(kept)} if kept else {}
    return -linprog(gain, bounds=bounds, **equal).fun


@pytest.mark.parametrize("depth", [1, 2, 4])
def test_flows_are_those_of_a_linear_program(normal, depth: int) -> None:
    attention = (2 * normal(1, depth, 2, 4, 4)).softmax(-1)
    found = attention_flow(attention, range(4))
    for query, target in itertools.product(range(4), range(4)):
        expected = program(mixed(attention[0]), query, target)
        assert float(found.values[0, query, target]) == pytest.approx(expected, abs=1e-6)


def test_two_layers_by_hand() -> None:
    # Mixed: [[.6 .4] [.3 .7]] and [[1 0] [.25 .75]]. From token 1: at most .25 through 0 and .75
    # through 1, so min(.25 .6) + min(.75 .3) to 0, and min(.25 .4) + min(.75 .7) to 1.
    first, second = torch.tensor([[0.2, 0.8], [0.6, 0.4]]), torch.tensor([[1.0, 0.0], [0.5, 0.5]])
    found = attention_flow(torch.stack([first, second])[None, :, None], [1, 0])
    expected = torch.tensor([[[0.55, 0.95], [0.6, 0.4]]])
    torch.testing.assert_close(found.values, expected, atol=1e-6, rtol=0)
    torch.testing.assert_close(found.bound, torch.tensor([[0.9, 1.0]]))
    assert found.warning == ""
    assert found.searched == 4


def test_no_flow_is_above_its_bound(normal) -> None:
    for depth in (1, 2, 3, 6):
        found = attention_flow((3 * normal(2, depth, 2, 6, 6)).softmax(-1), [0, 5])
        assert bool((found.values <= found.bound[:, None] + 1e-6).all())
        assert bool((found.values >= 0).all())


def test_many_layers_say_nothing_of_the_query(normal) -> None:
    attention = normal(1, 12, 2, 10, 10).softmax(-1)
    found = attention_flow(attention, [0, 7])
    columns = (0.5 * attention[0, 0].mean(0).sum(0) + 0.5).clamp_max(1.0)
    torch.testing.assert_close(found.values[0], columns.expand(2, -1), atol=1e-6, rtol=0)
    assert found.degenerate.tolist() == [[True, True]]
    assert found.warning.startswith("2 of 2 flows equal min(1, column sums of the first layer)")
    searched = attention_flow(attention, [0, 7], prove=False)
    torch.testing.assert_close(searched.values, found.values, atol=1e-6, rtol=0)
    assert (found.searched, searched.searched) == (0, 20)


@pytest.mark.parametrize(
    ("tokens", "depth", "least", "most"),
    [(17, 12, 1.0, 1.0), (50, 12, 1.0, 1.0), (17, 4, 0.05, 0.9), (17, 2, 0.0, 0.0)],
)
def test_how_many_flows_are_at_the_bound(normal, tokens, depth, least, most) -> None:
    # All with twelve layers, some with four, none with two.
    attention = (2 * normal(1, depth, 1, tokens, tokens)).softmax(-1)
    found = attention_flow(attention, [0])
    share = float(((found.bound[:, None] - found.values).abs() <= 1e-6).float().mean())
    assert least <= share <= most


def test_shares_sum_to_one(normal) -> None:
    found = attention_flow(normal(1, 2, 2, 5, 5).softmax(-1), [0, 3])
    torch.testing.assert_close(found.shares.sum(-1), torch.ones(1, 2))
    torch.testing.assert_close(found.shares[0, 1] * found.values[0, 1].sum(), found.values[0, 1])


def test_tokens_that_are_renamed_and_images_that_are_alone(normal) -> None:
    attention = (2 * normal(2, 3, 2, 5, 5)).softmax(-1)
    order = torch.tensor([3, 0, 4, 1, 2])
    whole = attention_flow(attention, range(5)).values
    moved = attention_flow(attention[..., order, :][..., order], range(5)).values
    torch.testing.assert_close(moved, whole[:, order][:, :, order], atol=1e-6, rtol=0)
    alone = attention_flow(attention[1:], range(5)).values
    torch.testing.assert_close(alone, whole[1:])


def test_errors() -> None:
    attention = torch.full((1, 2, 1, 3, 3), 1 / 3)
    with pytest.raises(ConfigError, match="query tokens from 0 to 2, got 3"):
        attention_flow(attention, [3])
    with pytest.raises(ConfigError, match=r"residual in \(0, 1\), got 0"):
        attention_flow(attention, residual=0)
    with pytest.raises(ConfigError, match="rows are at least 0 and sum to one, got sums from 6"):
        attention_flow(6 * attention)
    with pytest.raises(ShapeError, match="the attention"):
        attention_flow(attention[0])
