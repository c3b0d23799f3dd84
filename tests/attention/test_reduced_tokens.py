"""Spatial-reduction attention of tokens: with and without a token beside the map."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from saccade.attention import MultiHeadAttention, ReducedAttention
from saccade.attention.place import Place
from saccade.errors import ShapeError

Draw = Callable[..., Tensor]
Fill = Callable[..., nn.Module]


@pytest.mark.parametrize("options", [{}, {"reduction": 1}, {"linear": True}], ids=str)
def test_tokens_of_a_map_are_the_map(options: dict[str, object], normal: Draw, drawn: Fill) -> None:
    layer, x = drawn(ReducedAttention(8, heads=2, **options)), normal(2, 8, 4, 6)
    assert torch.equal(layer(x.flatten(2).mT, (4, 6)), layer(x).flatten(2).mT)


def test_a_token_beside_the_map_reads_and_is_read(normal: Draw, drawn: Fill) -> None:
    layer = drawn(ReducedAttention(8, heads=2, reduction=1))
    plain = MultiHeadAttention(8, 2)
    plain.proj.load_state_dict(layer.proj.state_dict())
    for name in ("weight", "bias"):
        joined = torch.cat([layer.q.get_parameter(name), layer.kv.get_parameter(name)])
        setattr(plain.qkv, name, nn.Parameter(joined.detach()))
    x, heard = normal(2, 7, 8), []
    layer.tap.listeners.append(lambda _, weights, place: heard.append((weights.rows(), place)))
    torch.testing.assert_close(layer(x, (2, 3)), plain(x))
    ((weights, place),) = heard
    assert (tuple(weights.shape), place) == ((2, 2, 7, 7), None)  # no grid holds seven tokens
    layer(x[:, 1:], (2, 3))
    assert heard[1][1] == Place((2, 3), (2, 3))


def test_the_small_number_is_that_of_the_norm() -> None:
    assert ReducedAttention(4, eps=1e-3).norm.eps == 1e-3
    assert ReducedAttention(4).norm.eps == 1e-5


@pytest.mark.parametrize(
    ("reduction", "tokens", "sentence"),
    [
        (1, 5, "expected at least 6 tokens for a map of 2x3, got 5; try the grid of the map"),
        (2, 5, "expected 6 tokens for a map of 2x3, got 5; try the grid of the map"),
        (
            2,
            7,
            "expected 6 tokens for a map of 2x3, got 7; try reduction=1, or the tokens of the map",
        ),
    ],
)
def test_errors(reduction: int, tokens: int, sentence: str) -> None:
    with pytest.raises(ShapeError) as error:
        ReducedAttention(4, reduction=reduction)(torch.rand(1, tokens, 4), (2, 3))
    assert str(error.value) == sentence
