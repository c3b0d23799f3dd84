"""saccade eval of models of words: captions, pairs, questions; parts; what cannot be."""

import csv
import io
import json

import pytest

from saccade.cli import word_scores
from saccade.data.words.scene_sets import ScenePlan
from saccade.data.words.scene_writing import write_scenes
from saccade.data.words.scenes import SceneRules
from saccade.training.words.looking import LookingScores
from saccade.writing.judging import AnswerScores, Judged
from tests.word_models import weights_of

SHORT = ("--max-length", 4)


@pytest.fixture(scope="module")
def scenes(tmp_path_factory):
    place = tmp_path_factory.mktemp("scenes") / "set"
    write_scenes(place, ScenePlan(count=4, rules=SceneRules(side=64, most=2), questions=2))
    return place


def test_captions(run, words, scenes, tmp_path):
    model = words / "runs" / "train" / "1"
    done = run("eval", model, scenes, "--part", "train", *SHORT, "--out", tmp_path)
    assert done.code == 0
    named = {line.split()[0] for line in done.out.splitlines()}
    assert {"train:", "BLEU-1", "BLEU-4", "CIDEr-D", "ROUGE-L"} <= named
    rows = list(csv.DictReader(io.StringIO((tmp_path / "written.csv").read_text("utf-8"))))
    told = json.loads(run("eval", model, scenes, "--part", "train", *SHORT, "--json").out)
    assert (told["task"], told["count"]) == ("caption", len(rows))
    assert told["unfinished"] <= len(rows)
    assert rows[0]["reference"].startswith(("a ", "from"))


def test_pairs_beside_sacrebleu(run, words, tmp_path):
    pytest.importorskip("sacrebleu", reason="sacrebleu is not installed")
    path = tmp_path / "pairs.tsv"
    path.write_text("a red circle\t빨간 동그라미\na circle\t동그라미\n\t빈\n", "utf-8")
    model = words / "runs" / "train" / "2"
    done = run("eval", model, path, "--val-fraction", 0, *SHORT)
    assert done.code == 0
    named = [line.split()[0] for line in done.out.splitlines()]
    assert {"sacreBLEU", "chrF2"} <= set(named)
    assert "tok:13a" in done.err
    assert "an empty source" in done.err
    told = json.loads(run("eval", model, path, "--val-fraction=0", "--beam", 1, "--json").out)
    assert set(told["sacrebleu"]) == {"bleu", "chrf"}
    assert (told["part"], told["count"]) == ("train", 2)


def test_questions_with_their_kinds_and_looks(run, words, scenes):
    done = run("eval", words / "runs" / "train" / "3", scenes, "--part", "train")
    assert done.code == 0
    assert "accuracy " in done.out
    assert "look 1: in the right box" in done.out
    assert "the model cannot choose" in done.err


def test_what_cannot_work_is_told_in_a_sentence(run, words, scenes, tmp_path):
    model = words / "runs" / "train" / "1"
    assert "a part test" in run("eval", model, scenes, "--part", "test").sentence
    assert "--size" in run("eval", model, scenes, "--size", 32).sentence
    assert "no such file" in run("eval", model, tmp_path / "none").sentence
    assert "beam" in run("eval", model, scenes, "--beam", -1).sentence


def test_answers_without_kinds_are_a_line(capsys):
    looks = LookingScores(0.5, 0.1, 5.0, 0.75, 0.2, 8, 0)
    word_scores._tell("val", Judged(scores=AnswerScores(0.5, {}, 8), rows=(), looking=(looks,)))
    out = capsys.readouterr().out
    assert "accuracy 50.00 %" in out
    assert "50.0% of the attention, 5.0 times that of even maps (10.0%)" in out


def test_the_sides_of_the_pairs_are_those_of_the_run():
    weights = weights_of("translate")
    assert word_scores._sides(weights) is None
    for config in ({"words": {"sides": "de, en"}}, {"words.sides": "de,en"}):
        object.__setattr__(weights.card, "training", {"config": config})
        assert word_scores._sides(weights) == ("de", "en")
