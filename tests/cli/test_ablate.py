"""saccade ablate: the table of heads."""

import csv
import json

from saccade.explanation.views import prepared
from saccade.inspection.head_importance import head_importance
from saccade.predict import load


def test_the_table(run, place, tmp_path):
    out = tmp_path / "new" / "heads.csv"
    words = ["ablate", place / "model.safetensors", place / "clean", "-o", out, "--top", 3]
    done = run(*words, "--batch-size", 8)
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[0] == "What the predicted class loses without a head, mean over 20 pictures"
    assert (len(lines), lines[-1]) == (3 + 3 + 1, f"table: {out}")
    with out.open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 2 * 4
    predictor = load(place / "model.safetensors")
    images = prepared(predictor, sorted((place / "clean").iterdir())).images
    for row, head in zip(rows, head_importance(predictor.model, [images]), strict=True):
        assert (row["name"], int(row["head"])) == (head.name, head.head)
        assert abs(float(row["drop"]) - head.drop) < 1e-5


def test_json_and_broken_pictures(run, place, tmp_path, broken):
    out = tmp_path / "heads.csv"
    done = run("ablate", place / "model.safetensors", place / "mixed", "-o", out, "--json")
    heads = json.loads(done.out)["heads"]
    assert heads[0]["images"] == 20
    assert f"{len(broken)} of {20 + len(broken)} files" in done.err


def test_errors(run, place, tmp_path):
    words = ["ablate", place / "model.safetensors", place / "clean", "-o", tmp_path / "x.csv"]
    assert "batch_size of at least 1" in run(*words, "--batch-size", 0).sentence
