"""Attention inside the modules of torch, and softmax that is no attention."""

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tests.inspection.shown import seen, watched

Draw = Callable[..., Tensor]
B, L, S, HEADS = 3, 4, 5, 2


def slow_heads(attention: nn.MultiheadAttention, q: Tensor, k: Tensor) -> Tensor:
    """The maps (b heads l s) of queries and keys whose images stand first."""
    d = attention.embed_dim
    weight, bias = attention.in_proj_weight, attention.in_proj_bias
    q = (q @ weight[:d].T + bias[:d]).unflatten(-1, (HEADS, -1)).transpose(1, 2)
    k = (k @ weight[d : 2 * d].T + bias[d : 2 * d]).unflatten(-1, (HEADS, -1)).transpose(1, 2)
    return (q @ k.mT / q.shape[-1] ** 0.5).softmax(-1)


@pytest.mark.parametrize("batch_first", [True, False])
@pytest.mark.parametrize("need_weights", [True, False])
@pytest.mark.parametrize("average", [True, False])
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("own", [True, False])
def test_multihead(normal: Draw, drawn, batch_first, need_weights, average, training, own) -> None:
    attention = drawn(nn.MultiheadAttention(4, HEADS, batch_first=batch_first)).train(training)
    q, k = normal(B, L, 4), normal(B, S, 4)
    k = q if own else k
    given = (q, k, k) if batch_first else tuple(x.transpose(0, 1) for x in (q, k, k))
    given = (given[0],) * 3 if own else given
    options = {"need_weights": need_weights, "average_attn_weights": average}
    with torch.no_grad():
        plain, plain_weights = attention(*given, **options)
        with watched(attention) as watch:
            output, weights = attention(*given, **options)
        wanted = slow_heads(attention, q, k)
        with watched(attention, lambda rows: rows.roll(1, 1)):
            changed, _ = attention(*given, **options)
    torch.testing.assert_close(output, plain, atol=1e-6, rtol=0)
    assert (weights is None) == (plain_weights is None)
    (rows,) = watch.maps
    torch.testing.assert_close(rows, wanted, atol=1e-6, rtol=0)
    if weights is not None:
        torch.testing.assert_close(weights, plain_weights, atol=1e-6, rtol=0)
    assert float((changed - plain).abs().max()) > 1e-3


@pytest.mark.parametrize("need_weights", [True, False])
def test_one_sequence_without_images(normal: Draw, drawn, need_weights: bool) -> None:
    attention, x = drawn(nn.MultiheadAttention(4, HEADS)), normal(6, 4)
    plain = attention(x, x, x)[0]
    with watched(attention) as watch:
        output = attention(x, x, x, need_weights=need_weights)[0]
    torch.testing.assert_close(output, plain, atol=1e-6, rtol=0)
    torch.testing.assert_close(watch.maps[0], slow_heads(attention, x[None], x[None]))


@pytest.mark.parametrize("mask", ["boolean", "float", "of each head", "padding", "causal"])
@pytest.mark.parametrize("need_weights", [True, False])
def test_masks(normal: Draw, drawn, mask: str, need_weights: bool) -> None:
    attention = drawn(nn.MultiheadAttention(4, HEADS, batch_first=True))
    x, hidden = normal(B, L, 4), torch.ones(L, L, dtype=torch.bool).triu(1)
    options = {
        "boolean": {"attn_mask": hidden},
        "float": {"attn_mask": normal(L, L)},
        "of each head": {"attn_mask": normal(B * HEADS, L, L)},
        "padding": {"key_padding_mask": torch.arange(L).expand(B, L) > 2},
        "causal": {"attn_mask": hidden, "is_causal": True},
    }[mask]
    plain = attention(x, x, x, need_weights=need_weights, **options)[0]
    wanted = attention(x, x, x, need_weights=True, average_attn_weights=False, **options)[1]
    with watched(attention) as watch:
        output = attention(x, x, x, need_weights=need_weights, **options)[0]
    torch.testing.assert_close(output, plain, atol=1e-6, rtol=0)
    torch.testing.assert_close(watch.maps[0], wanted, atol=1e-6, rtol=0)


@pytest.mark.filterwarnings("ignore::UserWarning")  # nested tensors are said to be a prototype
@pytest.mark.parametrize("batch_first", [True, False])
@pytest.mark.parametrize("padded", [True, False])
@torch.no_grad()
def test_the_fast_path_of_an_encoder(normal: Draw, drawn, batch_first, padded) -> None:
    layer = nn.TransformerEncoderLayer(4, HEADS, 8, batch_first=batch_first)
    model = drawn(nn.TransformerEncoder(layer, 2, enable_nested_tensor=batch_first))
    x = normal(B, L, 4) if batch_first else normal(L, B, 4)
    hidden = torch.arange(L).expand(B, L) > torch.tensor([[3], [2], [1]])
    options = {"src_key_padding_mask": hidden} if padded else {}
    plain = model(x, **options)
    with watched(model) as watch:
        output = model(x, **options)
    assert [tuple(rows.shape) for rows in watch.maps] == [(B, HEADS, L, L)] * 2
    assert watch.names == ["layers.0.self_attn", "layers.1.self_attn"]
    # What the fast path leaves at 0 behind the end of a sequence is no output.
    real = ~hidden if padded else torch.ones(B, L, dtype=torch.bool)
    real = real if batch_first else real.T
    torch.testing.assert_close(output[real], plain[real], atol=1e-6, rtol=0)
    if padded:
        assert float(watch.maps[1][2, :, :, 2:].abs().max()) == 0


def not_attention(x: Tensor) -> dict[str, Callable[[], Tensor]]:
    """Softmax over what is no product of queries and keys, of x (b n d)."""
    weight = nn.Parameter(torch.ones(3, 4, 4))

    def gated() -> Tensor:  # attention, and then a gate over what it gave
        y = (x @ x.mT).softmax(-1) @ x
        return F.linear(y, weight[0]).softmax(-1)

    return {
        "classes": lambda: F.linear(x, weight[0]).softmax(-1),
        "one row": lambda: (x[:, 0] @ x[0, 0]).softmax(-1),
        "channels": lambda: x.softmax(dim=-1),
        "weights of a layer": lambda: torch.einsum("bnd,hde->bhne", x, weight).softmax(-1),
        "over images": lambda: (x @ x.mT).softmax(0),
        "without an axis of queries": lambda: x.mean(1).softmax(-1),
        "a gate behind attention": gated,
        "dropped out": lambda: F.linear(
            F.dropout((x @ x.mT).softmax(-1), 0.5) @ x, weight[0]
        ).softmax(-1),
    }


@pytest.mark.parametrize("way", not_attention(torch.ones(3, 4, 4)))
def test_no_attention(normal: Draw, way: str) -> None:
    x = normal(B, L, 4)
    torch.manual_seed(0)
    plain = not_attention(x)[way]()
    torch.manual_seed(0)
    output, watch = seen(lambda x: not_attention(x)[way](), x)
    torch.testing.assert_close(output, plain, atol=0, rtol=0)
    attended = way in ("a gate behind attention", "dropped out")
    assert [tuple(rows.shape) for rows in watch.maps] == [(B, 1, L, L)] * attended
