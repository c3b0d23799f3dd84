"""Tables of means and spreads over pictures: mean, standard deviation, least, most, and how many.

The standard deviation is that of these pictures (divided by their number); of one picture it is 0.
Numbers that a row does not have are NaN in tensors, and empty in tables.
Axes: b pictures, rows of the table, measures.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from saccade.errors import TraceError
from saccade.shapes import expect

Cell = str | int | float
_PLACES = 6


class Stat(NamedTuple):
    """One measure over all pictures.

    Attributes:
        mean: of the pictures.
        std: standard deviation over the pictures; 0 for a single one.
        least: of the pictures.
        most: of the pictures.
    """

    mean: float
    std: float
    least: float
    most: float


class Line(NamedTuple):
    """A row of a summary.

    Attributes:
        labels: what it is about, such as layer and head.
        stats: one for each measure.
        after: further cells.
    """

    labels: tuple[Cell, ...]
    stats: tuple[Stat, ...]
    after: tuple[Cell, ...] = ()


@dataclass(frozen=True, slots=True)
class Summary:
    """A table of means and spreads.

    Args:
        keys: names of the labels.
        measures: names of the measures, with their units.
        lines: the rows.
        pictures: how many there were.
        after: names of the further cells.
    """

    keys: tuple[str, ...]
    measures: tuple[str, ...]
    lines: tuple[Line, ...]
    pictures: int
    after: tuple[str, ...] = ()

    def flat(self) -> tuple[list[str], list[list[Cell]]]:
        """Header and rows with four columns a measure: mean, std, min and max."""
        header = [*self.keys, "pictures"]
        header += [f"{name}{end}" for name in self.measures for end in ("", " std", " min", " max")]
        rows: list[list[Cell]] = [
            [
                *line.labels,
                self.pictures,
                *(rounded(number) for stat in line.stats for number in stat),
                *line.after,
            ]
            for line in self.lines
        ]
        return [*header, *self.after], rows


def stats_of(values: Tensor) -> list[tuple[Stat, ...]]:
    """Mean and spread over pictures (b rows measures), a tuple of measures for each row.

    Raises:
        ShapeError: the numbers have other axes.
        TraceError: there was no picture.
    """
    expect(values, "b i j", "the numbers")
    if not len(values):
        raise TraceError("at least one picture", "none", "part.take(seen)")
    double = values.double()
    four = [double.mean(0), double.std(0, correction=0), double.amin(0), double.amax(0)]
    return [tuple(Stat(*cell) for cell in row) for row in torch.stack(four, dim=-1).tolist()]


def summarize(
    keys: Sequence[str],
    labels: Sequence[tuple[Cell, ...]],
    measures: Sequence[str],
    values: Tensor,
) -> Summary:
    """Make a summary.

    Args:
        keys: names of the labels.
        labels: of each row.
        measures: names of the measures.
        values: (b rows measures).

    Raises:
        TraceError: there was no picture.
    """
    lines = [Line(*row) for row in zip(labels, stats_of(values), strict=True)]
    return Summary(tuple(keys), tuple(measures), tuple(lines), len(values))


def rounded(value: Cell) -> Cell:
    """A number for a table: six places, empty where it is none."""
    if not isinstance(value, float):
        return value
    return round(value, _PLACES) if math.isfinite(value) else ""
