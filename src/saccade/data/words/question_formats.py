"""Files of questions about pictures: every usual format, read to one row for each question.

Source of the formats: Goyal, Khot, Summers-Stay, Batra, Parikh, "Making the V in VQA Matter", CVPR
2017, arXiv:1612.00837 (a file of questions and one of annotations, ten answers to each question).

Nothing is opened but the files. What cannot be used is named with its place, and left out.
"""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from saccade.data.decode import shown
from saccade.data.sets import BadFile
from saccade.data.words.caption_formats import IMAGE_KEYS, SPLIT_KEYS, column, line_place
from saccade.data.words.reading import (
    at_line,
    part_of,
    read_json,
    read_json_lines,
    read_rows,
    read_text,
)
from saccade.data.words.vqa_files import joined
from saccade.errors import DataError

Region = tuple[float, float, float, float]

ENDINGS = (".jsonl", ".tsv", ".csv", ".txt", ".json")

_WHAT = "questions"
_QUESTION = ("question",)
_ANSWER = ("answer", "answers", "multiple_choice_answer")
_KIND = ("kind", "answer_type", "question_type", "type")
_HALF = re.compile("[\ud800-\udfff]")  # of a character, as JSON can write it: no text
_AGREED = 3  # people of ten whose answer counts as right in full (Goyal et al., section 4)


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """What a file says in one place of a question.

    Args:
        place: where it says so, such as "questions.tsv line 3".
        images: names that its picture may have, as they are written; at least one.
        question: in normal form C, with one space between words.
        answers: likewise, each once, the one to learn first; at least one.
        kind: of question; empty where the file does not say.
        regions: x0, y0, x1, y1 of what holds the answer, in pixels of the upright picture.
        part: "train", "val" or "test"; empty where the file does not say.
    """

    place: str
    images: tuple[str, ...]
    question: str
    answers: tuple[str, ...]
    kind: str = ""
    regions: tuple[Region, ...] = ()
    part: str = ""


def read_questions(path: Path) -> tuple[list[QuestionRow], list[BadFile]]:
    """Read a file of questions, whatever its format.

    Args:
        path: of JSON lines, tab or comma separated text, or JSON; annotations of VQA lie beside it.

    Returns:
        One row for each question that can be read, and what cannot be used.

    Raises:
        DataError: it is no file of questions.
    """
    problems: list[BadFile] = []
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        got, hint = shown(path.name), "another file"
        raise DataError(f"questions in one of {', '.join(ENDINGS)}", got, hint)
    if ending in (".jsonl", ".json"):
        records = _lines(path, problems) if ending == ".jsonl" else _objects(path, problems)
        found = (_row(place, record) for place, record in records)
    else:
        found = (_row(place, record) for place, record in _cells(path, problems))
    rows: list[QuestionRow] = []
    for one in found:
        if isinstance(one, BadFile):
            problems.append(one)
        else:
            rows.append(one)
    return rows, problems


def majority(answers: Sequence[str]) -> tuple[str, ...]:
    """Give the answers of many people that count: the most frequent, and those that three gave.

    Args:
        answers: one of each person; of equally frequent ones the first in the alphabet counts more.
    """
    counts = Counter(filter(None, map(plain, answers)))
    order = sorted(counts, key=lambda answer: (-counts[answer], answer))
    return tuple(one for at, one in enumerate(order) if at == 0 or counts[one] >= _AGREED)


def plain(text: str) -> str:
    """Write a text in normal form C, with one space between words."""
    return " ".join(unicodedata.normalize("NFC", text).split())


Record = tuple[str, Mapping[str, object]]  # its place, and what it says in lower-case keys


def _lines(path: Path, problems: list[BadFile]) -> Iterator[Record]:
    for line, record in read_json_lines(path, _WHAT, problems):
        yield line_place(path, line), record


def _objects(path: Path, problems: list[BadFile]) -> Iterator[Record]:
    """Read a plain list, or the questions of VQA with the annotations beside them."""
    found = read_json(path, _WHAT)
    if isinstance(found, dict):
        content, found = found, found.get("questions")
        if isinstance(found, list) and not any(map(_answered, found)):
            yield from joined(path, content, problems)
            return
    if not isinstance(found, list):
        got, hint = "JSON without a list of questions", "VQA's files or a plain list"
        raise DataError(f"questions at {shown(path)}", got, hint)
    for number, record in enumerate(found, start=1):
        place = f"{shown(path.name)} entry {number}"
        if isinstance(record, dict):
            yield place, record
        else:
            problems.append(BadFile(place, "no JSON object"))


def _cells(path: Path, problems: list[BadFile]) -> Iterator[Record]:
    """Read three columns, or a table with a header."""
    rows = read_rows(path, read_text(path, _WHAT), problems)
    names = [cell.strip().lower() for cell in rows[0][1]] if rows else []
    wanted = (IMAGE_KEYS, _QUESTION, _ANSWER)
    header = all(column(names, keys) is not None for keys in wanted)
    names = names if header else ["image", "question", "answer"]
    for line, cells in rows[1:] if header else rows:
        if len(cells) == len(names):
            record = dict(zip(names, cells, strict=True))
            record.pop("regions", None)  # boxes are read from JSON only
            yield line_place(path, line), record
        else:
            reason = f"{len(cells)} cells, not {len(names)}: {', '.join(names)}"
            problems.append(at_line(path, line, reason))


def _answered(record: object) -> bool:
    return isinstance(record, dict) and any(key in record for key in _ANSWER)


def _row(place: str, record: Mapping[str, object]) -> QuestionRow | BadFile:
    """Read what a record says of a question, or say why it cannot be used."""
    lower = {key.lower(): value for key, value in record.items()}
    images = _images(_first(lower, IMAGE_KEYS))
    question = _text(_first(lower, _QUESTION))
    answers = _answers(_first(lower, _ANSWER))
    regions = _regions(lower.get("regions"))
    split = _first(lower, SPLIT_KEYS)
    part = "" if split is None else part_of(str(split))
    reasons = (
        (not images, "a question without a picture"),
        (question is None, "a question that is not text"),
        (not question, "an empty question"),
        (answers is None, "answers that are not text"),
        (not answers, "a question without an answer"),
        (regions is None, "regions that are not boxes x0, y0, x1, y1"),
        (part is None, f"{str(split)!r} as the split, not train, val or test"),
    )
    reason = next((reason for wrong, reason in reasons if wrong), None)
    if reason is not None:
        return BadFile(place, reason)
    kind = _text(_first(lower, _KIND)) or ""
    return QuestionRow(
        place, images, question or "", answers or (), kind, regions or (), part or ""
    )


def _first(record: Mapping[str, object], keys: Sequence[str]) -> object:
    """Give the first value that a record has of some keys."""
    return next((record[key] for key in keys if record.get(key) is not None), None)


def _images(value: object) -> tuple[str, ...]:
    names = value if isinstance(value, tuple) else (value,)
    return tuple(name.strip() for name in names if isinstance(name, str) and name.strip())


def _text(value: object) -> str | None:
    """Write a word, a number or a truth value as text; nothing is an empty text."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is not None and not isinstance(value, str | int | float):
        return None
    text = plain("" if value is None else str(value))
    return None if _HALF.search(text) else text


def _answers(value: object) -> tuple[str, ...] | None:
    """Read an answer, a list of answers that are right, or the answers of many people."""
    every = value if isinstance(value, list) else [value]
    people = [one for one in every if isinstance(one, Mapping)]
    texts = [_text(one.get("answer")) for one in people] or [_text(one) for one in every]
    if None in texts or 0 < len(people) < len(every):
        return None
    found = [text for text in texts if text]
    return majority(found) if people else tuple(dict.fromkeys(found))


def _regions(value: object) -> tuple[Region, ...] | None:
    """Read boxes; None where they are none."""
    if value is None:
        return ()
    boxes = [_region(one) for one in value] if isinstance(value, list) else [None]
    return None if None in boxes else tuple(box for box in boxes if box is not None)


def _region(value: object) -> Region | None:
    if not isinstance(value, list) or len(value) != 4:
        return None
    if not all(isinstance(edge, int | float) and math.isfinite(edge) for edge in value):
        return None
    x0, y0, x1, y1 = map(float, value)
    return (x0, y0, x1, y1) if x0 < x1 and y0 < y1 else None
