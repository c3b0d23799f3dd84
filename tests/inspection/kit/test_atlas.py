"""The head atlas."""

import pytest
import torch

from saccade.errors import ShapeError, TraceError
from saccade.inspection.kit.atlas import Effect, HeadAtlas, atlas_rows
from saccade.inspection.kit.head_measures import MEASURES, head_measures
from saccade.layers import TokenLayout

LAYOUT = TokenLayout(("cls",), (3, 3), (4, 4))


def test_mean_and_spread_over_batches(normal) -> None:
    attention = normal(5, 2, 3, 10, 10, dtype=torch.float64).softmax(-1)
    atlas = HeadAtlas(LAYOUT)
    atlas.take(attention[:3], ["a", "b", "c"])
    atlas.take(attention[3:], ["d", "e"])
    assert atlas.images == 5
    entries = atlas.entries()
    assert [(entry.layer, entry.head) for entry in entries] == [
        (layer, head) for layer in range(2) for head in range(3)
    ]
    alone = head_measures(attention[:, 1, 2], LAYOUT)
    for name in MEASURES:
        assert entries[5].mean[name] == pytest.approx(float(alone[name].mean()), rel=1e-5)
        spread = float(alone[name].std(correction=0))
        assert entries[5].spread[name] == pytest.approx(spread, abs=1e-5)
        assert entries[5].stats[name].least == pytest.approx(float(alone[name].min()), abs=1e-5)
        assert entries[5].stats[name].most == pytest.approx(float(alone[name].max()), abs=1e-5)


def test_typical_and_odd_pictures() -> None:
    # Four pictures in which patches read evenly, one in which they read themselves.
    even, own = torch.full((1, 1, 10, 10), 0.1), torch.eye(10).expand(1, 1, 10, 10)
    names = ["a", "b", "odd", "c", "d"]
    atlas = HeadAtlas(LAYOUT)
    atlas.take(torch.stack([even, even, own, even, even]), names)
    (entry,) = atlas.entries(examples=2)
    assert entry.typical == ("a", "b")
    assert entry.atypical[0] == "odd"
    assert entry.label == "global" or entry.mean["entropy"] < 0.9
    (none,) = atlas.entries(examples=0)
    assert (none.typical, none.atypical) == ((), ())


def test_one_picture_has_no_spread() -> None:
    atlas = HeadAtlas(LAYOUT)
    atlas.take(torch.full((1, 1, 2, 10, 10), 0.1), ["a"])
    entries = atlas.entries()
    assert set(entries[0].spread.values()) == {0.0}
    assert entries[0].typical == entries[0].atypical == ("a",)


def test_rows_and_the_effect_of_ablation() -> None:
    atlas = HeadAtlas(LAYOUT)
    atlas.take(torch.full((1, 2, 2, 10, 10), 0.1), ["a"])
    effects = {(i // 2, i % 2): Effect(i / 10, 0.5, 0.25) for i in range(4)}
    header, rows = atlas_rows(atlas.entries(effects=effects))
    assert len(rows) == 4
    assert all(len(row) == len(header) for row in rows)
    assert header[:4] == ["layer", "head", "label", "label (Korean)"]
    start = header.index("distance")
    assert header[start : start + 4] == [f"distance{end}" for end in ("", " std", " min", " max")]
    assert [row[header.index("pictures")] for row in rows] == [1] * 4
    assert rows[0][2:4] == ["global", "전체"]
    assert [row[header.index("ablation effect")] for row in rows] == [0.0, 0.1, 0.2, 0.3]
    assert rows[0][-3:] == [0.0, 0.5, 0.25]
    assert [row[header.index("typical")] for row in rows] == ["a"] * 4
    _, unmeasured = atlas_rows(atlas.entries())
    assert {tuple(row[-3:]) for row in unmeasured} == {("", "", "")}


def test_errors() -> None:
    atlas = HeadAtlas(LAYOUT)
    with pytest.raises(TraceError, match="at least one picture, got none"):
        atlas.entries()
    with pytest.raises(ShapeError, match="the attention"):
        atlas.take(torch.full((2, 1, 1, 10, 10), 0.1), ["a"])
    atlas.take(torch.full((1, 1, 1, 10, 10), 0.1), ["a"])
    with pytest.raises(ShapeError, match="the measures"):
        atlas.take(torch.full((1, 2, 1, 10, 10), 0.1), ["b"])
    with pytest.raises(ShapeError, match="maps over 10 tokens"):
        atlas.take(torch.full((1, 1, 1, 9, 9), 0.1), ["b"])
