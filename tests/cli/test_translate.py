"""saccade translate: sentences as arguments, files and lines; empty ones and unknown words."""

import io
import json
import sys

import pytest

from saccade.writing.search import Search
from saccade.writing.translations import TranslationWriter
from tests.word_models import save_words

SHORT = ("--max-length", 4)


@pytest.fixture(scope="module")
def model(words):
    return words / "runs" / "train" / "2"


@pytest.fixture
def typed(monkeypatch):
    def give(data: bytes) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data), encoding="utf-8"))

    return give


def test_sentences_in_a_table(run, model):
    done = run("translate", model, "a red circle", "", "a green 고양이", *SHORT, "--n-best", 2)
    assert done.code == 0
    lines = done.out.splitlines()
    assert lines[0].split() == ["sentence", "translation", "score"]
    assert sum(line.startswith("a red circle") for line in lines) == 1
    assert len(lines) == 2 + 2 + 1 + 2
    assert "does not know: green, 고양이 (a green 고양이)" in done.err
    assert "1 of 3 sentences were empty" in done.err


def test_json_of_a_file(run, model, tmp_path):
    (tmp_path / "in.txt").write_text("a red circle\n\nwhat is blue?\n", "utf-8-sig")
    done = run("translate", "--model", model, "--file", tmp_path / "in.txt", *SHORT, "--json")
    told = [json.loads(line) for line in done.out.splitlines()]
    assert [one["sentence"] for one in told] == ["a red circle", "", "what is blue?"]
    assert (told[1]["translations"], told[1]["remark"]) == ([], "an empty sentence")
    assert told[0]["unknown"] == []
    (expected,) = TranslationWriter.load(model).write(["a red circle"], Search(max_length=4))
    assert told[0]["translations"][0]["text"] == expected.text


def test_lines_of_standard_input_become_lines_of_a_file(run, model, typed, tmp_path):
    typed(b"a red circle\r\n\r\na circle")
    done = run("translate", model, "--output", tmp_path / "out.txt", *SHORT)
    assert (done.code, done.out) == (0, "")
    lines = (tmp_path / "out.txt").read_text("utf-8").split("\n")
    assert len(lines) == 4
    assert lines[1] == lines[3] == ""
    assert "out.txt" in done.err


def test_alignments_as_a_page_and_as_figures(run, model, tmp_path):
    texts = ("a red circle", "", "a circle")
    done = run("translate", model, *texts, *SHORT, "--attention", tmp_path / "o.html")
    assert done.code == 0
    assert "a red circle" in (tmp_path / "o.html").read_text("utf-8")
    run("translate", model, *texts, *SHORT, "--attention", tmp_path / "o.svg")
    assert sorted(path.name for path in tmp_path.glob("*.svg")) == ["o-1.svg", "o-2.svg"]


def test_a_model_without_attention_has_a_page_and_no_figure(run, tmp_path):
    model = save_words(tmp_path / "t.safetensors", "translate", attention=None)
    done = run("translate", model, "a circle", "--attention", tmp_path / "o.html")
    assert done.code == 0
    assert "looks at nothing" in done.err
    done = run("translate", model, "a circle", "--attention", tmp_path / "o.svg")
    assert done.code == 1
    assert "expected a model that looks while it writes" in done.err


def test_what_cannot_work_is_told_in_a_sentence(run, words, model, typed, tmp_path):
    (tmp_path / "in.txt").write_bytes(b"\xff\xfe\x00")
    file = ("--file", tmp_path / "in.txt")
    assert "both" in run("translate", model, "a", *file).sentence
    assert "no UTF-8 text" in run("translate", model, *file).sentence
    assert "No such file" in run("translate", model, "--file", tmp_path / "none").sentence
    typed(b"")
    assert "none in standard input" in run("translate", model).sentence
    assert "one to caption with" in run("translate", words / "runs" / "train" / "1", "a").sentence
    assert "batch_size" in run("translate", model, "a", "--batch-size", 0).sentence
