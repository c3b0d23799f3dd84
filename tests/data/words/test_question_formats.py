import json
from pathlib import Path

import pytest

from saccade.data.words.question_formats import QuestionRow, majority, plain, read_questions
from saccade.errors import DataError


def rows(path: Path, text: str) -> list[tuple[object, ...]]:
    """Write a file and read it: image, question, answers, kind, regions and part of each row."""
    path.write_text(text, "utf-8")
    found, problems = read_questions(path)
    assert problems == []
    return [(r.images[0], r.question, r.answers, r.kind, r.regions, r.part) for r in found]


def reasons(path: Path, text: str) -> list[str]:
    path.write_text(text, "utf-8")
    found, problems = read_questions(path)
    assert found == []
    return [f"{bad.name}: {bad.reason}" for bad in problems]


def test_lines_of_json(tmp_path: Path) -> None:
    records = (
        {"image": "a.png", "question": " what  is it? ", "answer": "a cat"},
        {"file_name": "b.png", "question": "how many?", "answers": [2, "two", 2], "split": "dev"},
        {"image": "a.png", "question": "a cat?", "answer": True, "kind": "exists", "regions": None},
        {
            "image": "a.png",
            "question": "q",
            "answer": "x",
            "regions": [[0, 1, 2.5, 3], [4, 4, 5, 6]],
        },
    )
    assert rows(tmp_path / "q.jsonl", "\n".join(map(json.dumps, records))) == [
        ("a.png", "what is it?", ("a cat",), "", (), ""),
        ("b.png", "how many?", ("2", "two"), "", (), "val"),
        ("a.png", "a cat?", ("yes",), "exists", (), ""),
        ("a.png", "q", ("x",), "", ((0, 1, 2.5, 3), (4, 4, 5, 6)), ""),
    ]
    assert rows(tmp_path / "q.json", json.dumps(records[:1])) == [
        ("a.png", "what is it?", ("a cat",), "", (), "")
    ]
    row = read_questions(tmp_path / "q.json")[0]
    assert row == [QuestionRow("q.json entry 1", ("a.png",), "what is it?", ("a cat",))]


@pytest.mark.parametrize(("ending", "sign"), [("tsv", "\t"), ("csv", ","), ("txt", "\t")])
def test_tables(tmp_path: Path, ending: str, sign: str) -> None:
    lines = [["a.png", "what?", "cat"], ["", "", ""], ["b.png", "무엇?", "고양이"]]
    head = [["Image", "Question", "Answer"]]
    plain_rows = [
        ("a.png", "what?", ("cat",), "", (), ""),
        ("b.png", "무엇?", ("고양이",), "", (), ""),
    ]
    for every in (lines, head + lines):
        text = "\n".join(sign.join(line) for line in every)
        assert rows(tmp_path / f"q.{ending}", text) == plain_rows
    text = "\n".join(
        sign.join(line)
        for line in (
            ["split", "answer", "image", "question", "kind", "regions"],
            ["val", "cat", "a.png", "what?", "shape", "none"],
        )
    )
    assert rows(tmp_path / f"q.{ending}", text) == [
        ("a.png", "what?", ("cat",), "shape", (), "val")
    ]


def test_people_that_agree_are_right() -> None:
    every = ["net"] * 4 + ["nets", "goal", "goal", "goal", "mesh", ""]
    assert majority(every) == ("net", "goal")
    assert majority(["b", "a", "c"]) == ("a",)
    assert majority(["", " "]) == ()
    assert plain(" 가\n나 ") == "가 나"


def test_answers_of_people_in_a_plain_list(tmp_path: Path) -> None:
    people = [{"answer": "x"}, {"answer": "y"}, {"answer": "y"}]
    record = {"image": "a.png", "question": "q", "answers": people, "answer_type": "other"}
    found = rows(tmp_path / "q.json", json.dumps([record]))
    assert found == [("a.png", "q", ("y",), "other", (), "")]


def test_everything_bad_is_named(tmp_path: Path) -> None:
    good = {"image": "a.png", "question": "q", "answer": "x"}
    changes = (
        ({"image": " "}, "a question without a picture"),
        ({"image": 3}, "a question without a picture"),
        ({"question": "  "}, "an empty question"),
        ({"question": None}, "an empty question"),
        ({"question": ["q"]}, "a question that is not text"),
        ({"question": "\ud800"}, "a question that is not text"),  # half of a character
        ({"answer": ""}, "a question without an answer"),
        ({"answer": []}, "a question without an answer"),
        ({"answer": {"a": 1, "answer": ["b"]}}, "answers that are not text"),
        ({"answer": ["x", {"answer": "y"}]}, "answers that are not text"),
        ({"regions": [1, 2, 3, 4]}, "regions that are not boxes x0, y0, x1, y1"),
        ({"regions": [[3, 0, 2, 1]]}, "regions that are not boxes x0, y0, x1, y1"),
        ({"regions": [[0, 0, float("inf"), 1]]}, "regions that are not boxes x0, y0, x1, y1"),
        ({"regions": "all"}, "regions that are not boxes x0, y0, x1, y1"),
        ({"split": "later"}, "'later' as the split, not train, val or test"),
    )
    text = "\n".join(json.dumps({**good, **change}) for change, _ in changes)
    told = [f"q.jsonl line {n}: {reason}" for n, (_, reason) in enumerate(changes, start=1)]
    assert reasons(tmp_path / "q.jsonl", text) == told
    assert reasons(tmp_path / "q.tsv", "a.png\twhat?\na.png\tx\ty\tz\n") == [
        "q.tsv line 1: 2 cells, not 3: image, question, answer",
        "q.tsv line 2: 4 cells, not 3: image, question, answer",
    ]
    assert reasons(tmp_path / "q.json", "[3]") == ["q.json entry 1: no JSON object"]
    assert reasons(tmp_path / "q.tsv", "") == []


def test_files_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "q.json").write_text('{"images": []}')
    with pytest.raises(DataError, match="got JSON without a list of questions; try VQA's files"):
        read_questions(tmp_path / "q.json")
    with pytest.raises(DataError, match=r"questions in one of \.jsonl.*got q\.parquet"):
        read_questions(tmp_path / "q.parquet")
