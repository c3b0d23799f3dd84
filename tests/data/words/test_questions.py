import unicodedata
import zipfile
from pathlib import Path

import pytest

from saccade.data.words.questions import QuestionSet, answers_of, open_questions
from saccade.data.words.scene_sets import ScenePlan
from saccade.data.words.scene_writing import write_scenes
from saccade.errors import ConfigError, DataError


def reasons(sets: dict[str, QuestionSet]) -> list[str]:
    return [f"{bad.name}: {bad.reason}" for own in sets.values() for bad in own.problems]


def write(path: Path, *rows: tuple[str, ...]) -> Path:
    path.write_text("\n".join("\t".join(row) for row in rows), "utf-8")
    return path


def test_an_entry_for_each_question(tmp_path: Path, paint) -> None:
    paint("a.png", "in/b.png")
    rows = [("a.png", "what?", "cat"), ("b.png", "what?", "dog"), ("a.png", "how  many?", "2")]
    own = open_questions(write(tmp_path / "q.tsv", *rows), val_fraction=0)["train"]
    assert own.texts() == ["what?", "what?", "how many?"]
    assert own.answers == (("cat",), ("dog",), ("2",))
    assert [own.picture_name(index) for index in range(3)] == ["a.png", "in/b.png", "a.png"]
    assert (own.kinds, own.regions, own.problems, len(own)) == (("",) * 3, ((),) * 3, (), 3)
    assert own.load(2).image.size == (8, 6)
    assert own.subset("some", [2, 0]).questions == ("how many?", "what?")


def test_what_cannot_be_used_is_named(tmp_path: Path, paint) -> None:
    paint("a.png")
    (tmp_path / "broken.png").write_bytes(b"no picture")
    rows = [
        ("a.png", "what?", "cat"),
        ("a.png", "what?", "a cat"),
        ("a.png", "what?", "cat"),
        ("a.png", "", "cat"),
        ("a.png", "why?", " "),
        ("lost.png", "what?", "cat"),
        ("lost.png", "how?", "so"),
        ("broken.png", "what?", "cat"),
        ("", "what?", "cat"),
        ("a\0.png", "what?", "cat"),
    ]
    write(tmp_path / "questions.tsv", *rows)
    sets = open_questions(tmp_path, val_fraction=0)
    assert sets["train"].questions == ("what?",)
    assert sets["train"].answers == (("cat", "a cat"),)
    assert sorted(reasons(sets))[1:] == [
        "questions.tsv line 3: a.png: a question it has already, with that answer",
        "questions.tsv line 4: an empty question",
        "questions.tsv line 5: a question without an answer",
        "questions.tsv line 6: lost.png: no such file",
        "questions.tsv line 8: broken.png: a file that is not a picture of a known format",
        "questions.tsv line 9: a question without a picture",
    ]
    with pytest.raises(DataError, match=r"only good questions in .* got 7 bad, first questions\.t"):
        open_questions(tmp_path, on_bad="fail")


def test_a_picture_of_two_parts_is_a_leak(tmp_path: Path, paint) -> None:
    paint("a.png", "b.png", "c.png")
    write(tmp_path / "questions_val.tsv", ("b.png", "q", "1"), ("c.png", "q", "1"))
    write(tmp_path / "questions_train.tsv", *((f"{n}.png", q, "1") for n in "ab" for q in "xy"))
    write(tmp_path / "questions.test.tsv", ("c.png", "q", "1"))
    write(tmp_path / "questions.ko.tsv", ("a.png", "무엇?", "1"))
    sets = open_questions(tmp_path)
    found = {p: [own.picture_name(i) for i in range(len(own))] for p, own in sets.items()}
    assert found == {"train": ["a.png"] * 2, "val": ["b.png"], "test": ["c.png"]}
    assert reasons(sets) == [
        "questions_val.tsv line 2: c.png: in val and in test, left out of val",
        "questions_train.tsv line 3: b.png: in train and in val, left out of train",
    ]
    assert set(open_questions(tmp_path / "questions.ko.tsv")) == {"train"}
    assert set(open_questions(tmp_path / "questions_val.tsv")) == {"val"}


def test_whole_pictures_are_held_out(tmp_path: Path, paint) -> None:
    names = [f"{number}.png" for number in range(10)]
    paint(*names)
    rows = [(name, f"question {turn}", "x") for turn in range(3) for name in names]
    path = write(tmp_path / "q.tsv", *rows)
    sets = open_questions(path, val_fraction=0.2, seed=1)
    assert {part: len(own) for part, own in sets.items()} == {"train": 24, "val": 6}
    assert not set(sets["train"].paths) & set(sets["val"].paths)
    write(path, *reversed(rows))
    again = open_questions(path, val_fraction=0.2, seed=1)
    assert set(again["val"].paths) == set(sets["val"].paths)
    assert len({open_questions(path, seed=seed)["val"].paths for seed in range(5)}) > 1


def test_scenes_come_with_kinds_and_regions(tmp_path: Path) -> None:
    made = write_scenes(tmp_path, ScenePlan(count=4, languages=("en", "ko"), questions=2))
    asked = [one for own in made.questions for one in own]
    for source, language in ((tmp_path, "en"), (tmp_path / "questions.ko.jsonl", "ko")):
        own = open_questions(source, val_fraction=0)["train"]
        assert own.problems == ()
        assert own.questions == tuple(one.text(language) for one in asked)
        assert own.answers == tuple((one.answered(language),) for one in asked)
        assert own.kinds == tuple(one.kind for one in asked)
        assert [len(regions) for regions in own.regions] == [len(one.seen) for one in asked]
        assert own.picture_name(len(own) - 1) == made.names[-1]


def test_hangul_however_it_is_composed(tmp_path: Path, paint) -> None:
    paint(unicodedata.normalize("NFD", "사진.png"))
    decomposed = [unicodedata.normalize("NFD", text) for text in ("무슨 색?", "빨강")]
    rows = [("사진.png", "무슨 색?", "빨강"), ("사진.png", *decomposed)]
    sets = open_questions(write(tmp_path / "q.tsv", *rows))
    assert (sets["train"].questions, sets["train"].answers) == (("무슨 색?",), (("빨강",),))
    assert len(reasons(sets)) == 1


def test_sources_that_are_none(tmp_path: Path) -> None:
    def sentence(source: Path) -> str:
        with pytest.raises(DataError) as error:
            open_questions(source)
        return f"{error.value.got}; {error.value.hint}"

    assert sentence(tmp_path / "no") == "no such file or folder; another path"
    assert sentence(tmp_path).startswith("none; questions.tsv with lines")
    with zipfile.ZipFile(tmp_path / "a.zip", "w"):
        pass
    assert sentence(tmp_path / "a.zip") == "a zip file; unpacking it into a folder"
    (tmp_path / "q.jsonl").write_text('{"image": "a.png", "question": "q", "answer": "x"}')
    assert sentence(tmp_path / "q.jsonl").startswith(
        "none that can be used, first q.jsonl line 1: a.png: no such file; lines such as"
    )
    with pytest.raises(ConfigError, match=r"val_fraction from 0 to below 1, got 1\.5; try 0\.1"):
        open_questions(tmp_path, val_fraction=1.5)


def test_answers_to_choose_from() -> None:
    own = (("b", "z"), ("a",), ("c",), ("a",), ("b",), ("d",))
    some = QuestionSet("train", (Path("a.png"),) * 6, tuple("uvwxyz"), own)
    assert answers_of(some) == ("a", "b", "c", "d")
    assert answers_of(some, most=3) == ("a", "b", "c")
    assert answers_of(some, least=2) == ("a", "b")
    with pytest.raises(DataError, match="come 3 times or more in train, got none of 4"):
        answers_of(some, least=3)
    with pytest.raises(ConfigError, match="most and least of 1 or more, got most=0, least=1"):
        answers_of(some, most=0)
    with pytest.raises(DataError, match="6 questions, answers, kinds and regions, got 5, 6, 6, 6"):
        QuestionSet("train", some.paths, tuple("abcde"), own)
