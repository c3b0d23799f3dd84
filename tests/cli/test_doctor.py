"""saccade doctor: what is told of data, weights and runs, as text, as JSON and as a page."""

import json

from PIL import Image

from tests.samples import paint, write_good


def test_good_data_by_hand(run, tmp_path):
    write_good(tmp_path / "cat", 12)
    write_good(tmp_path / "dog", 12, start=12)
    done = run("doctor", tmp_path)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(
        f"Readable pictures in {tmp_path}\n"
        "class   train\n"
        "─────────────\n"
        "cat        12\n"
        "dog        12\n"
        "all        24\n"
        "smallest: 10 x 9 pixels\n"
        "median: 10 x 10 pixels\n"
        "largest: 12 x 10 pixels\n"
        "fine     every file can be read\n"
        "fine     no picture comes twice\n"
    )
    assert "problem" not in done.out
    assert "caution" not in done.out
    assert max(map(len, done.out.splitlines()[9:])) <= 100


def test_twins_kinds_and_leaks(run, tmp_path):
    write_good(tmp_path / "train" / "a", 2)
    write_good(tmp_path / "train" / "b", 2, start=2)
    paint(10, 9, seed=0).save(tmp_path / "train" / "b" / "twin.png")
    write_good(tmp_path / "test" / "a", 1)
    paint(9, 9, mode="L").save(tmp_path / "test" / "a" / "grey.png")
    done = run("doctor", tmp_path)
    assert "caution  grey pictures among coloured ones: 1 of 7;" in done.out
    assert "           test/a/grey.png" in done.out
    assert "problem  pictures that are in another split too: 1;" in done.out
    assert "train/b/twin.png = train/a/good_00.png (another class)" in done.out
    found = json.loads(run("doctor", tmp_path, "--json").out)
    assert found["counts"] == {"train": {"a": 2, "b": 3}, "test": {"a": 2, "b": 0}}
    assert (found["leak_count"], found["duplicate_count"], found["conflict_count"]) == (1, 1, 1)
    assert found["sizes"]["9x9"] == 1
    assert found["remarks"][0]["code"] == "leak"


def test_strict_fails_for_problems_only(run, place):
    assert run("doctor", place / "classes", "--strict").code == 0
    assert run("doctor", place / "classes_mixed").code == 0
    assert run("doctor", place / "classes_mixed", "--strict").code == 1
    done = run("doctor", place / "classes_mixed", "--strict", "--json")
    assert done.code == 1
    assert len(json.loads(done.out)["bad"]) == 10


def test_a_page(run, place, tmp_path):
    out = tmp_path / "page.html"
    done = run("doctor", place / "classes_mixed", "--out", out)
    assert done.out.endswith(f"page: {out}\n")
    assert "saccade.doctor/1" in out.read_text()


def test_weights(run, place):
    done = run("doctor", place / "two.safetensors")
    assert done.code == 0
    assert "two.safetensors (" in done.out
    assert "sha256" in done.out
    assert "fine     the names of all 2 classes are in the file" in done.out
    found = json.loads(run("doctor", place / "two.safetensors", "--json", "--strict").out)
    assert found["coverage"] == 100


def test_a_run(run, tmp_path):
    (tmp_path / "metrics.jsonl").write_text("")
    (tmp_path / "config.json").write_text(json.dumps({"config": {"epochs": 2}, "data": {}}))
    done = run("doctor", tmp_path, "--strict")
    assert done.code == 1
    assert "problem  the run cannot be gone on with: there is no last.safetensors" in done.out


def test_what_is_no_data_is_told(run, tmp_path):
    assert "no such folder" in run("doctor", tmp_path / "none").sentence
    (tmp_path / "file").write_text("")
    assert "got a file" in run("doctor", tmp_path / "file").sentence
    Image.new("RGB", (4, 4)).save(tmp_path / "a.png")
    assert run("doctor", tmp_path, "--recipe", tmp_path / "no.yaml").code == 1
