"""The two files of VQA: questions, and annotations with the answers of ten people to each.

Source: Goyal, Khot, Summers-Stay, Batra, Parikh, "Making the V in VQA Matter", CVPR 2017,
arXiv:1612.00837 (version 2; version 1 of arXiv:1505.00468 is laid out alike).

Pictures are not named there; their names follow from their numbers.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from saccade.data.decode import shown
from saccade.data.finding import visible_folders
from saccade.data.sets import BadFile
from saccade.data.words.caption_formats import id_in
from saccade.data.words.picture_rows import part_of_file, picture_root
from saccade.data.words.reading import read_json
from saccade.errors import DataError

_WHAT = "annotations of questions"
_TOKEN = re.compile(r"[^\W_]+")


def annotations_of(path: Path, folders: Sequence[Path]) -> Path | None:
    """Find the annotations that belong to a file of questions, by the words of their names.

    Args:
        path: of the questions, such as v2_OpenEnded_mscoco_val2014_questions.json.
        folders: to look in.

    Returns:
        Of the same part, those that share most words, such as "mscoco" and "val2014".
    """
    own, part = _tokens(path), part_of_file(path)
    every = [other for folder in folders for other in sorted(folder.glob("*annotations*.json"))]
    alike = [other for other in every if part_of_file(other) == part]
    return max(alike, key=lambda other: len(own & _tokens(other)), default=None)


def joined(
    path: Path, found: Mapping[str, object], problems: list[BadFile]
) -> Iterator[tuple[str, dict[str, object]]]:
    """Lay the answers beside the questions.

    Args:
        path: of the questions; the annotations lie beside it, or in a folder beside its own.
        found: what the file holds.
        problems: what fits to nothing is added here.

    Returns:
        The place of each question, and a record with `image` (a tuple of the names that its
        picture may have), `question`, `answers` and `kind`.

    Raises:
        DataError: what should be annotations are none.
    """
    answers = _annotated(path, problems)
    if answers is None:
        problems.append(BadFile(shown(path.name), "questions without annotations beside them"))
        return
    subset = str(found.get("data_subtype") or _subset(path))
    questions = found.get("questions")
    for number, one in enumerate(questions if isinstance(questions, list) else (), start=1):
        key, image = id_in(one, "question_id"), id_in(one, "image_id")
        place = f"{shown(path.name)} question {shown(key or str(number))}"
        if key is None or image is None:
            problems.append(BadFile(place, "no question_id and image_id"))
            continue
        record = answers.pop(key, None) or {}
        kind = record.get("answer_type")
        people = record.get("answers") or record.get("multiple_choice_answer")
        text, names = one.get("question"), _picture_names(image, subset)
        yield place, {"image": names, "question": text, "answers": people or "", "kind": kind}
    lost = "answers to a question that is not there"
    name = shown(path.name)
    problems += [BadFile(f"{name} question {shown(key)}", lost) for key in answers]


def _annotated(path: Path, problems: list[BadFile]) -> dict[str, Mapping[str, object]] | None:
    """Read the annotations beside a file of questions, by the number of the question."""
    folders = visible_folders(picture_root(path))
    others = [folder for folder in folders if folder.name.lower() == "annotations"]
    file = annotations_of(path, list(dict.fromkeys([path.parent, *others])))
    if file is None:
        return None
    content = read_json(file, _WHAT)
    records = content.get("annotations") if isinstance(content, dict) else None
    if not isinstance(records, list):
        got = "JSON without a list of annotations"
        raise DataError(f"{_WHAT} at {shown(file)}", got, "another file")
    found: dict[str, Mapping[str, object]] = {}
    for number, one in enumerate(records, start=1):
        key = id_in(one, "question_id")
        if key is None:
            problems.append(BadFile(f"{shown(file.name)} annotation {number}", "no question_id"))
        else:
            found[key] = one
    return found


def _tokens(path: Path) -> set[str]:
    return set(_TOKEN.findall(path.stem.lower()))


def _subset(path: Path) -> str:
    """Give the part with its year, such as "val2014", as the name of a file tells it."""
    return next((word for word in sorted(_tokens(path)) if word[-4:].isdigit()), "")


def _picture_names(image: str, subset: str) -> tuple[str, ...]:
    """List the names that a picture may have: that of COCO, that without its part, its number."""
    long = image.zfill(12)
    names = (f"COCO_{subset}_{long}.jpg", f"{long}.jpg", f"{image}.jpg", f"{image}.png")
    return names if subset else names[1:]
