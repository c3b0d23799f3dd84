"""Pictures with fixations: sizes, floor and ceiling."""

import numpy as np
import pytest
import torch

from saccade.data.fixations import Fixations
from saccade.errors import ConfigError, DataError, ShapeError
from saccade.inspection.evidence.gaze_maps import centre_bias, fixation_density
from saccade.inspection.evidence.gaze_scores import measured
from saccade.inspection.evidence.gaze_study import GazeStudy

SIZES = {"a": (80, 60), "b": (40, 30), "c": (80, 60)}


def seen(rows) -> Fixations:
    """Fixations of rows (picture, viewer, x, y)."""
    names = tuple(dict.fromkeys(row[0] for row in rows))
    return Fixations(
        names,
        np.array([names.index(row[0]) for row in rows]),
        np.array([row[1] for row in rows]),
        np.array([row[2:] for row in rows], dtype=float),
        np.full(len(rows), np.nan),
    )


@pytest.fixture
def people() -> Fixations:
    rows = [("a", 0, 20, 15), ("a", 1, 22, 16), ("a", 1, 60, 40), ("a", 2, 21, 14)]
    rows += [("b", 0, 10, 10), ("b", 1, 20, 20), ("c", 0, 70, 50), ("c", 0, 40, 30)]
    return seen([*rows, ("b", 0, 41, 3), ("c", 1, -1, 3)])


def test_points_and_spread_follow_the_size(people) -> None:
    study = GazeStudy(people, SIZES, sigma=4, side=40)
    assert (study.names, study.outside, study.left_out) == (("a", "b", "c"), 2, [])
    assert study.counted(["a", "b"]) == (6, 3)
    one = study.picture("a")
    assert (one.size, one.sigma) == ((30, 40), 2.0)
    torch.testing.assert_close(one.points[2], torch.tensor([30.0, 20.0], dtype=torch.float64))
    expected = fixation_density(one.points, (30, 40), sigma=2)
    torch.testing.assert_close(one.density, expected)
    small = study.picture("b")  # is not enlarged
    assert (small.size, small.sigma) == ((30, 40), 4.0)


def test_elsewhere_is_what_the_other_pictures_have(people) -> None:
    one = GazeStudy(people, SIZES, sigma=4, side=80).picture("c")
    others = torch.tensor(
        [[20, 15], [22, 16], [60, 40], [21, 14], [20, 20], [40, 40]], dtype=torch.float64
    )
    torch.testing.assert_close(one.elsewhere, fixation_density(others, (60, 80), sigma=4))
    assert sorted(one.others.tolist()) == sorted(others.tolist())


def test_a_map_of_any_size_is_stretched_over_the_picture(people) -> None:
    one = GazeStudy(people, SIZES, sigma=4, side=40).picture("a")
    middle = centre_bias((90, 120))
    assert one.score(middle)["nss"] == pytest.approx(one.references()["centre"]["nss"], abs=0.01)
    torch.testing.assert_close(one.fitted(middle), centre_bias((30, 40)), atol=4e-3, rtol=0)
    grid = torch.tensor([[0.0, 1.0], [0.0, 1.0]])
    assert float(one.fitted(grid)[0, 19:21].mean()) == pytest.approx(0.5)
    with pytest.raises(ShapeError, match="h w"):
        one.score(grid[None])


def test_times_the_middle(people) -> None:
    one = GazeStudy(people, SIZES, side=40).picture("a")
    values = torch.rand(30, 40, generator=torch.Generator().manual_seed(3)) - 5
    low, high = values.min(), values.max()
    product = (values - low) / (high - low) * centre_bias((30, 40))
    found = one.score_centred(values)
    assert found == {name: pytest.approx(value, 1e-5) for name, value in one.score(product).items()}
    assert one.score_centred(torch.ones(3, 4))["nss"] is None  # an even map is 0 when stretched


def test_the_ceiling_by_loops(people) -> None:
    one = GazeStudy(people, SIZES, sigma=4, side=80).picture("a")
    size, told = one.size, one.references()
    left, alone = [], []
    for viewer in (0, 1, 2):
        own, rest = one.points[one.viewer == viewer], one.points[one.viewer != viewer]
        for by, of, into in ((rest, own, left), (own, rest, alone)):
            counts = torch.zeros(size)
            for x, y in of.tolist():
                counts[int(y), int(x)] += 1
            density = fixation_density(by, size, sigma=4)
            into.append(measured(density, counts, fixation_density(of, size, sigma=4)))
    for name in ("nss", "auc_judd"):
        mean = sum(row[name] for row in left) / 3
        assert told["other viewers"][name] == pytest.approx(mean)
        assert told["one viewer"][name] == pytest.approx(sum(row[name] for row in alone) / 3)
    halves = [fixation_density(one.points[one.viewer % 2 == n], size, sigma=4) for n in (0, 1)]
    both = torch.corrcoef(torch.stack([half.flatten() for half in halves]))[0, 1]
    assert told["other viewers"]["cc"] == pytest.approx(float(both))


def test_one_viewer_and_one_picture_have_neither_ceiling_nor_floor(people) -> None:
    alone = GazeStudy(people, {"c": (80, 60)}).picture("c").references()
    assert list(alone) == ["centre"]
    assert "auc_shuffled" not in alone["centre"]


def test_what_cannot_be_measured(people) -> None:
    study = GazeStudy(people, {"a": (80, 60), "c": (30, 20), "d": (9, 9)})
    assert study.left_out == [("c", "all 3 fixations lie outside"), ("d", "no fixations")]
    with pytest.raises(DataError, match="a picture with fixations, got 'c'"):
        study.picture("c")
    with pytest.raises(DataError, match="fixations inside the pictures, got none in 1"):
        GazeStudy(people, {"d": (9, 9)})
    with pytest.raises(ConfigError, match="a sigma above 0"):
        GazeStudy(people, SIZES, sigma=0)
