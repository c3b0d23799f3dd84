"""Maps that grow."""

import pytest
import torch

from saccade.errors import TraceError
from saccade.inspection.kept_maps import KeptMaps, one_each
from saccade.inspection.layer_map import Kept

KEPT = Kept(("image", "query", "key"))


def test_they_grow_and_are_joined(normal) -> None:
    maps = KeptMaps()
    assert (bool(maps), maps.images, maps.layers(None, None)) == (False, 0, ())
    first, second = normal(2, 3, 3), normal(1, 3, 3)
    maps.put("a", first, KEPT)
    maps.put("a", second, KEPT)
    assert (bool(maps), maps.images, maps.bytes) == (True, 3, 3 * 9 * 4)
    (layer,) = maps.layers(None, (4, 4))
    assert torch.equal(layer.weights, torch.cat([first, second]))
    assert (layer.size, layer.axes) == ((4, 4), KEPT.axes)


def test_lengthen(normal) -> None:
    maps = KeptMaps()
    assert not maps.lengthen("a", normal(2, 1, 4))
    maps.put("a", normal(2, 1, 4), KEPT)
    assert maps.lengthen("a", normal(2, 1, 4))
    assert (maps.layers(None, None)[0].weights.shape, maps.bytes) == ((2, 2, 4), 64)


def test_others_are_refused_and_taken(normal) -> None:
    maps, others = KeptMaps(), KeptMaps()
    maps.put("a", normal(1, 3, 3), KEPT)
    with pytest.raises(TraceError, match="the layers a, got no maps"):
        maps.check_alike(others)
    others.put("a", normal(1, 2, 3), KEPT)
    with pytest.raises(TraceError, match=r"size and place in a, got \(2, 3\) after \(3, 3\)"):
        maps.check_alike(others)
    with pytest.raises(TraceError, match=r"the same heads of a .*, got \[1\] after all"):
        maps.put("a", normal(1, 3, 3), Kept(KEPT.axes, heads=(1,)))
    maps.extend(maps)
    assert maps.images == 2


def test_one_item_for_each_image() -> None:
    assert one_each((), (), (3, 2), "") == ()
    assert one_each(("a",), (), (2, 1), "") == ("a", "a", "")
    assert one_each(("a", "b"), ("c",), (2, 1), "") == ("a", "b", "c")
    assert one_each((), ("c",), (0, 2), "") == ("c", "c")
