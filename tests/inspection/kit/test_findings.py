"""What the parts of the kit share."""

import pytest
import torch

from saccade.errors import TraceError
from saccade.inspection.kit.findings import Choice, Findings, Seen
from saccade.inspection.trace import Trace
from tests.inspection.seen import seen, traced


def test_choices_and_findings_start_plain() -> None:
    assert (Choice().query, Choice().mass, Choice().pictures) == (None, 0.6, 8)
    assert (Choice().flows, Choice().effects) == (None, None)
    assert Findings([], []).notes == ()
    assert seen(norms=False).norms is None


def test_any_trace_will_do_without_names_or_pictures(normal) -> None:
    maps = normal(2, 3, 2, 7, 7).softmax(-1)
    bare = Seen(traced(maps))
    assert len(bare) == 2
    assert torch.equal(bare.attention, maps)
    assert bare.name(1) == "image 1"
    picture, geometry = bare.picture(0)
    assert picture.size == geometry.size == (12, 8)
    bare.trace.names = ("a", "b")
    assert bare.name(1) == "b"


def test_layers_that_are_no_maps_of_the_same_tokens(normal) -> None:
    trace = traced(normal(1, 1, 2, 7, 7).softmax(-1))
    trace.add("last", ("b", "heads", "i", "j"), normal(1, 2, 7, 4).softmax(-1))
    with pytest.raises(TraceError, match="try distance, entropy or sinks, which go layer by layer"):
        _ = Seen(trace).attention
    empty = Trace()
    with pytest.raises(TraceError, match="a forward pass"):
        len(Seen(empty))
