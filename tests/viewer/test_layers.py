"""The layers of a report: within their budget, with the entropy of their rows."""

import json
import math

import numpy as np
import pytest
import torch

from saccade.errors import TraceError
from saccade.inspection import Trace, record, row_entropy
from saccade.layers import TokenLayout
from saccade.viewer.layers import LayerPart
from saccade.viewer.pack import pack
from saccade.viewer.report import Options, report
from tests import toys
from tests.samples import paint


@pytest.fixture
def pictures_of(tmp_path):
    """Write pictures of 80x50 pixels."""

    def write(count: int) -> list:
        paths = [tmp_path / f"{number}.png" for number in range(count)]
        for number, path in enumerate(paths):
            paint(80, 50, seed=number).save(path)
        return paths

    return write


def told(paths, *, kinds=toys.KINDS, grid=(6, 8), **options):
    """The report of a toy; JSON can hold all of it."""
    predictor = toys.predictor(kinds, grid)
    views = list(predictor.look(paths, batch_size=2))
    data = report(predictor, views, Options(title="Toy", honest=False, **options))
    pack(data, title="Toy")
    return json.loads(json.dumps(data)), views


def stored(layer: dict | None) -> int:
    """Bytes of one layer of one picture, the ends of its rows apart."""
    blocks = [] if layer is None else [layer["whole"], layer["parts"] or {"data": ""}]
    return sum(3 * len(block["data"]) // 4 - block["data"].count("=") for block in blocks)


def test_a_model_without_tokens_has_only_layers(pictures_of):
    data, _ = told(pictures_of(3))
    assert data["schema"] == "saccade.report/3"
    for name in ("distance", "entropy", "filters", "positions"):
        assert data[name] is None
    for name in ("attention", "rowmax", "rollout", "distance", "entropy"):
        assert data["pictures"][0][name] is None
    model = data["model"]
    assert (model["depth"], model["grid"], model["img_size"]) == (0, None, [48, 64])
    names = [layer["name"].removeprefix("parts.") for layer in data["layers"]]
    assert names == [*toys.KINDS[:3], "both", *toys.KINDS[3:]]
    assert all(len(picture["layers"]) == 10 for picture in data["pictures"])
    assert data["notes"] == []


def test_entropy_is_over_all_pictures(pictures_of):
    data, views = told(pictures_of(3), pictures=1)
    (cross,) = [layer for layer in data["layers"] if layer["name"] == "parts.cross"]
    assert cross["entropy"]["mean"] == pytest.approx([math.log(13)] * 2, abs=1e-5)
    assert cross["entropy"]["uniform"] == pytest.approx(math.log(13))
    (dense,) = [layer for layer in data["layers"] if layer["name"] == "parts.dense"]
    own = [layer for view in views for layer in view.trace.layers if layer.name == "parts.dense"]
    mean = torch.cat([row_entropy(layer) for layer in own]).mean(dim=0)
    np.testing.assert_allclose(dense["entropy"]["mean"], mean, atol=1e-5)
    assert data["layers"][0]["entropy"] is None


@pytest.mark.parametrize("allowance", [0, 300, 3_000, 30_000, 300_000, 3_000_000])
def test_the_budget_holds(pictures_of, allowance):
    data, _ = told(pictures_of(2), grid=(24, 32), pictures=2, map_bytes=2 * allowance)
    for picture in data["pictures"]:
        assert sum(stored(layer) for layer in picture["layers"]) <= allowance
    small = [layer for layer in data["pictures"][0]["layers"] if layer is not None]
    assert len(small) >= (8 if allowance >= 30_000 else 0)
    dense = next(layer for layer in data["layers"] if layer["name"] == "parts.dense")
    if allowance == 3_000_000:
        assert (len(dense["queries"]["rows"]), dense["stored"]) == (16, 3)
    if allowance == 30_000:
        assert 1 <= len(dense["queries"]["rows"]) < 16
        assert dense["stored"] < dense["parts"]


def test_summaries_come_before_single_parts():
    made = Trace()
    place = toys.Place((16, 16), (16, 16))
    for name, heads in (("a", 8), ("b", 2)):
        weights = torch.rand(1, heads, 256, 256).softmax(-1)
        made.add(name, ("b", "heads", "i", "j"), weights, place)
    part = 2 * 256 * 256
    gathered = LayerPart()
    gathered.take(made.layers, 5 * part)
    first, second = gathered.describe()
    assert (len(first["queries"]["rows"]), len(second["queries"]["rows"])) == (16, 16)
    assert (first["stored"], second["stored"]) == (3, 0)
    assert gathered.bytes == 5 * part


def test_tokens_and_gates_in_one_model_both_show(pictures_of):
    predictor = toys.predictor(("gate",))
    layout = TokenLayout((), (2, 4), (24, 16))
    predictor.model.patch_kernel = lambda: torch.rand(5, 3, 24, 16)
    views = list(predictor.look(pictures_of(1)))
    trace = Trace(layout)
    for layer in range(2):
        weights = torch.rand(1, 2, 8, 8).softmax(-1)
        trace.add(f"blocks.{layer}", ("b", "heads", "i", "j"), weights)
    gate = views[0].trace.layers[0]
    trace.add(gate.name, ("b", "c"), gate.weights)
    views[0] = type(views[0])(views[0].predictions, views[0].pictures, views[0].geometries, trace)
    data = report(predictor, views, Options(title="Both", honest=False))
    assert (data["model"]["depth"], data["model"]["grid"]) == (2, [2, 4])
    assert [layer["name"] for layer in data["layers"]] == ["parts.gate"]
    assert data["pictures"][0]["attention"] is not None


def test_a_model_without_any_tap_is_told_what_to_do():
    model = torch.nn.Linear(2, 2)
    sentence = r"try a model with attention, or saccade\.insert\(model, 'layer3\.\*'"
    with pytest.raises(TraceError, match=sentence), record(model):
        model(torch.ones(1, 2))
