"""The way back through a beam search: from the last row of a text to its words and looks.

Axes: rows of a step (n), t time, j place that is looked at.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from saccade.models.words.hypothesis import Hypothesis, cut


class Moment(NamedTuple):
    """One step of a search.

    Args:
        words: the word that each new row ends with (n).
        values: its log-probability (n).
        rows: the row before this step that each new row continues (n).
        weights: where the rows before this step looked (m j), or None.
    """

    words: Tensor
    values: Tensor
    rows: Tensor
    weights: Tensor | None


class Ending(NamedTuple):
    """A text that is over.

    Args:
        score: what it is ranked by.
        step: moments before its last step.
        row: its row after those moments.
        value: log-probability of END, if it has ended.
        finished: whether it has ended, or was cut.
    """

    score: float
    step: int
    row: int
    value: float
    finished: bool


class _Path(NamedTuple):
    """A text in the order of time: words, END included, their values, the rows that wrote them."""

    words: list[int]
    values: list[float]
    rows: list[int]


def retrace(
    trail: Sequence[Moment], endings: Sequence[Ending], end: int, length_penalty: float
) -> list[Hypothesis]:
    """Make the hypotheses of texts that are over.

    Args:
        trail: all moments of the search.
        endings: the texts, in any order.
        end: number of the word that ends a text.
        length_penalty: as for `saccade.models.words.beam.beam_search`.
    """
    lists = [(m.words.tolist(), m.values.tolist(), m.rows.tolist()) for m in trail]
    paths = [_path(lists, ending, end) for ending in endings]
    looks = _looks(trail, paths)
    return [
        cut(path.words, path.values, None if looks is None else looks[i], end, length_penalty)
        for i, path in enumerate(paths)
    ]


def _path(
    lists: Sequence[tuple[list[int], list[float], list[int]]], ending: Ending, end: int
) -> _Path:
    row, path = ending.row, _Path([], [], [])
    if ending.finished:
        path.words.append(end)
        path.values.append(ending.value)
        path.rows.append(row)
    for words, values, rows in reversed(lists[: ending.step]):
        path.words.append(words[row])
        path.values.append(values[row])
        row = rows[row]
        path.rows.append(row)
    return _Path(path.words[::-1], path.values[::-1], path.rows[::-1])


def _looks(trail: Sequence[Moment], paths: Sequence[_Path]) -> Tensor | None:
    """Gather the looks of all texts at once (text t j), on the CPU; any row after a text's end."""
    longest = max((len(path.rows) for path in paths), default=0)
    looks = []
    for t, moment in enumerate(trail[:longest]):
        if moment.weights is None:
            return None
        rows = [path.rows[t] if t < len(path.rows) else 0 for path in paths]
        looks.append(moment.weights[torch.tensor(rows, device=moment.weights.device)])
    return torch.stack(looks, 1).cpu() if looks else None
