"""saccade parity: our numbers and a peer's in one table."""

import json
import sys

import pytest


@pytest.fixture
def saved(place):
    return place / "model.safetensors"


def test_the_table(run, saved, timm) -> None:
    done = run("parity", saved)
    assert done.code == 0
    assert done.err == f"timm {timm.__version__}: timm read the names and shapes of the file\n"
    lines = done.out.splitlines()
    heading = f"quantity saccade timm {timm.__version__} largest difference"
    assert lines[0].split() == heading.split()
    assert lines[2].split()[0] == "logits"
    assert lines[3].startswith("features before the head ")
    assert "attention 1" in done.out
    assert lines[-1].endswith("within the tolerance of 0.0001")


def test_pictures(run, saved, place, timm) -> None:
    done = run("parity", saved, place / "clean", "--json", "--batch-size", 3)
    found = json.loads(done.out)
    assert (done.code, found["passed"]) == (0, True)
    noise = json.loads(run("parity", saved, "--json").out)
    again = json.loads(run("parity", saved, "--json", "--seed", 1).out)
    assert len({one["rows"][0]["ours"] for one in (found, noise, again)}) == 3


def test_a_difference_above_the_tolerance_is_an_exit_code(run, saved, timm, monkeypatch) -> None:
    theirs = timm.models.vision_transformer.VisionTransformer
    right = theirs.forward_head
    monkeypatch.setattr(
        theirs, "forward_head", lambda *given, **named: 1.01 * right(*given, **named)
    )
    done = run("parity", saved, "--tolerance", 1e-3)
    assert done.code == 1
    assert " !" in done.out
    assert done.out.splitlines()[-1].endswith("above the tolerance of 0.001")


def test_against_transformers(run, saved, transformers) -> None:
    done = run("parity", saved, "--against", "hf")
    assert done.code == 0
    assert "transformers read a folder that saccade wrote" in done.err


def test_a_library_that_is_missing(run, saved, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "timm", None)
    sentence = run("parity", saved).sentence
    assert sentence.startswith("expected the library timm to compare with, got import of timm")
    assert sentence.endswith("; try pip install timm")


def test_a_file_that_is_missing(run, tmp_path) -> None:
    assert "no such file" in run("parity", tmp_path / "x.safetensors").sentence
