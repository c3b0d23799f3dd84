"""Windows of a module that nobody knows, told from its attributes."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from saccade.attention import WindowedAttention
from saccade.inspection import describe, record
from saccade.layers.windows import cut_of, from_windows, same_region, to_windows


class Inner(nn.Module):
    """Attention in windows, as others write it, with the weights of ours."""

    def __init__(self, ours: WindowedAttention) -> None:
        super().__init__()
        self.ours, self.num_heads = nn.ModuleList([ours.qkv, ours.proj]), ours.heads

    def forward(self, x: Tensor, added: Tensor) -> Tensor:  # (images·windows i c)
        qkv = self.ours[0](x).unflatten(-1, (3, self.num_heads, -1)).permute(2, 0, 3, 1, 4)
        return self.ours[1](F.scaled_dot_product_attention(*qkv, added).transpose(1, 2).flatten(2))


class Block(nn.Module):
    """Cuts a map (b h w c)."""

    def __init__(self, ours: WindowedAttention, side: int, shift: int) -> None:
        super().__init__()
        self.attn, self.window_size, self.shift_size = Inner(ours), side, shift
        self.bias = ours._bias((side, side), torch.zeros(1)).detach()

    def forward(self, x: Tensor) -> Tensor:
        window, shift = (self.window_size,) * 2, (self.shift_size,) * 2
        cut = cut_of((x.shape[1], x.shape[2]), window, shift, "zero")
        parts = to_windows(x, cut, "zero")
        mask = same_region(cut.whole, window, shift)[None, :, None]
        added = self.bias.masked_fill(~mask, float("-inf")).expand(len(x), -1, -1, -1, -1)
        answer = self.attn(parts.flatten(0, 1), added.flatten(0, 1))
        return from_windows(answer.view(parts.shape), cut, "zero")


@pytest.mark.parametrize("shift", [0, 1])
@torch.no_grad()
def test_they_give_the_map_that_ours_gives(drawn, normal, shift: int) -> None:
    ours = drawn(WindowedAttention(8, heads=2, window_size=2, shift=shift))
    block, x = Block(ours, 2, shift), normal(2, 8, 4, 6)
    with record(block) as trace:
        answer = block(x.movedim(1, -1))
    with record(ours) as wanted:
        torch.testing.assert_close(answer.movedim(-1, 1), ours(x), atol=1e-5, rtol=0)
    mine, their = trace.layers[0], wanted.layers[0]
    assert (mine.place.queries, mine.place.keys) == ((4, 6), (4, 6))
    assert torch.equal(mine.place.index, their.place.index)
    torch.testing.assert_close(mine.weights, their.weights, atol=1e-5, rtol=0)


@torch.no_grad()
def test_unknown_cuts_that_stick_out_are_not_believed(drawn, normal) -> None:
    block = Block(drawn(WindowedAttention(4, heads=2, window_size=2)), 2, 0)
    with record(block) as trace:
        block(normal(2, 3, 5, 4))
    assert trace.layers[0].axes == ("image", "window", "head", "query", "key")


class Cuts(nn.Module):
    """Cuts its map into windows itself, or keeps it whole beside a token of its own mean."""

    def __init__(self, *, pools: bool) -> None:
        super().__init__()
        self.heads, self.qkv, self.pools = 2, nn.Linear(8, 24), pools

    def forward(self, x: Tensor) -> Tensor:
        if self.pools:
            x = x.flatten(2).mT
            x = torch.cat([x.mean(1, keepdim=True), x], 1)
        else:  # columns of 4, windows and heads behind each other among the images
            x = x.flatten(2).mT.unflatten(1, (-1, 4)).flatten(0, 1)
        q, k, v = self.qkv(x).unflatten(-1, (3, 2, 4)).permute(2, 0, 3, 1, 4).flatten(1, 2)
        return (q @ k.mT).softmax(-1) @ v


@pytest.mark.parametrize("pools", [True, False])
def test_maps_that_a_module_cuts_or_pools(normal, pools: bool) -> None:
    model = nn.Sequential(nn.Conv2d(3, 8, 2, 2), Cuts(pools=pools))
    (fact,) = describe(model, normal(2, 3, 8, 8)).layers
    wanted = ("tokens", 17, "4x4", ("mean",)) if pools else ("unknown", 4, "", ())
    assert (fact.kind, fact.queries, fact.grid, fact.prefix) == wanted
