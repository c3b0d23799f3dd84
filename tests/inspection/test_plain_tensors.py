"""Maps in the layouts of other libraries."""

import pytest
import torch

from saccade.attention.place import Place
from saccade.errors import TraceError, UnknownName
from saccade.inspection import Trace

PAIRS = ("b", "heads", "i", "j")


@pytest.fixture
def trace(normal) -> Trace:
    """Two layers over tokens, a gate, a layer of another size and a pool."""
    made = Trace()
    made.add("blocks.0.attn", PAIRS, normal(2, 2, 4, 4))
    made.add("gate", ("b", "c"), normal(2, 4))
    made.add("blocks.1.attn", PAIRS, normal(2, 3, 4, 4))
    made.add("pool", PAIRS, normal(2, 2, 1, 4), Place((1, 1), (2, 2)))
    return made


def test_a_tuple_of_layers(trace: Trace) -> None:
    maps = trace.as_tuple()
    assert [tuple(one.shape) for one in maps] == [(2, 2, 4, 4), (2, 3, 4, 4)]
    assert torch.equal(maps[1], trace.layers[2].weights)


def test_keys_of_a_cache(trace: Trace) -> None:
    first = trace.layers[0].weights
    for key in ("blocks.0.attn", "blocks.0.attn.hook_pattern", "blocks.0.attn.pattern"):
        assert torch.equal(trace[key], first)
    assert torch.equal(trace["pattern", 0], first)
    assert torch.equal(trace["pattern", -2], first)
    assert trace["gate"].shape == (2, 4)


@pytest.mark.parametrize("key", ["blocks.2.attn", ("pattern", 2), ("resid", 0), 0, ("pattern",)])
def test_keys_that_are_not_there(trace: Trace, key: object) -> None:
    with pytest.raises(UnknownName, match=r"^expected (a|the) name of a layer.*, got .*; try "):
        _ = trace[key]


def test_maps_of_other_axes(normal) -> None:
    made = Trace()
    made.add("gate", ("b", "c"), normal(2, 4))
    with pytest.raises(TraceError, match=r"that maps \(image head query key\), got \(image chann"):
        made.as_tuple()
    made = Trace()
    made.add("pool", PAIRS, normal(2, 2, 1, 4), Place((1, 1), (2, 2)))
    assert len(made.as_tuple()) == 1
