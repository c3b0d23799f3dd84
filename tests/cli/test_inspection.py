"""saccade inspect: the page, the trace, the table of layers and its JSON."""

import dataclasses
import json
import math

import pytest
from PIL import Image

from saccade.checkpoints.native import Card, save
from saccade.inspection.trace import Trace
from saccade.models import build
from saccade.predict import load
from saccade.viewer.report import Options, report


def test_page_trace_and_table(run, place, tmp_path):
    page, maps = tmp_path / "new" / "page.html", tmp_path / "maps.npz"
    done = run(
        "inspect",
        place / "model.safetensors",
        place / "clean",
        "-o",
        page,
        "--trace",
        maps,
        "--quick",
    )
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[0].startswith("Attention of each layer, mean over 20 pictures")
    assert lines[1].split() == ["layer", "distance", "(px)", "entropy", "(nats)"]
    assert len(lines) == 3 + 2 + 2
    assert lines[-2:] == [f"report: {page}", f"trace:  {maps}"]
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert len(Trace.load(maps).names) == 20


def test_the_numbers_are_those_of_the_report(run, place, tmp_path):
    page = tmp_path / "page.html"
    words = ["inspect", place / "model.safetensors", place / "clean", "--out", page, "--quick"]
    table = run(*words).out.splitlines()[3]
    got = json.loads(run(*words, "--json", "--limit", 3).out)
    predictor = load(place / "model.safetensors")
    views = predictor.look(sorted((place / "clean").iterdir()))
    expected = report(predictor, views, Options(title="", honest=False))
    for name in ("distance", "entropy"):
        for part in ("mean", "std"):
            for own, other in zip(got[name][part], expected[name][part], strict=True):
                assert own == pytest.approx(other, abs=2e-5)
    assert got["n_images"] == 20
    assert got["report"] == str(page)
    assert "first 3 of 20" in got["notes"][0]["en"]
    heads = got["distance"]["mean"][0]
    assert f"{sum(heads) / 4:.2f} ({min(heads):.2f} to {max(heads):.2f})" in table


def test_whether_to_believe_the_maps_is_told(run, place, tmp_path, monkeypatch):
    monkeypatch.setenv("LC_ALL", "C")
    page = tmp_path / "page.html"
    words = ["inspect", place / "model.safetensors", place / "clean", "-o", page, "--limit", 2]
    done = run(*words)
    (line,) = (line for line in done.out.splitlines() if line.startswith("mean of 2"))
    assert "(random 0." in line
    belief = json.loads(run(*words, "--json").out)["belief"]
    assert belief["method"] == "rollout"
    assert f"{belief['summary']['shift']['mean']:.3f} ± " in line
    assert belief["passes"] == 2 * 7 * (3 + 1)  # 16 patches, three at a time


def test_the_page_is_written_where_one_stands(run, place, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run("inspect", place / "model.safetensors", place / "clean" / "good_00.png").code == 0
    assert (tmp_path / "report.html").is_file()


def test_what_cannot_be_is_told(run, place, tmp_path):
    words = ["inspect", place / "model.safetensors", place / "clean"]
    assert run(*words, "--limit", -1).sentence.startswith("expected pictures of at least 0")
    (tmp_path / "file").write_text("")
    assert "to write" in run(*words, "-o", tmp_path / "file" / "page.html").sentence
    assert "no such file" in run(*words[:2], tmp_path / "none.jpg").sentence


def test_the_layers_of_a_model_without_tokens(run, place, tmp_path):
    small = {"num_classes": 2, "img_size": 64, "width": 32, "depths": (1, 1, 1, 1, 1)}
    model, weights = build("san10_pairwise", **small), tmp_path / "model.safetensors"
    config = dataclasses.asdict(model.config)
    pixels = {"img_size": (64, 64)}
    about = {"model": "san10_pairwise", "config": config, "classes": ("a", "b")}
    save(weights, model, Card(**about, preprocessing=pixels))
    page, maps = tmp_path / "page.html", tmp_path / "maps.npz"
    words = ["inspect", weights, place / "clean", "-o", page, "--trace", maps, "--limit", 2]
    done = run(*words, "--quick")
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[0].startswith("Maps of the layers; entropy of each query's weights, mean over 20")
    assert lines[1].split() == ["layer", "picture", "map", "grid", "entropy", "(nats)"]
    first, second = lines[3].split(), lines[4].split()
    assert first[:2] == ["layer0.0.sam", "queries"]
    assert " ".join(first[2:]).startswith("channel group 1 x query 1024 x key 9 32x32 2.")
    assert " ".join(second).endswith(")")
    trace = Trace.load(maps)
    assert (trace.size, trace.layers[1].place.keys) == ((64, 64), (16, 16))
    told = json.loads(run(*words[:5], "--json", "--quick").out)
    assert told["distance"] is None
    assert told["layers"][0]["entropy"]["uniform"] == pytest.approx(math.log(9))
    assert "index" not in told["layers"][0]


def test_what_a_spatial_transformer_looks_at_is_drawn(run, place, tmp_path):
    model = build("st_cnn_affine", in_chans=3, filters=(2, 3))
    weights, sheet = tmp_path / "warped.safetensors", tmp_path / "warps.png"
    save(weights, model, Card(model=model.name, config=dataclasses.asdict(model.config)))
    words = ["inspect", weights, place / "clean", "-o", tmp_path / "page.html", "--quick"]
    done = run(*words, "--warps", sheet, "--limit", 2)
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[-1] == f"warps:  {sheet}"
    with Image.open(sheet) as figure:
        assert figure.width > figure.height / 2  # two pictures, each with its warp beside it
    done = run("inspect", place / "model.safetensors", place / "clean", "--warps", sheet)
    assert done.sentence.startswith("expected a spatial transformer in")


def test_where_a_model_of_glimpses_looked_is_drawn(run, place, tmp_path):
    sizes = {"glimpses": 2, "hidden_size": 8, "runs": 1}
    model = build("ram_mnist", img_size=16, in_chans=3, glimpse_size=4, **sizes)
    weights, sheet = tmp_path / "looks.safetensors", tmp_path / "glimpses.png"
    save(weights, model, Card(model=model.name, config=dataclasses.asdict(model.config)))
    words = ["inspect", weights, place / "clean", "-o", tmp_path / "page.html", "--quick"]
    done = run(*words, "--glimpses", sheet, "--limit", 2)
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[-1] == f"glimpses: {sheet}"
    with Image.open(sheet) as figure:
        assert figure.height > 2 * 60
    done = run(*words, "--glimpses", tmp_path / "glimpses.svg", "--limit", 2)
    assert done.sentence.startswith("expected a file that ends in .png, got glimpses.svg")
