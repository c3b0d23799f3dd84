"""Windowed attention by a mask over the full table of positions, and PVT's coarse keys."""

import itertools

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from saccade.attention import ReducedAttention, WindowedAttention
from saccade.attention.reading import whole
from tests.oracles.support import Slow, Weights, compare, draw, randomised


def _linear(weights: Weights, name: str, x: Tensor) -> Tensor:
    return F.linear(x, weights[f"{name}.weight"], weights.get(f"{name}.bias"))


def _shifts(size: tuple[int, int], side: int, shift: int) -> list[int]:
    return [shift if n > side else 0 for n in size]


def _slow(side: int, shift: int, heads: int) -> Slow:
    """For maps of whole windows: positions read each other where the shifted grid joins them."""

    def attend(weights: Weights, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        size = tuple(x.shape[-2:])
        places = list(itertools.product(*map(range, size)))
        steps = _shifts(size, side, shift)
        window = [
            tuple(
                (p + side - s) // side if s else p // side for p, s in zip(at, steps, strict=True)
            )
            for at in places
        ]
        joined = torch.tensor([[one == other for other in window] for one in window])
        offsets = torch.tensor(places)[:, None] - torch.tensor(places)[None]
        near = offsets.clamp(1 - side, side - 1) + side - 1
        table = weights["relative_position_bias_table"]
        bias = table[near[..., 0] * (2 * side - 1) + near[..., 1]].permute(2, 0, 1)
        qkv = _linear(weights, "qkv", x.flatten(2).mT).chunk(3, -1)
        q, k, v = (t.unflatten(-1, (heads, -1)).transpose(1, 2) for t in qkv)
        logits = q @ k.mT * q.shape[-1] ** -0.5 + bias
        shares = logits.masked_fill(~joined, float("-inf")).softmax(-1)
        mixed = (shares @ v).transpose(1, 2).flatten(2)
        return _linear(weights, "proj", mixed).mT.unflatten(2, size), [shares]

    return attend


def _heard(layer: WindowedAttention, x: Tensor) -> tuple[Tensor, Tensor]:
    maps: list[Tensor] = []
    layer.tap.listeners.append(lambda tap, weights, place: maps.append(place.dense(whole(weights))))
    output = layer(x)
    layer.tap.listeners.clear()
    return output, maps[0]


@pytest.mark.parametrize("boundary", ["zero", "mask", "reflect"])
@pytest.mark.parametrize("shift", [0, 1, 2])
def test_windows_that_fit(shift: int, boundary: str) -> None:
    layer = randomised(WindowedAttention(8, heads=2, window_size=3, shift=shift, boundary=boundary))
    for shape in ((2, 8, 6, 9), (1, 8, 3, 6), (1, 8, 3, 3)):
        x = draw(*shape)
        slow = _slow(3, shift, 2)
        wanted, (full,) = slow(layer.state_dict(), x)
        torch.testing.assert_close(layer(x), wanted, rtol=0, atol=1e-12)
        aloud, shown = _heard(layer, x)
        torch.testing.assert_close(aloud, wanted, rtol=0, atol=1e-12)
        torch.testing.assert_close(shown, full, rtol=0, atol=1e-12)


@pytest.mark.parametrize("shift", [0, 1])
def test_mask_hides_what_sticks_out(shift: int) -> None:
    layer = randomised(WindowedAttention(8, heads=2, window_size=3, shift=shift, boundary="mask"))
    for shape in ((2, 8, 7, 5), (1, 8, 4, 10)):
        x = draw(*shape)
        wanted, _ = _slow(3, shift, 2)(layer.state_dict(), x)
        torch.testing.assert_close(layer(x), wanted, rtol=0, atol=1e-12)


def _coarse(weights: Weights, x: Tensor, reduction: int, linear: bool) -> Tensor:
    if linear:
        x = F.adaptive_avg_pool2d(x, 7)
        x = F.conv2d(x, weights["sr.weight"], weights["sr.bias"])
    elif reduction > 1:
        x = F.conv2d(x, weights["sr.weight"], weights["sr.bias"], stride=reduction)
    tokens = x.flatten(2).mT
    if "norm.weight" in weights:
        tokens = F.layer_norm(tokens, (x.shape[1],), weights["norm.weight"], weights["norm.bias"])
    return F.gelu(tokens) if linear else tokens


def _reduced(heads: int, reduction: int, linear: bool) -> Slow:
    def attend(weights: Weights, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        k, v = _linear(weights, "kv", _coarse(weights, x, reduction, linear)).chunk(2, -1)
        q = _linear(weights, "q", x.flatten(2).mT)
        q, k, v = (t.unflatten(-1, (heads, -1)).transpose(1, 2) for t in (q, k, v))
        shares = (q @ k.mT * q.shape[-1] ** -0.5).softmax(-1)
        mixed = _linear(weights, "proj", (shares @ v).transpose(1, 2).flatten(2))
        return mixed.mT.unflatten(2, x.shape[2:]), [shares]

    return attend


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(("reduction", "linear"), [(1, False), (2, False), (3, False), (2, True)])
def test_reduced(reduction: int, linear: bool, bias: bool) -> None:
    layer = ReducedAttention(8, heads=2, reduction=reduction, linear=linear, qkv_bias=bias)
    for shape in ((2, 8, 6, 9), (1, 8, 7, 5), (1, 8, 3, 11)):
        compare(randomised(layer), _reduced(2, reduction, linear), draw(*shape))
