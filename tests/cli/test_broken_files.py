"""Ten broken files among twenty good ones: each is named, and nothing else changes."""

import json
import re

import pytest

from saccade.inspection.trace import Trace


def named(text: str) -> list[str]:
    """The names in the lines "  path: reason"."""
    found = re.findall(r"^  (\S+): \S.*$", text, flags=re.MULTILINE)
    return sorted(path.rpartition("/")[2] for path in found)


@pytest.mark.parametrize("form", [[], ["--json"], ["--csv"]])
def test_predict(run, place, broken, form):
    clean = run("predict", place / "model.safetensors", place / "clean", *form)
    mixed = run("predict", place / "model.safetensors", place / "mixed", *form)
    assert (clean.code, mixed.code, clean.err) == (0, 0, "")
    assert mixed.out == clean.out.replace(str(place / "clean"), str(place / "mixed"))
    assert mixed.err.startswith("10 of 30 files could not be used and were left out:\n")
    assert named(mixed.err) == broken


def test_predict_without_a_single_good_file(run, place, broken):
    broken = [name for name in broken if name != "folder.jpg"]
    files = [place / "mixed" / name for name in broken]
    done = run("predict", place / "model.safetensors", *files, "--json")
    assert (done.code, done.out) == (1, "")
    assert named(done.err) == broken


def test_inspect(run, place, broken, tmp_path):
    clean, mixed = (
        run(
            *("inspect", place / "model.safetensors", place / name, "--json", "--quick"),
            *("-o", tmp_path / f"{name}.html", "--trace", tmp_path / f"{name}.npz"),
        )
        for name in ("clean", "mixed")
    )
    assert (clean.code, mixed.code, clean.err) == (0, 0, "")
    assert named(mixed.err) == broken
    one, other = json.loads(clean.out), json.loads(mixed.out)
    for part in ("distance", "entropy", "n_images", "model"):
        assert one[part] == other[part]
    assert len(other["skipped"]) == 10
    first, second = (Trace.load(tmp_path / f"{name}.npz") for name in ("clean", "mixed"))
    assert first.attention.equal(second.attention)


def test_doctor(run, place, broken):
    clean = run("doctor", place / "classes")
    mixed = run("doctor", place / "classes_mixed")
    assert (clean.code, mixed.code) == (0, 0)
    assert "problem  files that cannot be read: 10;" in mixed.out
    found = re.findall(r"^ +(\S+): \S.*$", mixed.out.split("problem")[1], flags=re.MULTILINE)
    assert set(broken) <= {path.rpartition("/")[2] for path in found}
    before = mixed.out.split("problem")[0].replace("classes_mixed", "classes")
    assert clean.out.startswith(before)


def test_eval(run, place, broken):
    words = ["--part", "train", "--val-fraction", "0"]
    clean = run("eval", place / "two.safetensors", place / "classes", *words)
    mixed = run("eval", place / "two.safetensors", place / "classes_mixed", *words)
    assert (clean.code, mixed.code, clean.err) == (0, 0, "")
    assert mixed.out == clean.out
    assert mixed.err.startswith("10 of 30 files could not be used and were left out:\n")
    assert named(mixed.err) == broken
