"""Numbers of one call against the whole map, and what they take."""

import pytest
import torch

import saccade
from saccade.attention.fused_reading import Fused
from saccade.attention.place import Place
from saccade.errors import TraceError
from saccade.inspection import rollout
from saccade.inspection.recognition import Recognised
from saccade.inspection.reduction import linked, reduced, reduced_bytes
from saccade.layers import TokenLayout

LAYOUT = TokenLayout(("cls",), (2, 3), (4, 4))
NOTHING = (LAYOUT, None, (8, 12))


def call(tokens: int = 7, queries: int | None = None) -> Recognised:
    generator = torch.Generator().manual_seed(1)
    keys = torch.randn(2, 2, tokens, 4, generator=generator)
    asked = keys if queries is None else torch.randn(2, 2, queries, 4, generator=generator)
    return Recognised("tokens", Fused(asked, keys, keys), layout=LAYOUT)


def test_by_the_whole_map():
    what = call()
    whole = what.reading.rows()
    found = reduced("blocks.0", what, ("mean", "entropy", "sinks"), NOTHING, [])
    torch.testing.assert_close(found.numbers["mean"], whole.mean(1))
    torch.testing.assert_close(found.numbers["entropy"], -(whole * whole.log()).sum(-1).mean(-1))
    torch.testing.assert_close(found.numbers["sinks"], whole.mean((1, 2)))
    assert found.error is None
    assert found.link is None


def test_a_rollout_leaves_a_link_and_no_number():
    what = call()
    found = reduced("blocks.0", what, ("rollout",), NOTHING, [])
    assert not found.numbers
    assert found.link is not None
    assert found.link.tokens == 7
    with pytest.raises(TraceError, match=r"9x9 in blocks\.1 behind 7x7"):
        reduced("blocks.1", call(9), ("rollout",), NOTHING, [found.link])


def test_a_pool_leaves_no_link_but_a_late_class_token_is_refused():
    pool = Recognised("one question", call(queries=1).reading, place=Place((1,), (2, 3)))
    late = Recognised("class", call(queries=1).reading)
    assert not linked(("rollout",), pool)
    assert linked(("rollout",), late)
    with pytest.raises(TraceError, match=r"1x7 in blocks_token_only\.0"):
        reduced("blocks_token_only.0", late, ("rollout",), NOTHING, [])


def test_bytes():
    what = call()
    assert reduced_bytes(("entropy", "distance"), what) == 2 * (2 * 2 * 4)
    assert reduced_bytes(("mean", "sinks"), what) == 2 * 7 * 7 * 4 + 2 * 7 * 4
    assert reduced_bytes(("rollout",), what) == 2 * 7 * 7 * 4  # less than 2 · 2 · 7 · 4 · 4 · 2


@pytest.mark.parametrize("passes", [1, 2])
def test_the_rollout_of_a_model_is_a_row_of_the_whole_one(passes):
    model = saccade.create_model("vit_pico_patch2_8").eval()
    images = torch.rand(2, 3, 8, 8, generator=torch.Generator().manual_seed(2))
    with torch.no_grad(), saccade.record(model) as trace:
        model(images)
    with torch.no_grad(), saccade.record(model, reduce=("rollout", "mean")) as short:
        for _ in range(passes):
            model(images)
    rows = short.reduced["rollout"]["blocks.2.attn"]
    assert len(rows) == passes
    for row in rows:
        torch.testing.assert_close(row, rollout(trace.attention)[:, 0], atol=1e-6, rtol=0)
