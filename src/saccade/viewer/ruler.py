"""The page of a comparison: a table, and two charts that show what accuracy costs."""

import html
from collections.abc import Mapping, Sequence
from typing import Any

from saccade import __version__

WIDTH, HEIGHT, EDGE = 640, 380, 56
_LETTER, _LINE = 7.2, 13.0  # pixels of a letter and of a line of a chart's names
_Point = tuple[float, float]
_STYLE = """
:root { color-scheme: light dark; --ink: #1d2330; --soft: #6b7385; --line: #d5dae4; --dot: #1f6feb;
  --paper: #ffffff; }
@media (prefers-color-scheme: dark) { :root { --ink: #e7eaf1; --soft: #a3abbd; --line: #39404f;
  --dot: #6ea8ff; --paper: #14171d; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  margin: 2rem auto; max-width: 72rem; padding: 0 1rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .7rem; text-align: right; border-bottom: 1px solid var(--line); }
th:first-child, td:first-child, th:nth-child(2), td:nth-child(2) { text-align: left; }
figure { display: inline-block; margin: 1.5rem 1rem 0 0; } figcaption { color: var(--soft); }
.wide { overflow-x: auto; } svg text { fill: var(--ink); font-size: 12px; }
svg .axis { stroke: var(--line); } svg circle { fill: var(--dot); } svg .bar { stroke: var(--dot); }
footer, .soft { color: var(--soft); }
"""
_HEADINGS = (
    ("mechanism", "메커니즘"),
    ("place", "자리"),
    ("parameters", "매개변수"),
    ("multiply-adds (M)", "곱셈-덧셈 (백만)"),
    ("CPU ms", "CPU ms"),
    ("peak MB", "최대 MB"),
    ("accuracy %", "정확도 %"),
    ("lowest to highest", "최저~최고"),
)


def ruler_page(rows: Sequence[Mapping[str, Any]], *, title: str, about: str) -> str:
    """Make the text of one HTML page that needs nothing else.

    Args:
        rows: of a comparison, as `Row.to_dict` writes them.
        title: of the page.
        about: a sentence on what was compared.
    """
    head = "".join(f'<th title="{korean}">{english}</th>' for english, korean in _HEADINGS)
    body = "".join(f"<tr>{_cells(row)}</tr>" for row in rows)
    charts = _chart(rows, "parameters", "parameters · 매개변수") + _chart(rows, "ms", "CPU ms")
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{html.escape(title)}</title><style>{_STYLE}</style></head><body>"
        f"<h1>{html.escape(title)}</h1><p>{html.escape(about)}</p>"
        f'<div class="wide"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
        f"{charts}<footer><p>saccade {__version__}</p></footer></body></html>\n"
    )


def _cells(row: Mapping[str, Any]) -> str:
    values = (
        html.escape(str(row["mechanism"])),
        html.escape(str(row["role"] or "–")),
        f"{row['parameters']:,}",
        f"{row['multiply_adds'] / 1e6:.1f}",
        f"{row['ms']:.1f}",
        f"{row['peak_bytes'] / 1e6:.1f}",
        f"{100 * row['accuracy']:.2f}",
        f"{100 * row['accuracy_least']:.2f} – {100 * row['accuracy_most']:.2f}",
    )
    return "".join(f"<td>{value}</td>" for value in values)


def _chart(rows: Sequence[Mapping[str, Any]], key: str, label: str) -> str:
    """Draw accuracy over one cost; a bar spans the lowest and the highest seed."""
    across = [row[key] for row in rows]
    up = [100 * row[name] for row in rows for name in ("accuracy_least", "accuracy_most")]
    x, y = _scale(across, EDGE + 12, WIDTH - 120), _scale(up, HEIGHT - EDGE - 12, 20)
    dots = [(x(row[key]), y(100 * row["accuracy"])) for row in rows]
    places = _places([str(row["mechanism"]) for row in rows], dots)
    marks = "".join(
        _mark(row, dot, place, y) for row, dot, place in zip(rows, dots, places, strict=True)
    )
    ticks = [
        f'<text x="{EDGE - 8}" y="{y(value) + 4:.1f}" text-anchor="end">{value:.1f}</text>'
        for value in (min(up), max(up))
    ]
    foot = HEIGHT - EDGE
    ticks += [
        f'<text x="{x(value):.1f}" y="{foot + 18}" text-anchor="middle">{value:,.0f}</text>'
        for value in (min(across), max(across))
    ]
    middle = (EDGE + WIDTH - 120) // 2
    frame = (
        f'<path class="axis" fill="none" d="M{EDGE} 10V{foot}H{WIDTH - 100}"/>'
        f'<text x="{middle}" y="{HEIGHT - 12}" text-anchor="middle">{label}</text>'
    )
    return (
        f'<figure><svg role="img" aria-label="accuracy over {html.escape(label)}" '
        f'width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}">{frame}'
        f"{''.join(ticks)}{marks}</svg><figcaption>accuracy % · 정확도 %, {html.escape(label)}"
        "</figcaption></figure>"
    )


def _mark(row: Mapping[str, Any], dot: _Point, place: _Point, y: "_Scale") -> str:
    low, high = y(100 * row["accuracy_least"]), y(100 * row["accuracy_most"])
    name = html.escape(str(row["mechanism"]))
    return (
        f'<path class="bar" d="M{dot[0]:.1f} {low:.1f}V{high:.1f}"/>'
        f'<circle cx="{dot[0]:.1f}" cy="{dot[1]:.1f}" r="4"><title>{name}</title></circle>'
        f'<text x="{place[0]:.1f}" y="{place[1] + 4:.1f}">{name}</text>'
    )


def _places(names: Sequence[str], dots: Sequence[_Point]) -> list[_Point]:
    """Find where each name starts, beside its dot and off the other names and dots.

    The right side is tried first, then the left, then both a little higher or lower.
    """
    taken = [(x - 5, y - 5, x + 5, y + 5) for x, y in dots]
    places = []
    for name, (x, y) in zip(names, dots, strict=True):
        long = _LETTER * len(name)
        tries = [
            (start, y + shift)
            for shift in (0, -_LINE, _LINE, -2 * _LINE, 2 * _LINE)
            for start in (x + 7, x - 7 - long)
            if start >= EDGE and start + long <= WIDTH
        ]
        place = next((p for p in tries if not _covered(p, long, taken)), (tries or [(x + 7, y)])[0])
        taken.append((place[0], place[1] - _LINE / 2, place[0] + long, place[1] + _LINE / 2))
        places.append(place)
    return places


def _covered(place: _Point, long: float, taken: Sequence[tuple[float, ...]]) -> bool:
    x, y = place
    return any(
        x < right and left < x + long and y - _LINE / 2 < below and above < y + _LINE / 2
        for left, above, right, below in taken
    )


class _Scale:
    """Map numbers from one range to another, in proportion.

    Args:
        least: number that lies at `start`.
        most: number that lies at `end`.
        start: of the new range.
        end: of the new range.
    """

    def __init__(self, least: float, most: float, start: float, end: float) -> None:
        self.least, self.start = least, start
        self.factor = (end - start) / ((most - least) or 1.0)

    def __call__(self, value: float) -> float:
        """Place one number."""
        return self.start + (value - self.least) * self.factor


def _scale(values: Sequence[float], start: float, end: float) -> _Scale:
    return _Scale(min(values), max(values), start, end)
