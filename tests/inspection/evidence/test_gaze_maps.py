"""Counts, densities and the centre: by hand, and on the fixations of OSIE."""

import io
import math
import zipfile

import pytest
import torch

from saccade.data.fixations import read_fixations
from saccade.errors import ConfigError
from saccade.inspection.evidence.bootstrap import bootstrap
from saccade.inspection.evidence.gaze import auc_judd, auc_shuffled, nss
from saccade.inspection.evidence.gaze_maps import centre_bias, fixation_counts, fixation_density

SIZE, DEGREE = (600, 800), 24.0  # OSIE's pictures, and about one degree of visual angle in pixels


def test_counts_by_hand():
    points = torch.tensor([[0.0, 0.0], [0.9, 0.9], [2.5, 1.0], [3.0, 0.0], [-0.1, 0.0]])
    assert fixation_counts(points, (2, 3)).tolist() == [[2, 0, 0], [0, 0, 1]]


def test_a_density_slowly():
    points = torch.tensor([[1.3, 2.2], [4.0, 0.5]])
    expected = torch.zeros(5, 6, dtype=torch.float64)
    for x, y in points.double().tolist():
        for row in range(5):
            for column in range(6):
                square = (column + 0.5 - x) ** 2 + (row + 0.5 - y) ** 2
                expected[row, column] += math.exp(-square / 2 / 1.5**2) / (2 * math.pi * 1.5**2)
    torch.testing.assert_close(fixation_density(points, (5, 6), sigma=1.5), expected)


def test_a_density_sums_to_its_fixations_and_is_none_without():
    points = torch.tensor([[50.2, 40.0], [60.0, 55.5]])
    assert float(fixation_density(points, (100, 110), sigma=4).sum()) == pytest.approx(2, abs=1e-6)
    assert not fixation_density(torch.zeros(0, 2), (3, 4), sigma=1).any()


def test_the_centre():
    middle = centre_bias((3, 5), spread=0.2)
    assert tuple(middle.shape) == (3, 5)
    assert middle[1, 2] == middle.max() == 1
    torch.testing.assert_close(middle, middle.flip(0).flip(1))
    # One column from the middle is a fifth of the width: one standard deviation.
    assert float(middle[1, 3]) == pytest.approx(math.exp(-0.5))


def test_out_of_range():
    with pytest.raises(ConfigError, match="a sigma above 0 pixels, got 0"):
        fixation_density(torch.zeros(1, 2), (2, 2), sigma=0)
    with pytest.raises(ConfigError, match="a spread above 0, got -1"):
        centre_bias((2, 2), spread=-1)


@pytest.mark.slow
@pytest.mark.shared_data
def test_the_centre_and_the_human_ceiling_on_real_fixations(shared_data, tmp_path, generator):
    with zipfile.ZipFile(shared_data / "osie" / "osie_share.zip") as archive:
        name = next(name for name in archive.namelist() if name.endswith("fixations.npz"))
        (tmp_path / "fixations.npz").write_bytes(io.BytesIO(archive.read(name)).getvalue())
    people = read_fixations(tmp_path / "fixations.npz", first=1)
    assert (len(people.names), len(people.subjects), len(people.points)) == (100, 15, 14033)
    centre, found = centre_bias(SIZE)[None], {}
    for place, picture in enumerate(people.names[::5]):
        points = torch.from_numpy(people.of(picture))
        looked = fixation_counts(points, SIZE)[None]
        others = sum(
            fixation_counts(torch.from_numpy(people.of(people.names[(5 * place + k) % 100])), SIZE)
            for k in range(1, 11)
        )[None]
        found.setdefault("nss", []).append(nss(centre, looked))
        found.setdefault("judd", []).append(auc_judd(centre, looked))
        shuffled = auc_shuffled(centre, looked, others, generator=generator)
        found.setdefault("shuffled", []).append(shuffled)
        density = fixation_density(points, SIZE, sigma=DEGREE)
        for subject in people.subjects[::5]:
            own = torch.from_numpy(people.of(picture, subject=subject))
            rest = (density - fixation_density(own, SIZE, sigma=DEGREE)).clamp_min(0)[None]
            seen = fixation_counts(own, SIZE)[None]
            found.setdefault("human nss", []).append(nss(rest, seen))
            found.setdefault("human judd", []).append(auc_judd(rest, seen))
    means = {
        key: bootstrap(torch.cat(values), generator=generator) for key, values in found.items()
    }
    # All 100 pictures give 0.803, 0.730, 0.500 for the centre, 3.68 and 0.946 for people.
    assert means["nss"].low < 0.803 < means["nss"].high
    assert means["judd"].low < 0.730 < means["judd"].high
    assert means["shuffled"].mean == pytest.approx(0.5, abs=0.06)
    assert means["human nss"].mean == pytest.approx(3.68, abs=0.5)
    assert means["human judd"].mean == pytest.approx(0.946, abs=0.02)
