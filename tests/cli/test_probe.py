"""saccade probe: a line and neighbours in features, and a head that is written."""

import json

import pytest

from saccade.cli.main import main


@pytest.mark.slow
def test_the_head_that_is_written_answers_as_the_probe(run, place, tmp_path):
    model, data = place / "two.safetensors", place / "classes"
    words = ["--val-fraction", 0.3, "--penalty", 1, "--cache", tmp_path / "kept"]
    written = tmp_path / "probed.safetensors"
    told = json.loads(run("probe", model, data, *words, "--out", written, "--json").out)
    assert (told["part"], told["method"], told["count"]) == ("val", "linear", 6)
    tested = json.loads(
        run("eval", written, data, "--part", "val", "--val-fraction", 0.3, "--json").out
    )
    assert tested["accuracy"] == told["accuracy"]
    assert len(list((tmp_path / "kept").iterdir())) == 2
    again = run("probe", model, data, *words).out.splitlines()
    assert again[0] == "val: 6 pictures"
    assert again[-1] == f"linear probe: accuracy {100 * told['accuracy']:.2f} %, C 1"


def test_neighbours_in_folds(run, place):
    words = ["--method", "knn", "--folds", 2, "--k", 3, "--take", "cls+mean", "--layers", "1,-1"]
    done = run("probe", place / "two.safetensors", place / "classes", *words)
    assert done.out.splitlines()[0] == "train: 20 pictures"
    assert done.out.splitlines()[-1].startswith("nearest neighbours: accuracy ")
    assert ", 2 folds from " in done.out


def test_errors_are_sentences(run, place, tmp_path):
    two, data = place / "two.safetensors", place / "classes"
    words = ["--method", "knn", "--out", tmp_path / "x.safetensors"]
    assert (
        "linear and --take head with --out, got knn, head"
        in run("probe", two, data, *words).sentence
    )
    assert "numbers of layers" in run("probe", two, data, "--take", "cls", "--layers", "x").sentence
    assert main(["probe", str(two), str(data), "--method", "tree"]) == 2
