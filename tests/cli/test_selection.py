"""saccade select: the table, the mask, the honest number, files, errors."""

import json

import pytest
from PIL import Image

from saccade.data.bundled_tables import four_features
from saccade.data.number_tables import table_text


@pytest.fixture(autouse=True)
def english(monkeypatch):
    monkeypatch.setenv("LC_ALL", "C")


@pytest.fixture
def parts(tmp_path):
    path = tmp_path / "parts.csv"
    path.write_text(table_text(four_features(), range(4)))
    return path


def test_the_lesson(run):
    done = run("select", "four_features")
    assert (done.code, done.err) == (0, "")
    lines = [line.rstrip() for line in done.out.splitlines()]
    assert lines[0] == (
        "four_features: 120 rows, 4 features, classes faulty, normal; 2 chosen by fisher"
    )
    assert [line.split() for line in lines[3:7]] == [
        ["1", "x2", "1.036", "1"],
        ["2", "x3", "0.9171", "1"],
        ["3", "x1", "0.01184", "0"],
        ["4", "x4", "0.0008871", "0"],
    ]
    assert lines[7:] == [
        "score: spread of the class means over the spread within the classes",
        "mask over the table: 0 1 1 0",
        "tr(Sw^-1 Sb) of the chosen together: 1.778",
    ]


def test_files(run, parts, tmp_path):
    picture, small = tmp_path / "a.png", tmp_path / "small.csv"
    done = run("select", parts, "--target", "y", "--k", 2, "--out", picture, "--save", small)
    assert done.code == 0
    assert done.out.endswith(f"picture: {picture}\ntable of the chosen features: {small}\n")
    with Image.open(picture) as image:
        assert image.width > 800
    assert small.read_text().startswith("x2,x3,y\n")
    assert len(small.read_text().splitlines()) == 121


def test_json(run, parts):
    done = run("select", parts, "--method", "anova", "--json", "--honest", "--folds", 3)
    told = json.loads(done.out)
    assert (told["table"], told["method"], told["mask"]) == ("parts.csv", "anova", [0, 1, 1, 0])
    assert told["chosen"] == ["x2", "x3"]
    assert len(told["honest"]["inside"]["folds"]) == 3
    assert told["honest"]["inside"]["mean"] > 0.8
    assert told["honest"]["chance"] == 0.5


def test_honest(run):
    done = run("select", "four_features", "--honest")
    assert "accuracy of neighbours in 5 folds (chance 50.0%):" in done.out
    assert done.out.splitlines()[3].split() == ["1", "x2", "1.036", "1", "5"]
    assert "chosen in each fold, told" in done.out
    assert "all 4 features" in done.out
    assert "leaky number is" in done.out


@pytest.mark.slow
def test_all_methods(run):
    done = run("select", "four_features", "--method", "all")
    assert done.code == 0
    assert done.out.count("0 1 1 0") == 13
    done = run("select", "iris", "--method", "all", "--json")
    assert "separability was left out: expected two classes" in done.err
    assert len(json.loads(done.out)["methods"]) == 11


def test_remarks(run, tmp_path):
    table = tmp_path / "a.csv"
    table.write_text("a,b,c,kind\n" + "1,5,2,u\n1,5,,v\n2,5,4,v\n3,5,5,u\n" * 3)
    done = run("select", table, "--target", "kind", "--missing", "rows", "--k", 1)
    assert done.code == 0
    assert "caution  rows with NaN or infinity were left out: 3 of 12" in done.out
    assert "caution  constant features score 0 and come after all others: 1\n" in done.out


def test_korean(run, monkeypatch):
    monkeypatch.setenv("LC_ALL", "ko_KR.UTF-8")
    done = run("select", "four_features", "--honest")
    assert "fisher로 2개를 골랐습니다" in done.out
    assert "표 순서의 마스크: 0 1 1 0" in done.out
    assert "누출" in done.out


def test_what_cannot_work(run, parts, tmp_path):
    sentence = run("select", parts, "--target", "z").sentence
    assert sentence.startswith("expected a column 'z' in parts.csv, got x1, x2, x3, x4, y")
    assert "k from 1 to 4" in run("select", parts, "--k", 5).sentence
    assert "try fisher" in run("select", parts, "--method", "fischer").sentence
    (tmp_path / "neg.csv").write_text("a,y\n-1,u\n2,v\n3,u\n4,v\n")
    negative = run("select", tmp_path / "neg.csv", "--method", "chi2", "--k", 1).sentence
    assert "from 0 on for chi2, got -1 in row 0, feature 0" in negative
    assert ".png or .svg" in run("select", parts, "--out", tmp_path / "a.gif").sentence
    assert "all with --honest" in run("select", parts, "--method", "all", "--honest").sentence
    assert run("select", parts, "--search", "sideways").code == 2


def test_files_are_checked_before_the_table_is_read(run, tmp_path):
    done = run("select", "no-such-table.csv", "--out", tmp_path / "mask.pdf")
    assert done.code == 1
    assert done.sentence.startswith("expected a file that ends in .png or .svg, got mask.pdf")
    done = run("select", "no-such-table.csv", "--save", tmp_path)
    assert "got a folder" in done.sentence
