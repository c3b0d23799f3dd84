import math

import pytest
import torch

from saccade.data.geometry import Geometry
from saccade.errors import ConfigError, DataError, ShapeError
from saccade.inspection.evidence.pointing import mass_inside
from saccade.training.words.looking import (
    box_mass,
    coverage,
    points_into,
    score_looking,
    sharpness,
)

WHOLE = Geometry.of((40, 20))  # shown as it is; a grid (2, 4) has cells of 10 pixels
MAP = torch.tensor([[[0.1, 0.2, 0.3, 0.0], [0.0, 0.4, 0.0, 0.0]]])


def test_sharpness_by_hand() -> None:
    rows = torch.tensor([[1, 0, 0, 0], [0.25, 0.25, 0.25, 0.25], [0.5, 0.5, 0, 0], [2, 2, 0, 0]])
    # Half the places evenly: 1 - log 2 / log 4.
    assert sharpness(rows).tolist() == pytest.approx([1, 0, 0.5, 0.5])
    assert sharpness(torch.ones(2, 1)).tolist() == [1, 1]
    mask = torch.tensor([True, True, False, False])
    assert sharpness(rows, mask).tolist() == pytest.approx([1, 0, 0, 0])


def test_coverage_by_hand() -> None:
    assert coverage(torch.eye(4)) == pytest.approx(1)
    assert coverage(torch.tensor([[1.0, 0, 0, 0]] * 3)) == pytest.approx(1 / 4)
    assert coverage(torch.eye(4)[:2]) == pytest.approx(1 / 2)
    # Means 0.7, 0.2, 0.1, 0: of an even map 0.25 + 0.2 + 0.1.
    assert coverage(torch.tensor([[0.9, 0.1, 0, 0], [0.5, 0.3, 0.2, 0]])) == pytest.approx(0.55)


def test_a_box_by_hand() -> None:
    # Half of the two upper cells 1 and 2: 0.2 / 2 + 0.3 / 2, of 200 of 800 pixels a half.
    found = box_mass(MAP, torch.tensor([10.0, 5, 30, 10]), WHOLE)
    assert found.mass.tolist() == pytest.approx([0.25])
    assert found.uniform.tolist() == pytest.approx([100 / 800])
    assert box_mass(MAP, torch.tensor([0.0, 0, 40, 20]), WHOLE).mass.tolist() == pytest.approx([1])


def test_a_cropped_resized_mirrored_padded_picture() -> None:
    # Upright 80 x 40; the right half, 40 x 40, is halved to 20 x 20, mirrored, and padded by 20 on
    # the left: 40 x 20. The picture's x = 40 to 60 shows at 30 to 40, its y = 0 to 20 at 0 to 10.
    seen = Geometry.of((80, 40)).cropped(40, 0, (40, 40)).resized((20, 20)).mirrored()
    seen = seen.padded(20, 0, 0, 0)
    maps = torch.arange(1.0, 9).view(1, 2, 4)
    found = box_mass(maps, torch.tensor([40.0, 0, 60, 20]), seen)
    assert found.mass.tolist() == pytest.approx([4 / 36])
    assert found.uniform.tolist() == pytest.approx([1 / 8])
    # The left half is not seen, the part of a box that is counts.
    assert box_mass(maps, torch.tensor([0.0, 0, 39, 20]), seen).uniform.tolist() == [0]
    assert box_mass(maps, torch.tensor([0.0, 0, 60, 20]), seen).mass.tolist() == (
        pytest.approx([4 / 36])
    )


def test_a_box_slowly(generator) -> None:
    # Cells of 6 x 4 pixels; a box with whole pixels takes those inside.
    maps = torch.rand(5, 3, 4, generator=generator, dtype=torch.float64)
    boxes = torch.tensor([[k, 2 * k, k + 7, 2 * k + 3] for k in range(5)], dtype=torch.float64)
    pixels = maps.repeat_interleave(4, dim=1).repeat_interleave(6, dim=2)
    found = box_mass(maps, boxes, Geometry.of((24, 12)))
    slowly = mass_inside(pixels, [box[None] for box in boxes])
    assert found.mass.tolist() == pytest.approx(slowly.tolist())
    assert found.uniform.tolist() == pytest.approx([7 * 3 / (24 * 12)] * 4 + [7 * 3 / 288])


def test_an_even_map_has_the_uniform_share_and_tiles_add_up() -> None:
    box = torch.tensor([3.0, 1.5, 21, 17])
    even = box_mass(torch.ones(1, 2, 4), box, WHOLE)
    assert even.mass.tolist() == pytest.approx(even.uniform.tolist())
    parts = [
        torch.tensor([x, y, x + 8.0, y + 5.0]) for x in range(0, 40, 8) for y in (0, 5, 10, 15)
    ]
    assert sum(float(box_mass(MAP, part, WHOLE).mass) for part in parts) == pytest.approx(1)
    upright = Geometry.of((20, 40), 6)  # the same, stored on its side
    on_its_side = box_mass(MAP, box, upright)
    assert on_its_side.mass.tolist() == pytest.approx(box_mass(MAP, box, WHOLE).mass.tolist())


def test_pointing_by_hand() -> None:
    # The highest cell has its centre at (15, 15).
    boxes = torch.tensor([[12.0, 12, 18, 18], [16, 0, 40, 20], [19, 18, 40, 20]])
    maps = MAP.expand(3, -1, -1)
    assert points_into(maps, boxes, WHOLE).tolist() == [True, False, False]
    assert points_into(maps, boxes, WHOLE, tolerance=1).tolist() == [True, True, False]
    assert points_into(maps, boxes, WHOLE, tolerance=5).tolist() == [True, True, True]
    half = WHOLE.resized((20, 10)).mirrored()  # now at (25, 15)
    assert points_into(MAP, torch.tensor([24.0, 14, 26, 16]), half).tolist() == [True]


def test_a_set_by_hand() -> None:
    box = torch.tensor([10.0, 0, 20, 10])  # of cell 1, which has 0.2 of 1; 1/8 of the picture
    away = torch.tensor([[0.0, 0, 5, 5]])
    hidden = Geometry.of((40, 20)).cropped(20, 0, (20, 20))
    looks = [
        (MAP, box[None], WHOLE),
        (MAP, torch.tensor([[10.0, 10, 20, 20]]), WHOLE),
        (MAP, away, hidden),
        (MAP[:0], torch.zeros(0, 4), WHOLE),
    ]
    found = score_looking(looks)
    assert (found.mass, found.uniform, found.times) == pytest.approx((0.3, 1 / 8, 2.4))
    assert (found.pointing, found.words, found.unseen) == (1 / 2, 2, 1)
    entropy = -sum(p * math.log(p) for p in (0.1, 0.2, 0.3, 0.4))
    assert found.sharpness == pytest.approx(1 - entropy / math.log(8))


def test_what_does_not_fit_is_told() -> None:
    with pytest.raises(ShapeError) as told:
        sharpness(torch.tensor([[0.5, 0.5], [0, 0]]))
    assert str(told.value) == (
        "expected weights of 0 or more that sum to more than 0 for each word, "
        "got sums from 0 to 1, lowest weight 0; try leaving out padded words"
    )
    for bad in (torch.tensor([[math.nan, 1]]), torch.tensor([[-1.0, 2]]), torch.zeros(1, 0)):
        with pytest.raises(ShapeError, match="expected weights of 0 or more"):
            coverage(bad)
    with pytest.raises(ShapeError, match="the map of one word or more, got none"):
        coverage(torch.zeros(0, 3))
    with pytest.raises(ShapeError, match=r"expected the weights as \(t j\) with 2 axes"):
        sharpness(MAP)
    with pytest.raises(DataError, match="expected boxes x0 y0 x1 y1 with x0 < x1 and y0 < y1"):
        box_mass(MAP, torch.tensor([5.0, 5, 5, 9]), WHOLE)
    with pytest.raises(DataError, match="neither turned nor sheared"):
        box_mass(
            MAP, torch.tensor([0.0, 0, 5, 5]), WHOLE.placed((1, 1), (0, 0), (40, 20), (0.1, 0))
        )
    with pytest.raises(ConfigError, match="expected a tolerance of 0 pixels or more, got -1"):
        points_into(MAP, torch.tensor([0.0, 0, 5, 5]), WHOLE, tolerance=-1)
    with pytest.raises(DataError, match="expected one word or more with a box in sight, got none"):
        score_looking([])
