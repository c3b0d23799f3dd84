"""Tables of how well maps agree with where people look, for a terminal and as CSV."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from saccade.cli import output
from saccade.cli.gaze_words import gaze_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from saccade.explanation.gaze_comparison import GazeRow
    from saccade.inspection.evidence.bootstrap import Interval

_SURE = ("nss", "auc_judd", "auc_shuffled")  # measures whose interval fits into the table
_NAMED = 2  # best and worst pictures of each map


def ordered(rows: Sequence[GazeRow]) -> list[GazeRow]:
    """Put the floor first, then the maps from the best NSS down, and the ceiling last.

    The product of a map and the middle follows that map.
    """
    products = {row.name: row for row in rows if row.kind == "centred"}
    maps = sorted((row for row in rows if row.kind == "method"), key=lambda row: -_nss(row))
    both = [one for row in maps for one in (row, products[row.name])]
    floor = [row for row in rows if row.kind == "floor"]
    return [*floor, *both, *(row for row in rows if row.kind == "ceiling")]


def tell_agreement(rows: Sequence[GazeRow], facts: Mapping[str, int]) -> None:
    """Print a line for each map with all measures, and one with its best and worst pictures.

    Args:
        rows: floor, maps and ceiling.
        facts: `count`, `fixations` and `viewers`.
    """
    from saccade.inspection.evidence.gaze_scores import MEASURES

    text, lines = gaze_words(), ordered(rows)
    output.table(
        {text["method"]: "left", **{text[name]: "right" for name in MEASURES}},
        [
            (_name(row), *(_cell(row.intervals[name], sure=name in _SURE) for name in MEASURES))
            for row in lines
        ],
        title=text["title"].format(**facts),
    )
    output.line(text["read"])
    middle = next(row for row in rows if row.name == "centre")
    heads = {"method": "left", "above": "right", "best": "left", "worst": "left"}
    output.table(
        {text[name]: side for name, side in heads.items()},
        [
            (_name(row), _cell(row.above(middle), sure=True, sign="+"), *_ends(row))
            for row in lines
            if row.kind in ("method", "ceiling")
        ],
        title=text["pictures"],
    )


def as_csv_text(rows: Sequence[GazeRow]) -> str:
    """Write a line for each map and measure: mean, both ends of the interval, pictures."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(("map", "kind", "measure", "mean", "low", "high", "pictures"))
    for row in ordered(rows):
        for name, found in row.intervals.items():
            if found is not None:
                numbers = (f"{value:.6f}" for value in (found.mean, found.low, found.high))
                writer.writerow((row.name, row.kind, name, *numbers, found.count))
    return written.getvalue()


def _nss(row: GazeRow) -> float:
    found = row.intervals["nss"]
    return float("-inf") if found is None else found.mean


def _name(row: GazeRow) -> str:
    text = gaze_words()
    return text["times"] if row.kind == "centred" else text.get(row.name, row.name)


def _cell(found: Interval | None, *, sure: bool, sign: str = "") -> str:
    if found is None:
        return "-"
    half = f" ± {(found.high - found.low) / 2:.2f}" if sure else ""
    return f"{found.mean:{sign}.2f}{half}"


def _ends(row: GazeRow) -> tuple[str, str]:
    ranked = row.ranked
    best, worst = ranked[:_NAMED], ranked[::-1][:_NAMED]
    return _told(best), _told(worst)


def _told(pictures: Sequence[tuple[str, float]]) -> str:
    return ", ".join(f"{name} {value:.2f}" for name, value in pictures)
