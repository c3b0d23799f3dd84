"""Attention-augmented convolution with every relative embedding looked up by its own index."""

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from saccade.attention import AugmentedConv
from tests.oracles.support import Slow, Weights, compare, conv, draw, randomised


def _relative(weights: Weights, height: int, width: int) -> Tensor:
    """The embedding of every pair of positions (i j d)."""
    place = torch.arange(height * width)
    dy = place[None] // width - place[:, None] // width + height - 1
    dx = place[None] % width - place[:, None] % width + width - 1
    return weights["key_rel_h"][dy] + weights["key_rel_w"][dx]


def _slow(heads: int, keys: int, side: int, stride: int, pool: bool) -> Slow:
    def augment(weights: Weights, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        seen = F.avg_pool2d(x, stride, ceil_mode=True) if stride > 1 else x
        size = seen.shape[-2:]
        if pool:
            seen = F.avg_pool2d(seen, 3, 2, padding=1, count_include_pad=False)
        qkv = conv(weights, "qkv", seen).flatten(2)
        q, k, v = qkv.split([keys, keys, qkv.shape[1] - 2 * keys], 1)
        q, k, v = (t.unflatten(1, (heads, -1)).mT for t in (q, k, v))
        height, width = seen.shape[-2:]
        table = torch.einsum("bmid,ijd->bmij", q, _relative(weights, height, width)) + q @ k.mT
        shares = (table * (keys // heads) ** -0.5).softmax(-1)
        mixed = (shares @ v).mT.flatten(1, 2).unflatten(2, (height, width))
        mixed = conv(weights, "attn_out", mixed)
        if pool:
            mixed = F.interpolate(mixed, size, mode="bilinear")
        parts = [mixed]
        if "conv.weight" in weights:
            plain = F.conv2d(x, weights["conv.weight"], stride=stride, padding=side // 2)
            parts.insert(0, plain)
        return torch.cat(parts, 1), [shares]

    return augment


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("pool", [False, True])
@pytest.mark.parametrize("out", [6, 10])
def test_layer(stride: int, pool: bool, out: int) -> None:
    for batch, height, width in ((2, 5, 8), (1, 1, 7), (1, 6, 1), (1, 9, 9)):
        seen = [-(-n // stride) for n in (height, width)]
        seen = [-(-n // 2) for n in seen] if pool else seen
        layer = AugmentedConv(
            4,
            out_channels=out,
            stride=stride,
            heads=2,
            key_channels=8,
            value_channels=6,
            size=tuple(seen),
            pool=pool,
        )
        slow = _slow(2, 8, 3, stride, pool)
        compare(randomised(layer), slow, draw(batch, 4, height, width))


def test_heads_keep_their_own_channels() -> None:
    # With values that no position mixes, attention is a convolution: head order must survive.
    layer = randomised(AugmentedConv(4, heads=2, key_channels=4, value_channels=4, size=(3, 5)))
    layer.attn_out.weight.data.copy_(torch.eye(4)[:, :, None, None])
    x = draw(1, 4, 1, 1).expand(1, 4, 3, 5)
    torch.testing.assert_close(layer(x), conv(dict(layer.named_parameters()), "qkv", x)[:, 8:])
