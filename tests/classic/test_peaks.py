"""The normalisation by hand, local maxima by a flood, laws."""

import pytest
import torch

from saccade.classic.peaks import local_maxima, promote


def flood(field):
    """How many peaks: connected pixels of one value with only lower ones around them."""
    height, width = field.shape
    seen, found = set(), []
    for start in ((y, x) for y in range(height) for x in range(width)):
        if start in seen:
            continue
        region, rim, todo = {start}, [], [start]
        while todo:
            y, x = todo.pop()
            for near in ((y + i, x + j) for i in (-1, 0, 1) for j in (-1, 0, 1)):
                if near in region or not (0 <= near[0] < height and 0 <= near[1] < width):
                    continue
                if field[near] == field[start]:
                    region.add(near)
                    todo.append(near)
                else:
                    rim.append(float(field[near]))
        seen |= region
        if rim and max(rim) < float(field[start]):
            found.append((max(region), float(field[start])))
    return found


@pytest.mark.parametrize("levels", [3, 5, 1000])
def test_local_maxima_slowly(generator, levels):
    maps = torch.randint(0, levels, (3, 9, 11), generator=generator).float()
    peaks = local_maxima(maps)
    for field, marked in zip(maps, peaks, strict=True):
        assert {tuple(place) for place in marked.nonzero().tolist()} == {p for p, _ in flood(field)}


def test_a_long_plateau_counts_once_and_a_slope_does_not():
    maps = torch.tensor(
        [[[0, 0, 0, 0, 0, 0], [2, 2, 2, 2, 2, 3], [0, 0, 0, 0, 0, 0], [1, 1, 1, 0, 0, 0]]]
    )
    peaks = local_maxima(maps.float())
    assert peaks[0].nonzero().tolist() == [[1, 5], [3, 2]]


def test_by_hand():
    maps = torch.zeros(3, 5, 9)
    maps[:, 2, 1] = 8.0
    maps[1, 2, 4], maps[1, 2, 7] = 4.0, 2.0
    maps[2, 2, 4] = 8.0
    found = promote(maps)
    assert found[0, 2, 1] == 1  # one peak: nothing else, m = 0
    # The others are 1/2 and 1/4: m = 3/8, (1 - m)² = 25/64.
    assert found[1, 2, 1].item() == pytest.approx(25 / 64)
    assert found[1, 2, 4].item() == pytest.approx(25 / 128)
    assert not found[2].any()  # two alike: m = 1


def test_laws(generator):
    maps = torch.rand(2, 12, 10, generator=generator)
    found = promote(maps)
    torch.testing.assert_close(promote(3 * maps + 2), found, atol=1e-5, rtol=0)
    torch.testing.assert_close(promote(maps.flip(2)), found.flip(2))
    torch.testing.assert_close(promote(maps[1:])[0], found[1])


def test_rounding_makes_no_peaks(generator):
    noise = torch.rand(1, 8, 8, generator=generator) * 1e-6
    assert not promote(noise + 0.3).any()
    maps = noise.clone()
    maps[0, 2, 2] = maps[0, 5, 5] = 1
    assert float(promote(maps).max()) < 1e-6  # two alike, whatever ripples between them
