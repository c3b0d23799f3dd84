"""Scenes: drawn from seed and number alone, room for all, painted where their boxes say."""

from itertools import combinations, product

import numpy as np
import pytest

from saccade.data.words.scene_shapes import COLOURS, OUTLINES
from saccade.data.words.scenes import Scene, SceneRules, Thing, make_scene, overlap
from saccade.errors import ConfigError, DataError

RULES = SceneRules(least=1, most=4, alike=0.3)
GROUND = (236, 236, 232)


def scene_of(*things: Thing, side: int = 40, clear: float = 5.0) -> Scene:
    return Scene(things, side, clear)


def red(shape: str, x: float, y: float, radius: float = 5.0) -> Thing:
    return Thing(shape, "red", "small", (x, y), radius)


def test_a_scene_depends_on_its_seed_and_number_alone() -> None:
    before = [make_scene(7, index, RULES) for index in range(6)]
    assert [make_scene(7, index, RULES) for index in reversed(range(6))] == before[::-1]
    assert len({*before, *(make_scene(8, index, RULES) for index in range(6))}) == 12
    assert before[0].painted().tobytes() == make_scene(7, 0, RULES).painted().tobytes()


def test_scenes_keep_to_their_rules() -> None:
    scenes = [make_scene(0, index, RULES) for index in range(40)]
    assert {len(scene.things) for scene in scenes} == {1, 2, 3, 4}
    for scene in scenes:
        looks = [(thing.shape, thing.colour) for thing in scene.things]
        assert len(set(looks)) == len(looks)
        for thing in scene.things:
            x0, y0, x1, y1 = thing.box
            assert 0 < x0 < x1 < 64
            assert 0 < y0 < y1 < 64
        for one, other in combinations(scene.things, 2):
            assert overlap(one.box, other.box) == 0.0


def test_things_may_overlap_as_far_as_is_allowed() -> None:
    rules = SceneRules(least=3, most=3, overlap=0.3, sizes=("large",), side=32)
    shares = [
        overlap(one.box, other.box)
        for index in range(30)
        for one, other in combinations(make_scene(0, index, rules).things, 2)
    ]
    assert 0.1 < max(shares) <= 0.3


def test_overlap_by_hand() -> None:
    assert overlap((0, 0, 4, 4), (2, 2, 4, 4)) == 1.0
    assert overlap((0, 0, 4, 4), (3, 3, 7, 7)) == 1 / 16
    assert overlap((0, 0, 4, 4), (4, 0, 8, 4)) == 0.0
    with pytest.raises(DataError, match="expected boxes x0 y0 x1 y1"):
        overlap((0, 0, 0, 4), (3, 3, 7, 7))


def test_boxes_by_hand() -> None:
    assert red("circle", 10, 20).box == pytest.approx((5, 15, 15, 25))
    assert red("square", 10, 20).box == pytest.approx((5.75, 15.75, 14.25, 24.25))
    assert red("triangle", 10, 20).box == pytest.approx((5.25, 15, 14.75, 24))


def test_relations_by_hand() -> None:
    scene = scene_of(red("circle", 10, 10), red("star", 20, 30), red("cross", 22, 5))
    assert scene.related(0, "left of", 1) is True
    assert scene.related(1, "left of", 0) is False
    assert scene.related(0, "above", 1) is True
    assert scene.related(1, "left of", 2) is None  # 2 pixels apart
    assert (scene.gap(0), scene.gap(1)) == (2, 5)
    mirror = scene.mirrored()
    assert mirror.related(0, "right of", 1) is True
    assert mirror.related(0, "above", 1) is True
    assert mirror.mirrored() == scene


def inside(outline: tuple[tuple[float, float], ...], x: float, y: float) -> bool:
    """Whether a ray to the right crosses the outline an odd number of times."""
    crossings = 0
    for (x0, y0), (x1, y1) in zip(outline, outline[1:] + outline[:1], strict=True):
        if (y0 > y) != (y1 > y) and x < x0 + (y - y0) * (x1 - x0) / (y1 - y0):
            crossings += 1
    return crossings % 2 == 1


@pytest.mark.parametrize("shape", ["triangle", "star", "cross"])
def test_painted_as_a_slow_painter_would(shape: str) -> None:
    thing = red(shape, 5.3, 6.6, 4.5)
    painted = np.asarray(scene_of(thing, side=12).painted(), dtype=float)
    share = (GROUND[1] - painted[..., 1]) / (GROUND[1] - COLOURS["red"][1])
    fine = [(step + 0.5) / 8 for step in range(8)]
    for row, column in product(range(12), repeat=2):
        hits = [inside(thing.outline, column + u, row + v) for u, v in product(fine, repeat=2)]
        assert abs(share[row, column] - sum(hits) / 64) < 0.2
    area = sum(
        (x0 * y1 - x1 * y0) / 2
        for (x0, y0), (x1, y1) in zip(
            thing.outline, thing.outline[1:] + thing.outline[:1], strict=True
        )
    )
    assert share.sum() == pytest.approx(area, rel=0.06)


@pytest.mark.parametrize("shape", OUTLINES)
def test_paint_is_within_the_box_and_reaches_its_sides(shape: str) -> None:
    thing = red(shape, 19.4, 21.7, 9.2)
    painted = np.asarray(scene_of(thing).painted())
    rows, columns = np.nonzero((painted != GROUND).any(axis=2))
    found = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    assert found == pytest.approx(thing.box, abs=1.1)


def test_the_mirror_image_of_the_picture_is_the_picture_of_the_mirrored_scene() -> None:
    for index in range(4):
        scene = make_scene(1, index, RULES)
        flipped = np.asarray(scene.painted(), dtype=float)[:, ::-1]
        assert np.abs(flipped - np.asarray(scene.mirrored().painted())).mean() < 1.0


def test_what_cannot_work_is_told() -> None:
    with pytest.raises(ConfigError, match=r"expected shapes out of circle.*got \('heart',\)"):
        SceneRules(shapes=("heart",))
    with pytest.raises(ConfigError, match="1 <= least <= most"):
        SceneRules(least=3, most=2)
    with pytest.raises(ConfigError, match="side of at least 16"):
        SceneRules(side=8)
    with pytest.raises(ConfigError, match="overlap from 0 to 1, got 2"):
        SceneRules(overlap=2)
    with pytest.raises(ConfigError, match=r"have room, got 9 of them.*try most=8"):
        make_scene(0, 0, SceneRules(least=9, most=9, sizes=("large",), clear=0.3))
