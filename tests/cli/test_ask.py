"""saccade ask: questions about a picture in one command; what is not known is named."""

import json

import pytest

from saccade.writing.answers import AnswerWriter

QUESTIONS = ("what colour is the circle?", "is the 고양이 red?")


@pytest.fixture(scope="module")
def given(words):
    return words / "runs" / "train" / "3", words / "pictures" / "good_00.png"


def test_the_table_lists_the_answers_of_each_question(run, given):
    done = run("ask", *given, *QUESTIONS, "--top", 2)
    assert done.code == 0
    lines = done.out.splitlines()
    assert lines[0].split() == ["question", "answer", "probability"]
    assert len(lines) == 2 + 4
    found = AnswerWriter.load(given[0]).ask(given[1], QUESTIONS)
    assert lines[2].startswith(QUESTIONS[0])
    assert lines[2].split()[-2:] == [found[0].answer, f"{found[0].answers[0][1]:.4f}"]
    assert "does not know: 고양이" in done.err


def test_json_has_each_answer_and_look(run, given):
    done = run("ask", "--model", given[0], given[1], *QUESTIONS, "--json")
    told = [json.loads(line) for line in done.out.splitlines()]
    assert [one["question"] for one in told] == list(QUESTIONS)
    assert [one["unknown"] for one in told] == [[], ["고양이"]]
    assert sum(one["probability"] for one in told[0]["answers"]) == pytest.approx(1, abs=1e-4)
    assert len(told[0]["looks"]) == 2
    assert all(0 <= look["sharpness"] <= 1 for look in told[0]["looks"])


def test_pages_and_figures(run, given, tmp_path):
    run("ask", *given, *QUESTIONS, "--attention", tmp_path / "o.html")
    assert json.dumps("고양이") in (tmp_path / "o.html").read_text("utf-8")
    run("ask", *given, QUESTIONS[0], "--attention", tmp_path / "o.svg")
    assert "look 2" in (tmp_path / "o.svg").read_text("utf-8")


def test_the_newest_run_answers(run, words, given, monkeypatch):
    monkeypatch.chdir(words)
    assert "runs/train/3" in run("ask", "pictures/good_00.png", "what is red").err


def test_what_cannot_work_is_told_in_a_sentence(run, words, given, tmp_path):
    model, picture = given
    assert "no argument" in run("ask", model).sentence
    assert "a picture and a question" in run("ask", model, picture).sentence
    assert "a question with words" in run("ask", model, picture, " ").sentence
    assert "none.jpg" in run("ask", model, tmp_path / "none.jpg", "what").sentence
    assert "one to caption with" in run("ask", words / "runs/train/1", picture, "what").sentence
