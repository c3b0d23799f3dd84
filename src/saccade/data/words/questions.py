"""Pictures with questions: one source in, the parts of a set of questions out.

A source is a file of questions (see `question_formats`), or a folder that holds one, such as
questions.jsonl beside the pictures, or the two files of VQA. Paths of pictures start at the file;
where a picture is not there, folders beside the file are searched. Of pictures only the headers
are read.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from saccade.data.decode import read_picture, shown
from saccade.data.images import OnBad
from saccade.data.sets import BadFile, Picture
from saccade.data.words.picture_rows import (
    PART_ORDER,
    PictureFinder,
    held_out,
    leaks,
    name_below,
    part_of_file,
    picture_root,
)
from saccade.data.words.question_formats import ENDINGS, QuestionRow, Region, read_questions
from saccade.data.words.reading import part_of
from saccade.errors import ConfigError, DataError

_NAME = re.compile(r"questions(?:[-_.]?([a-z]+))?", re.IGNORECASE)
_VQA = ("*questions*.json", "*/*questions*.json")


@dataclass(frozen=True)
class QuestionSet:
    """Questions, each about a picture; several may be about the same one.

    Args:
        name: what to call the set, such as "train".
        paths: of the picture of each question.
        questions: none of them empty; no two of a picture are the same.
        answers: to each question, those that are right; the first is the one to learn.
        kinds: of each question; empty where it is unknown.
        regions: x0, y0, x1, y1 of what holds each answer, in pixels of the upright picture; none
            where it is unknown.
        problems: what the source holds and the set does not.
        root: folder that the names of pictures start at.
    """

    name: str
    paths: tuple[Path, ...]
    questions: tuple[str, ...]
    answers: tuple[tuple[str, ...], ...]
    kinds: tuple[str, ...] = ()
    regions: tuple[tuple[Region, ...], ...] = ()
    problems: tuple[BadFile, ...] = ()
    root: Path | None = None

    def __post_init__(self) -> None:
        count = len(self.paths)
        object.__setattr__(self, "kinds", self.kinds or ("",) * count)
        object.__setattr__(self, "regions", self.regions or ((),) * count)
        columns = (self.questions, self.answers, self.kinds, self.regions)
        if any(len(column) != count for column in columns):
            got = ", ".join(str(len(column)) for column in columns)
            raise DataError(f"{count} questions, answers, kinds and regions", got)
        if not all(self.answers):
            raise DataError("an answer to each question", "a question without one")

    def __len__(self) -> int:
        """The number of questions."""
        return len(self.paths)

    def texts(self) -> list[str]:
        """Give all questions: what a vocabulary is built from."""
        return list(self.questions)

    def picture_name(self, index: int) -> str:
        """Name the picture of a question by its path below the root."""
        return name_below(self.paths[index], self.root)

    def load(self, index: int) -> Picture:
        """Read and decode the picture of a question.

        Raises:
            DataError: it cannot be read.
        """
        read = read_picture(self.paths[index])
        return Picture(read.raw, read.geometry, None, self.picture_name(index))

    def subset(self, name: str, indices: Sequence[int]) -> "QuestionSet":
        """Make a set of some of the questions, in the given order; it has no problems."""
        return QuestionSet(
            name,
            tuple(self.paths[index] for index in indices),
            tuple(self.questions[index] for index in indices),
            tuple(self.answers[index] for index in indices),
            tuple(self.kinds[index] for index in indices),
            tuple(self.regions[index] for index in indices),
            (),
            self.root,
        )


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question of the source, beside its picture."""

    path: Path
    row: QuestionRow


def open_questions(
    source: str | Path, *, seed: int = 0, val_fraction: float = 0.1, on_bad: OnBad = "skip"
) -> dict[str, QuestionSet]:
    """Open a source of questions about pictures.

    Questions without a picture, an answer or words, pictures that do not open and questions that a
    picture has twice with the same answer are left out and named in `problems`; with another
    answer both answers are right, the first is the one to learn. A picture of two parts would
    leak: it stays in the one that is judged by, test before val before train, and is named.
    Without a part val, `val_fraction` of the training pictures are taken, each with all its
    questions; which ones depends on the seed and the names of the pictures alone.

    Args:
        source: a file of questions, or a folder that holds one.
        seed: of the split.
        val_fraction: share of the training pictures, 0 to below 1; 0 takes none.
        on_bad: "skip" leaves bad ones out and names them, "fail" raises for the first.

    Returns:
        The parts that there are, of train, val and test.

    Raises:
        DataError: there is no such source, or it holds no question that can be used.
        ConfigError: `val_fraction` is not from 0 to below 1.
    """
    if not 0 <= val_fraction < 1:
        raise ConfigError("val_fraction from 0 to below 1", str(val_fraction), "0.1")
    files = _question_files(Path(source))
    problems: list[BadFile] = []
    parts: dict[str, list[_Asked]] = {}
    for path in files:
        _collect(path, parts, problems)
    _drop_leaks(parts, problems)
    root = picture_root(files[0])
    sets = {
        part: _build(part, parts[part], root, problems) for part in PART_ORDER if parts.get(part)
    }
    _check(Path(source), sets, problems, on_bad)
    if "train" in sets and "val" not in sets:
        sets = _split(sets, seed, val_fraction)
    first = next(iter(sets))
    return {**sets, first: replace(sets[first], problems=tuple(problems))}


def answers_of(
    questions: QuestionSet, *, most: int | None = None, least: int = 1
) -> tuple[str, ...]:
    """List the answers to choose from: those to learn of a set, the most frequent first.

    Args:
        questions: the training part; answers of others would tell what they ask for.
        most: how many answers at most; None takes all.
        least: how often an answer must come.

    Returns:
        Each answer once; equally frequent ones in the order of the alphabet.

    Raises:
        ConfigError: a number is below 1.
        DataError: no answer comes so often.
    """
    if least < 1 or (most is not None and most < 1):
        raise ConfigError("most and least of 1 or more", f"most={most}, least={least}", "least=1")
    counts = Counter(own[0] for own in questions.answers)
    order = sorted(counts, key=lambda answer: (-counts[answer], answer))
    found = tuple(answer for answer in order if counts[answer] >= least)[:most]
    if not found:
        expected = f"answers that come {least} times or more in {questions.name}"
        raise DataError(expected, f"none of {len(counts)}", "a smaller least")
    return found


def _question_files(source: Path) -> list[Path]:
    """Find the files of questions of a source."""
    expected = f"questions at {shown(source)}"
    if source.is_file():
        if source.suffix.lower() == ".zip":
            raise DataError(expected, "a zip file", "unpacking it into a folder")
        return [source]
    if not source.is_dir():
        raise DataError(expected, "no such file or folder", "another path")
    every = sorted(path for path in source.iterdir() if path.is_file())
    for ending in ENDINGS:
        own = [path for path in every if path.suffix.lower() == ending and _is_named(path)]
        if own:
            return own
    for pattern in _VQA:
        found = sorted(source.glob(pattern))
        if found:
            return found
    hint = "questions.tsv with lines such as image<tab>question<tab>answer"
    raise DataError(f"a file of questions in {shown(source)}", "none", hint)


def _is_named(path: Path) -> bool:
    """Tell whether a file is called "questions", perhaps with a part, and nothing else."""
    found = _NAME.fullmatch(path.stem)
    return found is not None and (found[1] is None or part_of(found[1]) is not None)


def _collect(path: Path, parts: dict[str, list[_Asked]], problems: list[BadFile]) -> None:
    """Add the rows of a file to their parts; open each picture's header once."""
    rows, bad = read_questions(path)
    problems += bad
    usual, finder = part_of_file(path) or "train", PictureFinder(path)
    for row in rows:
        where, reason, first = finder.look(*row.images)
        if reason is None:
            parts.setdefault(row.part or usual, []).append(_Asked(where, row))
        elif first:
            problems.append(BadFile(row.place, f"{shown(row.images[0])}: {reason}"))


def _drop_leaks(parts: dict[str, list[_Asked]], problems: list[BadFile]) -> None:
    """Keep a picture of several parts only in the last one of train, val, test."""
    own: dict[str, dict[Path, str]] = {part: {} for part in parts}
    for part, asked in parts.items():
        for one in asked:
            own[part].setdefault(one.path, one.row.place)
    for part, path, kept in leaks(own):
        reason = f"{shown(path.name)}: in {part} and in {kept}, left out of {part}"
        problems.append(BadFile(own[part].pop(path), reason))
    for part, asked in parts.items():
        parts[part] = [one for one in asked if one.path in own[part]]


def _build(part: str, asked: Sequence[_Asked], root: Path, problems: list[BadFile]) -> QuestionSet:
    """Make the set of a part, each question of a picture once."""
    found: dict[tuple[Path, str], _Asked] = {}
    answers: dict[tuple[Path, str], dict[str, None]] = {}
    for one in asked:
        key = one.path, one.row.question
        found.setdefault(key, one)
        own = answers.setdefault(key, {})
        if own and own.keys() >= set(one.row.answers):
            reason = f"{shown(one.row.images[0])}: a question it has already, with that answer"
            problems.append(BadFile(one.row.place, reason))
        own.update(dict.fromkeys(one.row.answers))
    rows = [one.row for one in found.values()]
    return QuestionSet(
        part,
        tuple(path for path, _ in found),
        tuple(row.question for row in rows),
        tuple(map(tuple, answers.values())),
        tuple(row.kind for row in rows),
        tuple(row.regions for row in rows),
        (),
        root,
    )


def _check(
    source: Path, sets: dict[str, QuestionSet], problems: list[BadFile], on_bad: OnBad
) -> None:
    """Check that a source has questions, and only good ones where bad ones are not skipped."""
    first = f"first {problems[0].name}: {problems[0].reason}" if problems else ""
    if not sets:
        raise DataError(
            f"questions about pictures in {shown(source)}",
            f"none that can be used, {first}" if first else "none",
            "lines such as image<tab>question<tab>answer, with paths that start at the file",
        )
    if problems and on_bad == "fail":
        expected, got = f"only good questions in {shown(source)}", f"{len(problems)} bad, {first}"
        raise DataError(expected, got, "repairing them or on_bad=skip")


def _split(sets: dict[str, QuestionSet], seed: int, fraction: float) -> dict[str, QuestionSet]:
    """Take a share of the training pictures as val, each with all its questions."""
    train = sets["train"]
    names = {path: name_below(path, train.root) for path in dict.fromkeys(train.paths)}
    away = held_out(names.values(), fraction, f"{seed}/questions")
    if not away:
        return sets
    out = [names[path] in away for path in train.paths]
    rest = train.subset("train", [at for at, held in enumerate(out) if not held])
    val = train.subset("val", [at for at, held in enumerate(out) if held])
    return {"train": rest, "val": val, **{p: s for p, s in sets.items() if p != "train"}}
