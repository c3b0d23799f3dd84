"""saccade eval of models of words: what they write or answer on their own, as tables and files."""

from __future__ import annotations

import csv
import io
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from saccade.cli import output
from saccade.cli.writing_words import writing_words
from saccade.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from saccade.checkpoints.word_weights import WordWeights
    from saccade.data.sets import BadFile, Part
    from saccade.training.words.looking import LookingScores
    from saccade.writing.judging import AnswerScores, Judged
    from saccade.writing.search import Search

_ORDER: tuple[Part, ...] = ("test", "val", "train")
_SACRE = {"bleu": "sacreBLEU", "chrf": "chrF2"}


class WordData(NamedTuple):
    """The data that a model of words is judged by.

    Attributes:
        source: a file or a folder.
        part: which part; test if there is one, else val, else train, when None.
        seed: of the split.
        val_fraction: share of the split.
        batch_size: pictures or sentences at a time.
    """

    source: str
    part: Part | None
    seed: int
    val_fraction: float
    batch_size: int


def is_of_words(model: str) -> bool:
    """Tell whether a path has weights of a model of words."""
    from saccade.writing.finding import word_card_of

    return word_card_of(model) is not None


def evaluate_words(
    model: str,
    data: WordData,
    search: tuple[int, int, float],
    out: Path | None = None,
    *,
    json: bool = False,
) -> int:
    """Judge a model of words, and tell what was measured.

    Args:
        model: a weight file, or the folder of a run.
        data: what it is judged by.
        search: beam, max_length and length_penalty.
        out: folder for what was written.
        json: print JSON.

    Raises:
        DataError: the data cannot be used, or have no such part.
        CheckpointError: the weights cannot be used.
    """
    from saccade.checkpoints.word_weights import load_words
    from saccade.cli.watch import watching
    from saccade.files import check_writable
    from saccade.writing.search import Search

    beam, max_length, penalty = search
    how = Search(beam=beam, max_length=max_length, length_penalty=penalty)
    if out is not None:
        check_writable(out / "written.csv")
    weights = load_words(model)
    sets, judge = _work(weights, data, how)
    part = _part(sets, data)
    with watching() as show:

        def tick(done: int) -> None:
            count = len(sets[part])
            show({"event": "evaluate", "part": part, "batch": done, "batches": count})

        judged = judge(sets[part], tick=tick)
    if out is not None:
        _write(out / "written.csv", judged)
    if json:
        output.as_json({"part": part, "task": weights.task, **judged.to_dict()})
    else:
        _tell(part, judged)
    bad: list[BadFile] = [problem for own in sets.values() for problem in own.problems]
    bad += [file for file in judged.bad if file not in bad]
    output.skipped(bad, of=len(judged.rows) + len(bad))
    return 0


def _work(
    weights: WordWeights, data: WordData, search: Search
) -> tuple[Mapping[str, Any], Callable[..., Judged]]:
    """Open the data of a task, and give what judges a part of them."""
    from saccade.data.words.captions import open_captions
    from saccade.data.words.pairs import open_pairs
    from saccade.data.words.questions import open_questions
    from saccade.writing import judging
    from saccade.writing.answers import AnswerWriter
    from saccade.writing.captions import CaptionWriter
    from saccade.writing.scene_looks import scene_boxes
    from saccade.writing.translations import TranslationWriter

    source, size = data.source, data.batch_size
    split: dict[str, Any] = {"seed": data.seed, "val_fraction": data.val_fraction}
    if weights.task == "translate":
        pairs = open_pairs(source, sides=_sides(weights), **split)
        writer = TranslationWriter(weights)
        return pairs, partial(judging.judge_translations, writer, search=search, batch_size=size)
    if weights.task == "ask":
        asker = AnswerWriter(weights)
        return open_questions(source, **split), partial(
            judging.judge_answers, asker, batch_size=size
        )
    return open_captions(source, **split), partial(
        judging.judge_captions,
        CaptionWriter(weights),
        search=search,
        batch_size=size,
        boxes=scene_boxes(source),
    )


def _sides(weights: WordWeights) -> tuple[str, str] | None:
    """Give the sides of the pairs that a model was trained on, if they were named."""
    config = weights.card.training.get("config") or {}
    told = (config.get("words") or {}).get("sides") or config.get("words.sides") or ""
    sides = [side.strip() for side in str(told).split(",")]
    return (sides[0], sides[1]) if len(sides) == 2 else None


def _part(sets: Mapping[str, Any], data: WordData) -> str:
    part = next(name for name in _ORDER if name in sets) if data.part is None else data.part
    if part not in sets:
        got = ", ".join(sets)
        raise DataError(f"a part {part} in {data.source}", got, f"--part {got.split(', ')[0]}")
    return part


def _tell(part: str, judged: Judged) -> None:
    """Print what was measured as tables for people."""
    from saccade.training.words.scoring import CaptionScores
    from saccade.writing.judging import AnswerScores

    words, scores = writing_words(), judged.scores
    output.line(words["part"].format(part=part, count=scores.count))
    if isinstance(scores, AnswerScores):
        _tell_answers(scores)
    else:
        names = {f"BLEU-{n}": 100 * value for n, value in enumerate(scores.bleu, start=1)}
        if isinstance(scores, CaptionScores):
            names |= {"CIDEr-D": 100 * scores.cider, "ROUGE-L": 100 * scores.rouge}
        rows = [(name, f"{value:.2f}") for name, value in names.items()]
        rows += [(_SACRE[name], f"{one.score:.2f}") for name, one in judged.sacre.items()]
        rows.append((words["exact"], f"{100 * scores.exact:.2f} %"))
        rows.append((words["length"], f"{scores.length_ratio:.3f}"))
        rows.append((words["unknown_share"], f"{100 * scores.unknown:.2f} %"))
        output.table({words["measure"]: "left", words["value"]: "right"}, rows)
        if judged.unfinished:
            output.note(words["unended"].format(count=judged.unfinished, of=scores.count))
        for one in judged.sacre.values():
            output.note(one.signature)
    _tell_looking(judged.looking, answers=isinstance(scores, AnswerScores))


def _tell_answers(scores: AnswerScores) -> None:
    words = writing_words()
    if scores.kinds:
        rows = [
            (kind, f"{100 * share:.2f} %", count) for kind, (share, count) in scores.kinds.items()
        ]
        columns = (words["kind"], words["right"], words["questions"])
        output.table(dict(zip(columns, ("left", "right", "right"), strict=True)), rows)
    output.line(words["accuracy"].format(percent=100 * scores.accuracy))
    if scores.impossible:
        output.note(words["impossible"].format(count=scores.impossible, of=scores.count))


def _tell_looking(looking: Sequence[LookingScores], *, answers: bool) -> None:
    """Say how much of the attention lies in the right boxes, for each look of an answer."""
    words = writing_words()
    for number, one in enumerate(looking, start=1):
        told = words["box"].format(
            mass=one.mass,
            uniform=one.uniform,
            times=one.times,
            pointing=one.pointing,
            count=one.words,
        )
        what = words["look"].format(number=number) if answers else words["right_captions"]
        output.line(f"{what}: {told}")


def _write(path: Path, judged: Judged) -> None:
    """Write what was written beside what is right."""
    from saccade.files import write_text

    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(("source", "written", "reference"))
    rows.writerows(judged.rows)
    write_text(path, text.getvalue())
