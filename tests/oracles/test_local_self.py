"""Local self-attention against copies of all windows (the textbook's unfold)."""

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from saccade.attention import LocalSelfAttention, local_attention
from tests.oracles.support import Slow, Weights, close, compare, conv, draw, randomised, windows

MAPS = [(2, 7, 5), (1, 1, 6), (1, 5, 1), (1, 1, 1), (1, 3, 11)]


def _relative(weights: Weights, side: int, heads: int) -> Tensor:
    rows, columns = weights["rows"], weights["columns"]
    rows, columns = (table.expand(heads, *table.shape[-2:]) for table in (rows, columns))
    pairs = [torch.cat([rows[:, a], columns[:, b]], -1) for a in range(side) for b in range(side)]
    return torch.stack(pairs, 1)  # heads j d


def _slow(side: int, heads: int, stride: int, boundary: str, positions: str) -> Slow:
    def attend(weights: Weights, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        q, k, v = (conv(weights, name, x) for name in "qkv")
        keys, inside = windows(k, side, boundary=boundary)
        values, _ = windows(v, side, boundary=boundary)
        split = (len(x), heads, q.shape[1] // heads)
        q = q.reshape(*split, *x.shape[-2:])
        keys, values = (t.reshape(*split, *t.shape[2:]) for t in (keys, values))
        if positions != "none":
            keys = keys + _relative(weights, side, heads).mT[None, :, :, :, None, None]
        logits = torch.einsum("bmdhw,bmdjhw->bmjhw", q, keys)
        if boundary == "mask":
            logits = logits.masked_fill(~inside, float("-inf"))
        shares = logits.softmax(2)
        mixed = torch.einsum("bmjhw,bmdjhw->bmdhw", shares, values).flatten(1, 2)
        pooled = F.avg_pool2d(mixed, stride, ceil_mode=True)
        return pooled, [shares.flatten(3).transpose(2, 3)]

    return attend


@pytest.mark.parametrize("boundary", ["zero", "mask", "reflect"])
@pytest.mark.parametrize("positions", ["relative", "per_head", "none"])
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_layer_is_the_unfold_form(boundary: str, positions: str, stride: int) -> None:
    for side, shape in zip((3, 5, 7, 3, 1), MAPS, strict=True):
        layer = randomised(
            LocalSelfAttention(
                6,
                out_channels=8,
                heads=2,
                kernel_size=side,
                stride=stride,
                boundary=boundary,
                positions=positions,
            )
        )
        x = draw(shape[0], 6, *shape[1:])
        compare(layer, _slow(side, 2, stride, boundary, positions), x)


@pytest.mark.parametrize("boundary", ["zero", "mask", "reflect"])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("dilation", [1, 2])
def test_function_strides_and_dilates_its_windows(
    boundary: str, stride: int, dilation: int
) -> None:
    k, v = draw(2, 4, 7, 5, seed=1), draw(2, 4, 7, 5, seed=2)
    q = draw(2, 4, -(-7 // stride), -(-5 // stride), seed=3)
    got = local_attention(
        q,
        k,
        v,
        heads=2,
        kernel_size=3,
        stride=stride,
        dilation=dilation,
        boundary=boundary,
    )
    options = {"stride": stride, "dilation": dilation, "boundary": boundary}
    keys, inside = windows(k, 3, **options)
    values, _ = windows(v, 3, **options)
    keys, values = (t.unflatten(1, (2, 2)) for t in (keys, values))
    logits = torch.einsum("bmdhw,bmdjhw->bmjhw", q.unflatten(1, (2, 2)), keys)
    if boundary == "mask":
        logits = logits.masked_fill(~inside, float("-inf"))
    shares = logits.softmax(2)
    close(got.output, torch.einsum("bmjhw,bmdjhw->bmdhw", shares, values).flatten(1, 2), 1e-12)
    close(got.weights, shares.flatten(3).transpose(2, 3), 1e-12)
