"""Attention sinks and tokens of high norm."""

import pytest
import torch
from torch import nn

from saccade.errors import ConfigError, ShapeError
from saccade.inspection.kit.sinks import high_norms, mass_on, received, strongest, watch_norms
from saccade.layers import TokenLayout

MAP = torch.tensor([[0.1, 0.7, 0.2], [0.0, 0.9, 0.1], [0.2, 0.2, 0.6]])
LAYOUT = TokenLayout(("cls",), (2, 5), (4, 4))


def test_by_hand() -> None:
    # Columns: .3, 1.8 and .9 of three rows.
    torch.testing.assert_close(received(MAP), torch.tensor([0.1, 0.6, 0.3]))
    found = strongest(MAP, 2)
    assert found.tokens.tolist() == [1, 2]
    torch.testing.assert_close(found.mass, torch.tensor([0.6, 0.3]))
    torch.testing.assert_close(found.share, torch.tensor(0.9))


def test_the_mass_on_chosen_tokens_of_each_image() -> None:
    maps = torch.stack([MAP, MAP])[:, None]
    chosen = torch.tensor([[True, True, False], [False, False, True]])
    torch.testing.assert_close(mass_on(maps, chosen), torch.tensor([[0.7], [0.3]]))
    everything = torch.ones(2, 3, dtype=torch.bool)
    torch.testing.assert_close(mass_on(maps, everything), torch.ones(2, 1))


def test_equal_keys_stand_in_their_order() -> None:
    assert strongest(torch.full((4, 4), 0.25), 4).tokens.tolist() == [0, 1, 2, 3]


def test_high_norms_by_hand() -> None:
    # Patches 8 to 12 and two far out; median 10, median deviation 1, so 6 · 1.4826 above 10 is
    # 18.9; the class token is long too, but no patch.
    norms = torch.tensor([[99.0, 8, 9, 9, 10, 10, 10, 11, 12, 18, 20]])
    assert torch.nonzero(high_norms(norms, LAYOUT)[0]).flatten().tolist() == [10]
    assert int(high_norms(norms, LAYOUT, times=5).sum()) == 2
    assert int(high_norms(norms, LAYOUT, cutoff=11.5).sum()) == 3
    assert torch.equal(high_norms(7 * norms, LAYOUT), high_norms(norms, LAYOUT))


def test_norms_that_are_alike_have_no_outliers() -> None:
    norms = torch.full((2, 3, 11), 5.0)
    norms[..., 4] += 1e-6
    assert not bool(high_norms(norms, LAYOUT).any())


def test_norms_behind_each_block(normal) -> None:
    blocks = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 2))
    tokens = normal(2, 5, 3)
    with watch_norms(blocks) as seen:
        output = blocks(tokens)
    assert [norm.shape for norm in seen] == [(2, 5), (2, 5)]
    torch.testing.assert_close(seen[1], output.square().sum(-1).sqrt().detach())
    blocks(tokens)
    assert len(seen) == 2
    assert not any(block._forward_hooks for block in blocks)


def test_errors() -> None:
    with pytest.raises(ConfigError, match="a count from 1 to 3 keys, got 4"):
        strongest(MAP, 4)
    with pytest.raises(ShapeError, match="the chosen tokens"):
        mass_on(MAP[None], torch.ones(1, 4, dtype=torch.bool))
    with pytest.raises(ShapeError, match="norms of 11 tokens"):
        high_norms(torch.ones(1, 10), LAYOUT)
    with pytest.raises(ConfigError, match="times above 0, got 0"):
        high_norms(torch.ones(1, 11), LAYOUT, times=0)
    blocks = nn.Sequential(nn.Flatten())
    with pytest.raises(ShapeError, match=r"blocks that give tokens"), watch_norms(blocks):
        blocks(torch.zeros(1, 2, 3))
    assert not blocks[0]._forward_hooks
