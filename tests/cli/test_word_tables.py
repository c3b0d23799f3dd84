"""What is told of texts: rows, numbers of words, those that have not ended or are not known."""

import math

import torch

from saccade.cli.word_tables import Noted, as_told, rows_of, shown_text, tell_unknown
from saccade.models.words.hypothesis import Hypothesis
from saccade.writing.translations import Translated

EVEN = torch.full((2, 4), 0.25)
BEST = Hypothesis((5, 6), -1.5, (math.log(0.5), math.log(0.25)), EVEN, True)
CUT = Hypothesis((5,), -2.0, (-2.0,), torch.tensor([[1.0, 0, 0, 0]]), False)
ONE = Translated(
    sentence="a b",
    hypotheses=(BEST, CUT),
    texts=("x y", "x"),
    words=(("x", "y"), ("x",)),
)


def test_the_numbers_of_each_word():
    best, cut = as_told(ONE)
    assert best["words"][1] == {"word": "y", "probability": 0.25, "sharpness": 0, "coverage": 1}
    assert (best["coverage"], best["score"], best["finished"]) == (1.0, -1.5, True)
    assert (cut["words"][0]["sharpness"], cut["coverage"]) == (1.0, 0.25)
    assert as_told(Translated(sentence="")) == []
    blind = Hypothesis((5,), -2.0, (-2.0,), None, True)
    (told,) = as_told(Translated(sentence="a", hypotheses=(blind,), texts=("x",), words=(("x",),)))
    assert "sharpness" not in told["words"][0]


def test_rows_and_remarks():
    rows = [("n", 1, "x y", -1.5, True), ("n", 2, "x", -2.0, False)]
    assert rows_of("n", ONE) == rows
    assert shown_text("x", finished=True) == "x"
    assert shown_text("x", finished=False) == "x (unfinished)"
    assert shown_text("", finished=False) == "(unfinished)"


def test_what_is_kept_for_the_end(capsys):
    noted = Noted(lambda one: one.sentence)
    empty = Translated(sentence="")
    assert list(noted.passing([ONE, empty])) == [ONE, empty]
    assert noted.views == ["a b"]
    noted.tell_cut(7)
    assert "1 of 2 texts had not ended after 7 words" in capsys.readouterr().err
    Noted().tell_cut(7)
    assert capsys.readouterr().err == ""


def test_many_unknown_words_are_counted(capsys):
    tell_unknown([(f"text {number}", ("x",)) for number in range(10)] + [("fine", ())])
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 9
    assert lines[-1].strip() == "+ 2"
