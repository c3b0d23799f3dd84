"""The proof that flows reach their bound never claims too much."""

import pytest
import torch

from saccade.inspection.kit.flow import attention_flow
from saccade.inspection.kit.flow_certificate import bound_of, reaches_bound


def capacities(attention: torch.Tensor) -> torch.Tensor:
    return 0.5 * attention.double().mean(1) + 0.5 * torch.eye(attention.shape[-1]).double()


def test_the_bound_by_hand() -> None:
    layer = torch.tensor([[0.6, 0.4], [0.3, 0.7]])
    torch.testing.assert_close(bound_of(layer[None]), torch.tensor([0.9, 1.0]))


@pytest.mark.parametrize("sharp", [1.0, 3.0, 5.0, 8.0])
@pytest.mark.parametrize("depth", [7, 8, 12])
def test_what_is_proven_is_true(normal, sharp: float, depth: int) -> None:
    attention = (sharp * normal(1, depth, 1, 12, 12)).softmax(-1)
    attention[..., 3] += 0.5  # a sink
    attention = attention / attention.sum(-1, keepdim=True)
    proven = reaches_bound(capacities(attention[0]), 2)
    found = attention_flow(attention, [2], prove=False)
    torch.testing.assert_close(
        found.values[0, 0][proven], found.bound[0][proven], atol=1e-6, rtol=0
    )


def test_even_attention_is_proven_everywhere() -> None:
    attention = torch.full((12, 1, 20, 20), 1 / 20)
    assert bool(reaches_bound(capacities(attention), 0).all())


def test_nothing_is_proven_of_few_layers_or_of_tokens_that_read_themselves() -> None:
    assert not bool(reaches_bound(capacities(torch.full((4, 1, 20, 20), 1 / 20)), 0).any())
    own = capacities(torch.eye(6).expand(12, 1, 6, 6))
    others = [1, 2, 3, 4, 5]
    assert not bool(reaches_bound(own, 0)[others].any())
