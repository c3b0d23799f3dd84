"""saccade doctor: what is told of good and of bad data, as text and as JSON."""

import json

from tests.samples import paint, write_good


def test_good_data_by_hand(run, tmp_path):
    write_good(tmp_path / "cat", 3)
    write_good(tmp_path / "dog", 2, start=7)
    done = run("doctor", tmp_path)
    assert (done.code, done.err) == (0, "")
    assert done.out == (
        f"Readable pictures in {tmp_path}\n"
        "class   train\n"
        "─────────────\n"
        "cat         3\n"
        "dog         2\n"
        "all         5\n"
        "smallest: 10 x 9 pixels\n"
        "median: 12 x 9 pixels\n"
        "largest: 11 x 10 pixels\n"
        "no picture occurs twice\n"
        "every file can be read\n"
    )


def test_twins_kinds_and_leaks(run, tmp_path):
    write_good(tmp_path / "train" / "a", 2)
    write_good(tmp_path / "train" / "b", 2, start=2)
    paint(10, 9, seed=0).save(tmp_path / "train" / "b" / "twin.png")
    write_good(tmp_path / "test" / "a", 1)
    paint(9, 9, mode="L").save(tmp_path / "test" / "a" / "grey.png")
    done = run("doctor", tmp_path)
    assert "grey: 1 (test/a/grey.png)" in done.out
    assert "1 inside a split, 1 across splits; 1 of them under another class" in done.out
    assert "train/b/twin.png = train/a/good_00.png (another class)" in done.out
    assert "test/a/good_00.png = train/a/good_00.png" in done.out
    found = json.loads(run("doctor", tmp_path, "--json").out)
    assert found["counts"] == {"train": {"a": 2, "b": 3}, "test": {"a": 2, "b": 0}}
    assert found["leak_count"] == 1
    assert found["sizes"]["9x9"] == 1


def test_strict_fails_for_bad_files_only(run, place):
    assert run("doctor", place / "classes", "--strict").code == 0
    assert run("doctor", place / "classes_mixed").code == 0
    assert run("doctor", place / "classes_mixed", "--strict").code == 1
    done = run("doctor", place / "classes_mixed", "--strict", "--json")
    assert done.code == 1
    assert len(json.loads(done.out)["bad"]) == 10


def test_what_is_no_data_is_told(run, tmp_path):
    assert "no such folder" in run("doctor", tmp_path / "none").sentence
    (tmp_path / "file").write_text("")
    assert "got a file" in run("doctor", tmp_path / "file").sentence
