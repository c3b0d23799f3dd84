"""Classes of pixels: ids and colours to indices, void, colours of their own."""

import numpy as np
import pytest

from saccade.data.segmentation.classes import (
    UNKNOWN,
    VOID,
    PixelClass,
    PixelClasses,
    means_void,
    numbered,
    packed,
    palette,
)
from saccade.errors import DataError

ROAD = PixelClass("road", 7, (1, 2, 3))
CAR = PixelClass("car", 2)
NOTHING = PixelClass("nothing", 0, (0, 0, 0), void=True)


def test_ids_become_indices() -> None:
    # Two classes in the order told: id 7 is index 0, id 2 index 1; id 0 is void, and so is 255.
    table = PixelClasses((NOTHING, ROAD, CAR)).of_ids
    assert [int(table[i]) for i in (7, 2, 0, 255, 5)] == [0, 1, VOID, VOID, UNKNOWN]


def test_colours_become_indices() -> None:
    classes = PixelClasses((NOTHING, ROAD, CAR))
    assert dict(classes.of_colours) == {0: VOID, packed((1, 2, 3)): 0}
    assert classes.colours[0] == (1, 2, 3)
    assert classes.names == ("road", "car")


def test_more_classes_can_be_void() -> None:
    fewer = PixelClasses((ROAD, CAR)).without(["2"])
    assert fewer.names == ("road",)
    assert int(fewer.of_ids[2]) == VOID
    with pytest.raises(DataError, match=r"expected void as one of 7 road, 2 car, got sky"):
        PixelClasses((ROAD, CAR)).without(["sky"])


def test_they_go_through_json() -> None:
    classes = PixelClasses((NOTHING, ROAD, CAR))
    assert PixelClasses.from_dict(classes.to_dict()) == classes
    with pytest.raises(DataError, match=r"classes of pixels as they were saved"):
        PixelClasses.from_dict({"entries": [["road"]]})


@pytest.mark.parametrize(
    ("name", "void"),
    [("Unlabelled/void (ignore)", True), ("unlabeled", True), ("Void", True), ("avoidance", False)],
)
def test_names_that_do_not_count(name: str, void: bool) -> None:
    assert means_void(name) is void


@pytest.mark.parametrize(
    ("ids", "names"),
    [([0, 2], ("0", "1", "2")), ([0, 255], ("0", "255")), ([0, 1, 255], ("0", "1"))],
)
def test_ids_without_names(ids: list[int], names: tuple[str, ...]) -> None:
    assert numbered(ids).names == names


def test_own_colours_are_far_from_each_other() -> None:
    found = np.array(palette(20), float)
    apart = np.linalg.norm(found[:, None] - found[None], axis=-1) + 1e9 * np.eye(20)
    assert apart.min() > 40
    assert np.linalg.norm(found, axis=1).min() > 100  # none is black


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ((NOTHING,), "1 to 250 classes of pixels, got 0"),
        ((ROAD, PixelClass("car", 7)), "each id of the classes once, got 7 twice"),
        ((ROAD, PixelClass("road", 1)), "each name of the classes once, got road twice"),
        ((PixelClass("far", 70_000),), "ids from 0 to 65535, got 70000 for far"),
    ],
)
def test_errors(entries: tuple[PixelClass, ...], words: str) -> None:
    with pytest.raises(DataError, match=words):
        PixelClasses(entries)
