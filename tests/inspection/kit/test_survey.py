"""Several parts over one run of pictures."""

import pytest
import torch

from saccade.errors import TraceError
from saccade.inspection.kit.findings import Choice, Seen
from saccade.inspection.kit.parts import PARTS
from saccade.inspection.kit.survey import survey
from saccade.inspection.trace import Trace
from tests.inspection.seen import seen


def test_all_parts_at_once_are_the_parts_alone() -> None:
    found, refused = survey([seen(2), seen(1, seed=1)])
    assert refused == {}
    assert list(found) == list(PARTS)
    alone, _ = survey([seen(2), seen(1, seed=1)], ["distance"])
    assert alone["distance"].rows == found["distance"].rows


def staged() -> Seen:
    """Two stages of which the second has fewer tokens."""
    trace = Trace(model="stages", size=(8, 8))
    for number, tokens in enumerate((16, 4)):
        weights = torch.full((1, 2, tokens, tokens), 1 / tokens)
        trace.add(f"stage.{number}", ("b", "heads", "i", "j"), weights)
    return Seen(trace)


def test_what_a_model_cannot_have_is_told() -> None:
    found, refused = survey([staged()], choice=Choice())
    assert set(found) == {"entropy", "sinks"}
    assert set(refused) == set(PARTS) - set(found)
    assert refused["distance"].startswith("expected layers whose queries and keys lie on the pic")
    with pytest.raises(TraceError, match="which go layer by layer"):
        survey([staged()], ["heads"])


def test_no_picture() -> None:
    with pytest.raises(TraceError, match="at least one picture, got none"):
        survey([])
