"""From pictures to files: the page with its payload, and the trace of all maps."""

import json
import re

import pytest
import torch

from saccade.errors import OutputError, TraceError
from saccade.inspection.trace import Trace
from saccade.predict import load
from saccade.viewer.report import Options, report
from saccade.viewer.write import write_report
from tests.samples import save_model, write_bad, write_good


@pytest.fixture
def predictor(tmp_path):
    save_model(tmp_path / "model.safetensors")
    return load(tmp_path / "model.safetensors")


def payload(page):
    text = page.read_text(encoding="utf-8")
    found = re.search(r'<script type="application/json" id="payload">(.*?)</script>', text)
    return json.loads(found[1])


def test_page_and_trace_hold_what_was_looked_at(predictor, tmp_path):
    paths, out = write_good(tmp_path, 3), tmp_path / "deep" / "er" / "page.html"
    options = Options(title='Cats & "dogs" <3', pictures=2, honest=False)
    told = write_report(
        predictor, paths, options, out=out, trace=tmp_path / "maps.npz", batch_size=2
    )
    expected = json.loads(json.dumps(report(predictor, predictor.look(paths), options)))
    got = payload(out)
    assert got.keys() == expected.keys()
    for name in ("title", "model", "notes", "skipped", "filters", "positions", "provenance"):
        assert got[name] == expected[name]
    assert {one["name"] for one in got["pictures"]} == {"good_00.png", "good_01.png"}
    assert "<title>Cats &amp; &quot;dogs&quot; &lt;3</title>" in out.read_text(encoding="utf-8")
    assert told == {name: told[name] for name in got if name in told}
    assert {"pictures", "filters", "positions"} == got.keys() - told.keys()

    trace = Trace.load(tmp_path / "maps.npz")
    views = list(predictor.look(paths))
    assert trace.names == tuple(str(path) for path in paths)
    assert trace.layout == predictor.model.layout
    assert list(trace.geometries) == [g.to_dict() for view in views for g in view.geometries]
    torch.testing.assert_close(trace.attention, views[0].trace.attention)


def test_without_a_readable_picture_nothing_is_written(predictor, tmp_path):
    out = tmp_path / "page.html"
    for paths in ([], write_bad(tmp_path / "bad")):
        with pytest.raises(TraceError, match="at least one readable picture, got "):
            write_report(predictor, paths, Options(title=""), out=out, trace=tmp_path / "t.npz")
    assert not out.exists()
    assert not (tmp_path / "t.npz").exists()


def test_a_place_that_cannot_be_written_to_is_told(predictor, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(
        OutputError, match=r"to write .*page.html, got (File exists|Not a directory)"
    ):
        write_report(
            predictor,
            write_good(tmp_path, 1),
            Options(title=""),
            out=tmp_path / "file" / "page.html",
        )
