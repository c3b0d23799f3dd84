"""The 42 maps, one of them slowly, laws, small pictures."""

import pytest
import torch
import torch.nn.functional as F

from saccade.classic.itti import feature_maps, itti
from saccade.classic.opponents import opponents
from saccade.classic.pyramid import gaussian_pyramid
from saccade.errors import ConfigError, ShapeError

PAIRS = [(2, 5), (2, 6), (3, 6), (3, 7), (4, 7), (4, 8)]


@pytest.fixture(scope="module")
def blots():
    generator = torch.Generator().manual_seed(1)
    coarse = torch.rand(2, 3, 10, 12, generator=generator)
    return F.interpolate(coarse, (256, 320), mode="bicubic").clamp(0, 1)


@pytest.fixture(scope="module")
def found(blots):
    return feature_maps(blots)


def test_all_42_by_name(found):
    names = [f"{kind}({c},{s})" for kind in ("I", "RG", "BY") for c, s in PAIRS]
    names += [f"O({c},{s},{angle})" for angle in (0, 45, 90, 135) for c, s in PAIRS]
    assert list(found) == names
    assert len(found) == 42
    assert tuple(found["BY(3,7)"].shape) == (2, 32, 40)
    assert tuple(found["O(2,6,135)"].shape) == (2, 64, 80)


@pytest.mark.parametrize("as_printed", [False, True])
@pytest.mark.parametrize(("name", "channel"), [("I", 0), ("RG", 1), ("BY", 2)])
def test_across_scales(blots, found, name, channel, as_printed):
    """|I(c) - I(s)|, as printed |(R - G)(c) - (G - R)(s)|, the surround as large as the centre."""
    sign = 1 if as_printed and channel else -1
    found = feature_maps(blots, as_printed=True) if as_printed else found
    levels = gaussian_pyramid(opponents(blots)[:, channel], 9)
    for c, s in PAIRS:
        wide = F.interpolate(levels[s][:, None], levels[c].shape[1:], mode="bilinear")[:, 0]
        torch.testing.assert_close(
            found[f"{name}({c},{s})"], (levels[c] + sign * wide).abs(), atol=1e-5, rtol=0
        )


def test_laws(blots):
    maps = itti(blots)
    assert tuple(maps.shape) == (2, 256, 320)
    assert 0 <= float(maps.min()) < float(maps.max()) <= 1
    torch.testing.assert_close(itti(blots[1:])[0], maps[1], atol=1e-5, rtol=0)
    # A multiple of the coarsest pixel keeps every level's grid: mirrored in, mirrored out.
    square = blots[..., :256]
    torch.testing.assert_close(itti(square.flip(3)), itti(square).flip(2), atol=2e-3, rtol=0)
    torch.testing.assert_close(itti(blots / 2), maps, atol=2e-3, rtol=0)


def test_the_odd_one_out_wins():
    images = torch.full((1, 3, 256, 256), 0.2)
    for row in range(4):
        for column in range(4):
            y, x = 64 * row + 24, 64 * column + 24
            odd = (row, column) == (2, 1)
            images[0, :, y : y + 16, x : x + 16] = torch.tensor(
                [0.8, 0.2, 0.2] if odd else [0.2, 0.8, 0.2]
            )[:, None, None]
    place = int(itti(images).argmax())
    assert abs(place // 256 - 160) <= 12
    assert abs(place % 256 - 96) <= 12


@pytest.mark.parametrize("level", [0.0, 0.4, 1.0])
def test_one_colour_is_zeros(level):
    assert not itti(torch.full((1, 3, 256, 256), level)).any()


def test_small_pictures_have_fewer_maps():
    images = torch.full((1, 3, 100, 130), 0.5)
    with pytest.warns(UserWarning, match=r"expected 256 pixels or more .* got 100; 21 of 42"):
        assert len(feature_maps(images)) == 21
    assert len(feature_maps(images, centres=(1, 2), deltas=(3, 4))) == 28
    with pytest.raises(ShapeError, match=r"expected 32 pixels .* got 31; try an enlarged"):
        itti(torch.zeros(1, 3, 31, 90))
    with pytest.raises(ConfigError, match="levels from 0 on"):
        itti(images, centres=())
