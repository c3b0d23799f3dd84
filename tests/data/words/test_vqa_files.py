"""VQA's two files, laid out as they are published."""

import json
from pathlib import Path

import pytest

from saccade.data.words.question_formats import read_questions
from saccade.data.words.questions import open_questions
from saccade.data.words.vqa_files import annotations_of
from saccade.errors import DataError

QUESTIONS, ANNOTATIONS = "v2_OpenEnded_mscoco_{}2014_questions", "v2_mscoco_{}2014_annotations"
ASKED = [
    {"image_id": 9, "question": "What is this?", "question_id": 9000},
    {"image_id": 9, "question": "How many?", "question_id": 9001},
    {"image_id": 25, "question": "Is it big?", "question_id": 25000},
]
PEOPLE = {9000: ["net"] * 7 + ["goal"] * 3, 9001: list("1234555566"), 25000: ["yes"] * 10}


def write(folder: Path, part: str = "train", asked: list[dict] = ASKED, **kinds: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    head = {"data_subtype": f"{part}2014", "questions": asked}
    path = folder / f"{QUESTIONS.format(part)}.json"
    path.write_text(json.dumps(head), "utf-8")
    notes = [
        {"question_id": key, "answer_type": "other", "answers": [{"answer": a} for a in people]}
        for key, people in PEOPLE.items()
    ]
    other = folder / f"{ANNOTATIONS.format(part)}.json"
    other.write_text(json.dumps({"annotations": notes}), "utf-8")
    return path


def test_answers_by_majority(tmp_path: Path) -> None:
    rows, problems = read_questions(write(tmp_path))
    assert problems == []
    assert [(row.question, row.answers, row.kind) for row in rows] == [
        ("What is this?", ("net", "goal"), "other"),
        ("How many?", ("5",), "other"),
        ("Is it big?", ("yes",), "other"),
    ]
    assert rows[0].place == "v2_OpenEnded_mscoco_train2014_questions.json question 9000"
    assert rows[0].images[:2] == ("COCO_train2014_000000000009.jpg", "000000000009.jpg")


def test_the_folder_as_it_is_published(tmp_path: Path, paint) -> None:
    paint("train2014/COCO_train2014_000000000009.jpg", "train2014/COCO_train2014_000000000025.jpg")
    paint("val2014/COCO_val2014_000000000025.jpg")
    write(tmp_path)
    write(tmp_path, "val", ASKED[2:])
    sets = open_questions(tmp_path)
    assert {part: len(own) for part, own in sets.items()} == {"train": 3, "val": 1}
    assert sets["train"].picture_name(2) == "train2014/COCO_train2014_000000000025.jpg"
    assert sets["val"].answers == (("yes",),)
    told = [f"{bad.name}: {bad.reason}" for bad in sets["train"].problems]
    assert told == [
        f"{QUESTIONS.format('val')}.json question {key}: answers to a question that is not there"
        for key in (9000, 9001)
    ]


def test_two_folders_and_a_part_without_answers(tmp_path: Path, paint) -> None:
    paint("pictures/9.png", "pictures/000000000025.jpg")
    asked = write(tmp_path / "Questions", "val")
    (tmp_path / "Annotations").mkdir()
    other = tmp_path / "Questions" / f"{ANNOTATIONS.format('val')}.json"
    other.rename(tmp_path / "Annotations" / other.name)
    lonely = tmp_path / "Questions" / "v2_OpenEnded_mscoco_test2015_questions.json"
    lonely.write_text(asked.read_text("utf-8"), "utf-8")
    sets = open_questions(tmp_path)
    assert {part: len(own) for part, own in sets.items()} == {"val": 3}
    assert [bad.reason for bad in sets["val"].problems] == [
        "questions without annotations beside them"
    ]
    assert annotations_of(asked, [tmp_path / "Annotations"]) is not None
    assert annotations_of(lonely, [tmp_path / "Annotations"]) is None


def test_damaged_files_are_named(tmp_path: Path) -> None:
    path = write(tmp_path, "val", [{"question": "q"}, {"image_id": 1, "question_id": 2}, 3])  # type: ignore[list-item]
    rows, problems = read_questions(path)
    assert rows == []
    assert [bad.reason for bad in problems[:3]] == [
        "no question_id and image_id",
        "an empty question",
        "no question_id and image_id",
    ]
    other = tmp_path / f"{ANNOTATIONS.format('val')}.json"
    other.write_text('{"annotations": [1]}')
    assert [bad.reason for bad in read_questions(path)[1][:1]] == ["no question_id"]
    other.write_text("[]")
    with pytest.raises(DataError, match="got JSON without a list of annotations"):
        read_questions(path)
