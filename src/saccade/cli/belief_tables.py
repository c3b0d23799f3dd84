"""Tables of whether to believe maps: one line a picture, then mean and spread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from saccade.cli import output
from saccade.cli.explain_words import belief_words

_TESTS = ("insertion", "deletion", "weights", "shift")


def tell_beliefs(
    rows: Sequence[tuple[str, Mapping[str, Any]]], summary: Mapping[str, Any], method: str
) -> None:
    """Print what the tests of each picture's map gave, their means, and how to read them.

    Args:
        rows: name of a picture, and what `Belief.to_dict` tells of it; none for the means alone.
        summary: of all pictures, as `summarise` makes it.
        method: that made the maps.
    """
    text, verdicts = belief_words()
    lines = [
        (name, *(_cell(row[test], text) for test in _TESTS), _judged(row, verdicts))
        for name, row in rows
    ]
    if len(rows) != 1:
        means = (_mean(summary[test], text) for test in _TESTS)
        name = text["mean"].format(count=summary["images"])
        lines.append((name, *means, _judged(summary, verdicts)))
    heads = {text["picture"]: "left", **{text[test]: "right" for test in _TESTS}}
    output.table(
        {**heads, text["verdict"]: "left"}, lines, title=text["title"].format(method=method)
    )
    output.line(text["read"])
    for name, row in rows:
        for test, reason in row["reasons"].items():
            output.note(text["unmade"].format(picture=name, test=text[test], reason=reason))


def tell_cost(seconds: float, passes: int) -> None:
    """Print what the tests cost."""
    output.line(belief_words()[0]["cost"].format(seconds=seconds, passes=passes))


def tell_pointing(played: Sequence[Mapping[str, Any]]) -> None:
    """Print hits of the pointing game and the mass inside, over the pictures that have boxes."""
    if not played:
        return
    inside = [one["inside"] for one in played if one["inside"] is not None]
    output.line(
        belief_words()[0]["pointing"].format(
            hits=sum(one["hit"] for one in played),
            count=len(played),
            inside=sum(inside) / max(len(inside), 1),
            area=sum(one["area"] for one in played) / len(played),
        )
    )


def tell_gaze(measures: Sequence[str], looked: Mapping[str, Mapping[str, Any]], count: int) -> None:
    """Print the agreement with people of maps and of the middle of the picture.

    Args:
        measures: their names, in order.
        looked: "map" and "centre" to measure to its mean and spread.
        count: how many pictures.
    """
    text = belief_words()[0]
    output.table(
        {"": "left", **dict.fromkeys(measures, "right")},
        [(text[name], *(_plain(own[one]) for one in measures)) for name, own in looked.items()],
        title=text["gaze"].format(count=count),
    )


def _cell(value: Any, text: Mapping[str, str]) -> str:  # noqa: ANN401
    if value is None:
        return "-"
    return text["random"].format(**value) if isinstance(value, Mapping) else f"{value:.3f}"


def _mean(value: Mapping[str, Any], text: Mapping[str, str]) -> str:
    against = text["against"].format(**value) if "random" in value else ""
    return _plain(value) + against


def _plain(value: Mapping[str, Any]) -> str:
    if value["mean"] is None:
        return "-"
    return f"{value['mean']:.3f} ± {value['spread']:.3f}"


def _judged(row: Mapping[str, Any], verdicts: Mapping[str, str]) -> str:
    return "; ".join(verdicts[name] for name in row["verdict"])
