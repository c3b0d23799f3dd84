"""Readers of tokens on maps: the same numbers as on the positions row by row."""

import pytest
import torch

from saccade.attention.multi_head import MultiHeadAttention
from saccade.attention.on_map import OnMap
from saccade.errors import ConfigError, ShapeError
from saccade.inspection import record

MAKERS = {"multi_head": OnMap.multi_head, "additive": OnMap.additive}
each = pytest.mark.parametrize("name", MAKERS)


def test_by_hand() -> None:
    # Additive scores with all weights 0 are equal: everyone reads the mean.
    attention = OnMap.additive(1, hidden=1)
    for parameter in attention.parameters():
        parameter.data.zero_()
    answer = attention(torch.tensor([[[[1.0, 2.0], [3.0, 6.0]]]]))
    torch.testing.assert_close(answer, torch.full((1, 1, 2, 2), 3.0))


def test_the_tokens_are_the_positions_row_by_row(normal, drawn) -> None:
    attention = drawn(OnMap.multi_head(4, heads=2)).double()
    x = normal(2, 4, 2, 3, dtype=torch.float64)
    tokens = torch.stack([x[:, :, row, column] for row in range(2) for column in range(3)], dim=1)
    expected = attention.reader(tokens)
    found = attention(x)
    for token in range(6):
        torch.testing.assert_close(found[:, :, token // 3, token % 3], expected[:, token])


@each
@pytest.mark.parametrize("size", [(3, 5), (1, 4), (1, 1)])
def test_exchanged_positions_have_exchanged_answers(name, size, normal, drawn) -> None:
    attention = drawn(MAKERS[name](4)).double()
    x = normal(1, 4, *size, dtype=torch.float64)
    order = torch.randperm(x[0, 0].numel(), generator=torch.Generator().manual_seed(0))
    mixed = x.flatten(2)[..., order].reshape(x.shape)
    expected = attention(x).flatten(2)[..., order].reshape(x.shape)
    torch.testing.assert_close(attention(mixed), expected, atol=1e-12, rtol=0)


@each
def test_its_map_lies_on_the_picture(name, normal, drawn) -> None:
    attention, x = drawn(MAKERS[name](4)), normal(2, 4, 3, 5)
    plain = attention(x)
    with record(attention) as trace:
        watched = attention(x)
    torch.testing.assert_close(watched, plain, atol=1e-5, rtol=0)
    (layer,) = trace.layers
    assert (layer.place.queries, layer.place.keys, layer.place.index) == ((3, 5), (3, 5), None)
    assert layer.weights.shape[-2:] == (15, 15)
    torch.testing.assert_close(layer.weights.sum(-1), torch.ones_like(layer.weights[..., 0]))


def test_the_usual_sizes() -> None:
    heads = [OnMap.multi_head(channels).reader.heads for channels in (64, 12, 6, 5)]
    assert heads == [8, 4, 2, 1]
    assert OnMap.additive(64).reader.key.out_features == 16
    assert OnMap.additive(2).reader.key.out_features == 1
    assert isinstance(OnMap.multi_head(4).reader, MultiHeadAttention)
    assert OnMap.multi_head(4, qkv_bias=False).reader.qkv.bias is None


@each
def test_what_is_refused(name, normal) -> None:
    attention = MAKERS[name](4)
    with pytest.raises(ShapeError) as caught:
        attention(normal(1, 5, 2, 2))
    assert str(caught.value).startswith("expected the feature map as (b c h w), c=4, got (1, 5, 2,")
    with pytest.raises(ShapeError, match="the feature map as floating point numbers"):
        attention(torch.zeros(1, 4, 2, 2, dtype=torch.int64))
    with pytest.raises(ConfigError, match="heads"):
        OnMap.multi_head(4, heads=3)
