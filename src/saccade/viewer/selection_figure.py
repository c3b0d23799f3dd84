"""A figure of a feature selection: each feature's values by class, and the mask below them.

One strip a feature: every dot is a row, every column of dots a class. Features that were chosen
stand on a tinted ground with a 1 below them, the others fade, with a 0. At the right the two best
features are drawn against each other. PNG or SVG, both without a browser.

Axes: n rows, d features.
Differs: at most twelve features and 200 rows of a class are drawn, the rows spread evenly over the
table; of more features the best twelve, by rank. Equal points of the two best lie on each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from saccade.classic.found import Selection
from saccade.errors import ConfigError, ShapeError
from saccade.files import check_writable
from saccade.viewer.figure_pens import FIGURES, Pen, PngPen, SvgPen, shortened, width_of

MOST_FEATURES, MOST_ROWS = 12, 200
_GROUND, _INK, _CHOSEN, _PLAIN, _AXIS = "#ffffff", "#1b1e24", "#eaf1fd", "#f4f5f7", "#c9cdd6"
# One colour a class, and its faded twin for features that were not chosen.
_COLOURS = (
    ("#2f5bd0", "#b9c6ea"),
    ("#d3382f", "#efbdb9"),
    ("#1f9d61", "#b5dcc9"),
    ("#e39b12", "#f2d9ab"),
    ("#8a4fc7", "#d5c2ea"),
    ("#12a3b4", "#b0dde2"),
    ("#6b7385", "#cfd2d9"),
    ("#c7407f", "#eebcd3"),
    ("#7a8f1d", "#d2d9ae"),
    ("#7a5230", "#d5c6b8"),
)
_STRIP, _TALL, _GAP, _EDGE, _HEAD, _FOOT = 104, 240, 10, 16, 62, 74
_DOT = 3
_LETTERS = 13.0
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class FigureWords:
    """What the figure says.

    Args:
        title: above it; the table, the method and k are put in.
        best: above the two best features.
        more: how many features are not drawn; `count` is put in.
    """

    title: str = "{table}: {k} of {d} features by {method}"
    best: str = "the two best"
    more: str = "and {count} features more"


def write_selection_figure(
    path: Path,
    values: Floats,
    labels: Sequence[str] | NDArray[np.str_],
    selection: Selection,
    *,
    table: str = "features",
    words: FigureWords | None = None,
    density: int = 2,
) -> None:
    """Draw what was chosen.

    Args:
        path: ends in .png or .svg.
        values: (n d), the features that `selection` was made of; gaps are not drawn.
        labels: the name of each row's class (n).
        selection: of these features.
        table: what to call the table.
        words: in another language; English unless told.
        density: pixels of a PNG a unit, 1 to 4.

    Raises:
        ConfigError: the name ends otherwise, or the density is out of its range.
        OutputError: the file cannot be written, or no font has the letters.
        ShapeError: values, labels and selection do not go together.
    """
    if not 1 <= density <= 4:
        raise ConfigError("density 1 to 4", str(density), "2")
    if values.shape != (len(labels), len(selection.names)):
        wanted = f"values of {len(labels)} rows and {len(selection.names)} features"
        raise ShapeError(wanted, str(values.shape))
    check_writable(path, FIGURES)
    told = words or FigureWords()
    drawn = _drawn(selection)
    pair = selection.ranking[:2] if selection.k >= 2 else ()
    wide = 2 * _EDGE + len(drawn) * (_STRIP + _GAP) - _GAP + (_TALL + 3 * _GAP if pair else 0)
    more = len(selection.names) - len(drawn)
    size = (max(wide, 420), _HEAD + _TALL + _FOOT + (20 if more else 0))
    pen: Pen
    if path.suffix.lower() == ".svg":
        pen = SvgPen(size, _GROUND, _INK)
    else:
        pen = PngPen(size, _GROUND, _INK, density=density)
    named = np.asarray(labels).astype(str)
    kinds = tuple(dict.fromkeys(named.tolist()))  # as they come in the table
    groups = [_some(np.flatnonzero(named == kind)) for kind in kinds]
    _write_head(pen, size[0], kinds, told, selection, table)
    for place, feature in enumerate(drawn):
        left = _EDGE + place * (_STRIP + _GAP)
        _strip(pen, left, values[:, feature], groups, selection, feature)
    if pair:
        left = _EDGE + len(drawn) * (_STRIP + _GAP) + 2 * _GAP
        _against(pen, left, values[:, list(pair)], groups, [selection.names[one] for one in pair])
        pen.text((left + _TALL / 2, _HEAD - 6), told.best, size=_LETTERS, anchor="middle")
    if more:
        pen.text((_EDGE, size[1] - 9), told.more.format(count=more), size=_LETTERS)
    pen.save(path)


def _drawn(selection: Selection) -> list[int]:
    """The features that are drawn: all in their order, or the best ones by rank."""
    if len(selection.names) <= MOST_FEATURES:
        return list(range(len(selection.names)))
    return list(selection.ranking[:MOST_FEATURES])


def _some(rows: NDArray[np.intp]) -> NDArray[np.intp]:
    """At most so many of the rows, spread evenly."""
    if len(rows) <= MOST_ROWS:
        return rows
    return rows[np.linspace(0, len(rows) - 1, MOST_ROWS).round().astype(np.intp)]


def _write_head(
    pen: Pen, wide: int, kinds: Sequence[str], words: FigureWords, found: Selection, table: str
) -> None:
    """The title, and the colour of each class."""
    parts = {"table": table, "k": found.k, "d": len(found.names), "method": found.method}
    room = wide - 2 * _EDGE
    pen.text((_EDGE, 22), shortened(words.title.format(**parts), 16, room), size=16)
    left = float(_EDGE)
    for number, kind in enumerate(kinds):
        told = shortened(kind, _LETTERS, 160)
        if left + width_of(told, _LETTERS) + 20 > wide - _EDGE:
            pen.text((left, 42), "…", size=_LETTERS)
            break
        pen.rectangle((left, 33), (10, 10), _COLOURS[number % len(_COLOURS)][0])
        pen.text((left + 15, 42), told, size=_LETTERS)
        left += width_of(told, _LETTERS) + 32


def _strip(
    pen: Pen,
    left: float,
    values: Floats,
    groups: Sequence[NDArray[np.intp]],
    found: Selection,
    feature: int,
) -> None:
    """One feature: a column of dots a class, its name, score and mask bit."""
    chosen = bool(found.mask[feature])
    pen.rectangle((left, _HEAD), (_STRIP, _TALL), _CHOSEN if chosen else _PLAIN)
    up = _scaled(values, _HEAD + _TALL - 8, _HEAD + 8)
    for number, rows in enumerate(groups):
        colour = _COLOURS[number % len(_COLOURS)][0 if chosen else 1]
        middle = left + _STRIP * (number + 0.5) / len(groups)
        reach = _STRIP / len(groups) * 0.32
        # The golden ratio spreads neighbours in the table apart, the same way in every run.
        shares = np.arange(len(rows), dtype=np.float64) * 0.6180339887 % 1
        _dots(pen, middle + reach * (2 * shares - 1), up[rows], colour)
    below = _HEAD + _TALL
    name = shortened(found.names[feature], _LETTERS, _STRIP + _GAP - 4)
    pen.text((left + _STRIP / 2, below + 17), name, size=_LETTERS, anchor="middle")
    score = f"{found.scores[feature]:.3g}".replace("inf", "∞")
    pen.text((left + _STRIP / 2, below + 33), score, size=11, anchor="middle")
    bit = str(found.mask[feature])
    if chosen:
        pen.rectangle((left + _STRIP / 2 - 13, below + 38), (26, 24), "#bcd2fa")
    pen.text((left + _STRIP / 2, below + 57), bit, size=19, anchor="middle")


def _against(
    pen: Pen,
    left: float,
    values: Floats,
    groups: Sequence[NDArray[np.intp]],
    names: Sequence[str],
) -> None:
    """Two features against each other, the first to the right and the second upward."""
    pen.rectangle((left, _HEAD), (_TALL, _TALL), _CHOSEN)
    pen.rectangle((left, _HEAD + _TALL - 1), (_TALL, 1), _AXIS)
    pen.rectangle((left, _HEAD), (1, _TALL), _AXIS)
    across = _scaled(values[:, 0], left + 8, left + _TALL - 8)
    up = _scaled(values[:, 1], _HEAD + _TALL - 8, _HEAD + 8)
    for number, rows in enumerate(groups):
        _dots(pen, across[rows], up[rows], _COLOURS[number % len(_COLOURS)][0])
    first, second = (shortened(name, _LETTERS, _TALL) for name in names)
    pen.text((left + _TALL / 2, _HEAD + _TALL + 17), first, size=_LETTERS, anchor="middle")
    pen.text((left - 6, _HEAD + _TALL / 2), second, size=_LETTERS, anchor="middle", turn=-90)


def _dots(pen: Pen, across: Floats, up: Floats, colour: str) -> None:
    half = _DOT / 2
    for x, y in zip(across, up, strict=True):
        if np.isfinite(x) and np.isfinite(y):
            pen.rectangle((round(x - half, 1), round(y - half, 1)), (_DOT, _DOT), colour)


def _scaled(values: Floats, low: float, high: float) -> Floats:
    """Stretch the finite values from one end to the other; a constant stands in the middle."""
    seen = values[np.isfinite(values)]
    if not len(seen) or seen.min() == seen.max():
        return np.where(np.isfinite(values), (low + high) / 2, np.nan)
    shares = (values - seen.min()) / (seen.max() - seen.min())
    return np.where(np.isfinite(values), low + shares * (high - low), np.nan)
