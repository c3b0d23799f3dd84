"""Attention-augmented convolution: the layer."""

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from saccade.attention import AugmentedConv
from saccade.attention.place import Place
from tests.attention.test_augmented_conv import attend_slowly

Draw = Callable[..., Tensor]
Fill = Callable[..., nn.Module]
SMALL = {"out_channels": 8, "heads": 2, "key_channels": 6, "value_channels": 4}


def averaged(x: Tensor, side: int, stride: int, start: int) -> Tensor:
    """Means of the squares of a map (c h w) that begin at `start` and every `stride` after."""
    height, width = x.shape[1:]
    rows, columns = (range(start, size + start, stride) for size in (height, width))
    means = [
        [
            x[:, max(y, 0) : y + side, max(z, 0) : z + side].flatten(1).mean(1)
            for z in columns
            if z < width
        ]
        for y in rows
        if y < height
    ]
    return torch.stack([torch.stack(row, 1) for row in means], 1)


def enlarged(x: Tensor, size: tuple[int, int]) -> Tensor:
    """Bilinear, position by position, where a pixel's middle is its place."""
    out = x.new_zeros(x.shape[0], *size)
    for y in range(size[0]):
        for z in range(size[1]):
            at = []
            for place, new, old in zip((y, z), size, x.shape[1:], strict=True):
                real = min(max((place + 0.5) * old / new - 0.5, 0), old - 1)
                low = int(real)
                at.append([(low, 1 - real + low), (min(low + 1, old - 1), real - low)])
            for row, a in at[0]:
                for column, b in at[1]:
                    out[:, y, z] += a * b * x[:, row, column]
    return out


def slowly(layer: AugmentedConv, x: Tensor) -> Tensor:
    """One image (c h w): section 3 of the paper, with its pooling."""
    height, width = x.shape[1:]
    seen = averaged(x, layer.stride, layer.stride, 0)
    size = tuple(seen.shape[1:])
    seen = averaged(seen, 3, 2, -1) if layer.pool else seen
    keys, _, values = layer.parts
    heads, d, v = layer.heads, keys // layer.heads, values // layer.heads
    weight, mixed = layer.qkv.weight[:, :, 0, 0], []
    for head in range(heads):
        starts = ((head * d, d), (keys + head * d, d), (2 * keys + head * v, v))
        parts = [
            torch.einsum("dc,chw->hwd", weight[start : start + count], seen)
            for start, count in starts
        ]
        out, _ = attend_slowly(*parts, layer.key_rel_h, layer.key_rel_w)
        mixed.append(out.T.reshape(v, *seen.shape[1:]))
    merged = torch.einsum("oc,chw->ohw", layer.attn_out.weight[:, :, 0, 0], torch.cat(mixed))
    merged = enlarged(merged, size) if layer.pool else merged
    if layer.conv is None:
        return merged
    reach = layer.conv.kernel_size[0] // 2
    padded = F.pad(x, (reach,) * 4)
    squares = [
        [
            padded[:, y : y + 2 * reach + 1, z : z + 2 * reach + 1]
            for z in range(0, width, layer.stride)
        ]
        for y in range(0, height, layer.stride)
    ]
    rows = [[(layer.conv.weight * s).sum((1, 2, 3)) for s in row] for row in squares]
    return torch.cat([torch.stack([torch.stack(row, 1) for row in rows], 1), merged])


@pytest.mark.parametrize("watched", [False, True])
@pytest.mark.parametrize(
    ("grid", "seen", "options"),
    [
        ((3, 5), (3, 5), {}),
        ((1, 4), (1, 4), {"kernel_size": 5}),
        ((4, 1), (4, 1), {"kernel_size": 1}),
        ((3, 5), (2, 3), {"stride": 2}),
        ((5, 4), (2, 2), {"stride": 3}),
        ((5, 6), (3, 3), {"pool": True}),
        ((1, 7), (1, 4), {"pool": True}),
        ((7, 9), (2, 3), {"pool": True, "stride": 2}),
        ((3, 4), (3, 4), {"value_channels": 8, "key_channels": 2}),
    ],
    ids=str,
)
@torch.no_grad()
def test_slowly(
    watched: bool,
    grid: tuple[int, int],
    seen: tuple[int, int],
    options: dict[str, object],
    normal: Draw,
    drawn: Fill,
) -> None:
    layer = drawn(AugmentedConv(5, size=seen, **{**SMALL, **options}).double())
    heard: list[tuple[Tensor, Place]] = []
    if watched:
        layer.tap.listeners.append(lambda _, weights, place: heard.append((weights, place)))
    x = normal(2, 5, *grid, dtype=torch.float64)
    for image, out in zip(x, layer(x), strict=True):
        torch.testing.assert_close(out, slowly(layer, image), atol=1e-12, rtol=0)
    torch.testing.assert_close(layer(x[:1])[0], slowly(layer, x[0]), atol=1e-12, rtol=0)
    for weights, place in heard:
        assert (place.queries, place.keys, place.index) == (seen, seen, None)
        assert weights.shape[1:] == (2, seen[0] * seen[1], seen[0] * seen[1])


@torch.no_grad()
def test_heads_are_merged_at_their_positions(normal: Draw, drawn: Fill) -> None:
    # All queries are 1 and only the distance 0 has a logit, so each position reads itself alone
    # and the attention is `attn_out` of the values. A reshape that forgets to bring positions
    # behind the channels gives something else.
    layer = drawn(AugmentedConv(5, size=(3, 4), **SMALL).double())
    layer.qkv.weight[:6] = 0
    layer.qkv.weight[:6, 0] = 1
    layer.key_rel_h[:], layer.key_rel_w[:] = 0, 0
    layer.key_rel_h[2], layer.key_rel_w[3] = 1000, 1000
    x = normal(2, 5, 3, 4, dtype=torch.float64)
    x[:, 0] = 1
    values = layer.qkv(x)[:, 12:]
    torch.testing.assert_close(layer(x)[:, 4:], layer.attn_out(values), atol=1e-12, rtol=0)
    mixed = values.unflatten(1, (2, 2)).flatten(3).mT  # (b heads i d), as attention gives it
    slip = layer.attn_out(mixed.reshape(2, 4, 3, 4))
    assert (slip - layer.attn_out(values)).abs().max() > 0.1
