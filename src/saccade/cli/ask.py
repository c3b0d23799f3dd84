"""saccade ask: answer questions about a picture, and show where the answers were looked for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from saccade.cli import output
from saccade.cli.switch import Switch
from saccade.cli.writing_words import writing_words
from saccade.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from saccade.writing.answers import Answered


def ask(
    *given: str,
    model: str | None = None,
    top: int = 5,
    attention: Path | None = None,
    json: Switch = False,
) -> int:
    """Answer questions about a picture.

    Args:
        given: a picture and one question or more, each in quotes; before them the weight file or
            the folder of a run, unless --model names it. Without either the newest run of questions
            is taken.
        model: a weight file, or the folder of a run.
        top: how many answers to list for each question.
        attention: a page (.html) or a figure (.png, .svg) with a map for each look at the picture.
        json: print one JSON object a line for each question, with the numbers of each look.
    """
    from saccade.cli.word_pictures import check_attention, view_of_answer, write_attention
    from saccade.cli.word_sources import find_model
    from saccade.cli.word_tables import tell_unknown
    from saccade.writing.answers import AnswerWriter

    check_attention(attention)
    weights, words = find_model("ask", given, model)
    if len(words) < 2:
        got = f"only {words[0]}" if words else "no argument"
        hint = 'saccade ask photo.jpg "what colour is the circle?"'
        raise ConfigError("a picture and a question", got, hint)
    found = AnswerWriter(weights).ask(words[0], words[1:], top=top)
    _tell(found, json=json)
    tell_unknown((one.question, one.unknown) for one in found)
    if attention is not None:
        write_attention(attention, [view_of_answer(one) for one in found], task="ask")
    return 0


def _tell(found: Sequence[Answered], *, json: bool) -> None:
    if json:
        for one in found:
            output.as_json_line(_as_json(one))
        return
    words = writing_words()
    names = (words["question"], words["answer"], words["probability"])
    rows = [
        ("" if rank else one.question, answer, f"{probability:.4f}")
        for one in found
        for rank, (answer, probability) in enumerate(one.answers)
    ]
    output.table(dict(zip(names, ("left", "left", "right"), strict=True)), rows)


def _as_json(one: Answered) -> dict[str, object]:
    from saccade.training.words.looking import coverage, sharpness

    looks = [
        {"sharpness": round(sharp, 6), "coverage": round(coverage(row[None]), 6)}
        for row, sharp in zip(one.maps, sharpness(one.maps).tolist(), strict=True)
    ]
    answers = [{"answer": name, "probability": round(share, 6)} for name, share in one.answers]
    return {
        "picture": one.name,
        "question": one.question,
        "answers": answers,
        "unknown": one.unknown,
        "looks": looks,
    }
