"""Maps of the class token's heads, and what holds most of their mass."""

import pytest
import torch

from saccade.errors import ConfigError, ShapeError
from saccade.inspection.kit.heads import enlarge, head_maps, keep_mass
from saccade.layers import TokenLayout

LAYOUT = TokenLayout(("cls", "reg1"), (2, 3), (4, 5))


def test_the_row_of_a_token_becomes_a_map() -> None:
    attention = torch.arange(2 * 64.0).reshape(1, 2, 8, 8)
    maps = head_maps(attention, LAYOUT)
    assert maps.shape == (1, 2, 2, 3)
    torch.testing.assert_close(maps[0, 0], torch.tensor([[2.0, 3, 4], [5, 6, 7]]))
    torch.testing.assert_close(
        head_maps(attention, LAYOUT, query=3)[0, 1, 0, 0], torch.tensor(90.0)
    )


def test_most_of_the_mass_by_hand() -> None:
    # From the lightest: .05 .15 .35 .6 1; above .4 are the last two, which hold .65.
    one = torch.tensor([[0.05, 0.4, 0.1], [0.25, 0.2, 0.0]])
    kept = torch.tensor([[False, True, False], [True, False, False]])
    assert torch.equal(keep_mass(one, 0.6), kept)
    assert torch.equal(keep_mass(3 * one, 0.6), kept)
    assert int(keep_mass(one, 1.0).sum()) == 5
    assert int(keep_mass(torch.zeros(2, 2)).sum()) == 4


def test_slowly(normal) -> None:
    maps = normal(3, 4, 5).softmax(-1)
    for mass in (0.1, 0.6, 0.95):
        masks = keep_mass(maps, mass)
        for one, mask in zip(maps, masks, strict=True):
            flat, kept = one.flatten().double().tolist(), mask.flatten().tolist()
            order = sorted(range(len(flat)), key=lambda cell: flat[cell])
            total = 0.0
            for cell in order:
                total += flat[cell] / sum(flat)
                assert kept[cell] == (total > 1 - mass)
            held = [flat[cell] for cell in order if kept[cell]]
            assert sum(held) >= mass * sum(flat) - 1e-12
            assert sum(held) - held[0] < mass * sum(flat) + 1e-12


def test_each_patch_is_enlarged_without_smoothing() -> None:
    maps = torch.arange(6.0).reshape(2, 3)
    large = enlarge(maps, LAYOUT)
    assert large.shape == LAYOUT.img_size
    assert torch.equal(large[::4, ::5], maps)
    assert torch.equal(large[3::4, 4::5], maps)


def test_errors() -> None:
    with pytest.raises(ShapeError, match=r"maps over 8 tokens as \(... i j\), got \(7, 7\)"):
        head_maps(torch.zeros(7, 7), LAYOUT)
    with pytest.raises(ConfigError, match="a query token from 0 to 7, got 8"):
        head_maps(torch.zeros(8, 8), LAYOUT, query=8)
    with pytest.raises(ConfigError, match=r"a mass in \(0, 1\], got 0"):
        keep_mass(torch.ones(2, 2), 0)
    with pytest.raises(ShapeError, match=r"maps as \(... h w\)"):
        keep_mass(torch.ones(3))
    with pytest.raises(ShapeError, match="maps of the grid 2x3"):
        enlarge(torch.zeros(3, 2), LAYOUT)
