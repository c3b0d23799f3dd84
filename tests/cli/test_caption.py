"""saccade caption: a table, JSON lines, CSV; pages and figures; pictures that do not open."""

import csv
import io
import json

import pytest

from saccade.writing.captions import CaptionWriter
from saccade.writing.search import Search
from tests.samples import write_bad, write_good

SHORT = ("--max-length", 4)


@pytest.fixture(scope="module")
def said(words):
    writer = CaptionWriter.load(words / "runs" / "train" / "1")
    return list(
        writer.write(sorted((words / "pictures").iterdir()), Search(max_length=4, n_best=2))
    )


def test_the_table_has_a_caption_for_each_picture(run, words, said):
    done = run("caption", words / "runs" / "train" / "1", words / "pictures", *SHORT)
    assert done.code == 0
    lines = done.out.splitlines()
    assert lines[0].split() == ["picture", "caption", "score"]
    assert len(lines) == 2 + 3
    for line, one in zip(lines[2:], said, strict=True):
        assert line.split()[0] == one.name
        assert one.text in line
        assert f"{one.hypotheses[0].score:.4f}" in line
        assert ("(unfinished)" in line) == (not one.hypotheses[0].finished)


def test_json_has_the_numbers_of_each_word(run, words, said):
    model = ("--model", words / "runs" / "train" / "1" / "best.safetensors")
    done = run("caption", words / "pictures", *model, *SHORT, "--n-best", 2, "--json")
    for line, one in zip(done.out.splitlines(), said, strict=True):
        told = json.loads(line)
        assert (told["picture"], len(told["captions"])) == (one.name, 2)
        for each, text, best in zip(told["captions"], one.texts, one.hypotheses, strict=True):
            assert each["text"] == text
            assert each["finished"] == best.finished
            assert [word["word"] for word in each["words"]] == text.split()
            for word in each["words"]:
                assert 0 <= word["sharpness"] <= 1
                assert 0 < word["coverage"] <= 1
                assert 0 < word["probability"] <= 1


def test_csv_has_a_row_for_each_caption(run, words, said):
    done = run("caption", words / "runs/train/1", words / "pictures", *SHORT, "--csv", "--n-best=2")
    rows = list(csv.DictReader(io.StringIO(done.out)))
    assert [row["caption"] for row in rows] == [text for one in said for text in one.texts]
    assert [row["rank"] for row in rows] == ["1", "2"] * 3


def test_without_a_model_the_newest_run_is_taken_and_named(run, words, monkeypatch):
    monkeypatch.chdir(words)
    done = run("caption", "pictures", *SHORT)
    assert done.code == 0
    assert "model: runs/train/1, the newest run of its kind" in done.err


def test_broken_pictures_are_named_and_the_others_have_captions(run, words, tmp_path):
    model = words / "runs" / "train" / "1"
    good, bad = write_good(tmp_path, 2), write_bad(tmp_path)
    done = run("caption", model, tmp_path, *SHORT, "--json", "--attention", tmp_path / "o.html")
    assert done.code == 0
    assert [json.loads(line)["picture"] for line in done.out.splitlines()] == [*map(str, good)]
    assert "of 12 files could not be used" in done.err
    assert (tmp_path / "o.html").is_file()
    (tmp_path / "x.jpg").write_text("no picture")
    done = run("caption", model, tmp_path / "x.jpg", "--attention", tmp_path / "none.html")
    assert done.code == 1
    assert not (tmp_path / "none.html").exists()
    assert len(bad) == 10


def test_what_people_wrote_stands_beside_it(run, words, tmp_path):
    names = sorted(path.name for path in (words / "pictures").iterdir())
    path = words / "captions.tsv"
    path.write_text(f"pictures/{names[0]}\tan old 고양이\npictures/none.png\tnothing\n", "utf-8")
    given = (words / "runs/train/1", words / "pictures", *SHORT, "--references", path)
    done = run("caption", *given, "--attention", tmp_path / "o.html")
    lines = done.out.splitlines()
    assert "a person wrote" in lines[0]
    assert lines[2].endswith("an old 고양이")
    assert "none.png" in done.err
    assert json.dumps("an old 고양이") in (tmp_path / "o.html").read_text("utf-8")
    told = [json.loads(line) for line in run("caption", *given, "--json").out.splitlines()]
    assert [one["references"] for one in told] == [["an old 고양이"], [], []]


def test_figures_are_numbered(run, words, tmp_path):
    pictures = sorted((words / "pictures").iterdir())[:2]
    given = (words / "runs" / "train" / "1", "--max-length", 1)
    run("caption", *given, pictures[0], "--attention", tmp_path / "one.svg")
    run("caption", *given, *pictures, "--attention", tmp_path / "o.svg")
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["o-1.svg", "o-2.svg", "one.svg"]


def test_what_cannot_work_is_told_in_a_sentence(run, words, place, tmp_path, monkeypatch):
    model = words / "runs" / "train" / "1"
    assert "pictures" in run("caption", model, "none.jpg").sentence
    assert (
        "ends in .html or .png or .svg, got o.pdf"
        in run("caption", model, "x", "--attention", "o.pdf").sentence
    )
    assert "n_best from 1 to 5" in run("caption", model, "x", "--n-best", 9).sentence
    assert "pictures" in run("caption", model).sentence
    asked = run("caption", words / "runs" / "train" / "3", words / "pictures").sentence
    assert "one to ask with" in asked
    other = run("caption", place / "model.safetensors", words / "pictures").sentence
    assert "a model of words" in other
    monkeypatch.chdir(tmp_path)
    assert "--task caption" in run("caption", words / "pictures").sentence
