"""Lines over numbers, as an SVG that needs nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from saccade.files import write_text

_WIDTH, _HEIGHT = 720, 420
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 16, 36, 52
_COLOURS = ("#2f5bd0", "#c2410c", "#15803d", "#7e22ce")


@dataclass(frozen=True)
class Line:
    """A line with a band.

    Args:
        name: in the legend.
        points: (x, y, least, most) each, by x.
    """

    name: str
    points: tuple[tuple[float, float, float, float], ...]


def write_lines(path: Path, lines: Sequence[Line], *, axes: tuple[str, str]) -> None:
    """Draw lines; the y axis goes from 0 to 100.

    Args:
        path: of the SVG.
        lines: to draw.
        axes: names of x and y.
    """
    every = [point for line in lines for point in line.points]
    low, high = min(p[0] for p in every), max(p[0] for p in every)

    def at(x: float, y: float) -> str:
        across = _LEFT + (x - low) / max(high - low, 1) * (_WIDTH - _LEFT - _RIGHT)
        down = _TOP + (1 - y / 100) * (_HEIGHT - _TOP - _BOTTOM)
        return f"{across:.1f},{down:.1f}"

    parts = [_ground(low, high, axes)]
    for number, line in enumerate(lines):
        colour = _COLOURS[number % len(_COLOURS)]
        upper = [at(x, most) for x, _, _, most in line.points]
        lower = [at(x, least) for x, _, least, _ in reversed(line.points)]
        parts.append(
            f'<polygon points="{" ".join(upper + lower)}" fill="{colour}" opacity="0.15"/>'
        )
        drawn = " ".join(at(x, y) for x, y, _, _ in line.points)
        parts.append(
            f'<polyline points="{drawn}" fill="none" stroke="{colour}" stroke-width="2.5"/>'
        )
        x = _LEFT + 12 + 180 * number
        parts.append(
            f'<rect x="{x}" y="12" width="14" height="14" fill="{colour}"/>'
            f'<text x="{x + 20}" y="24">{escape(line.name)}</text>'
        )
    body = "\n".join(parts)
    write_text(
        path,
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        f'font-family="sans-serif" font-size="14" fill="#1b1e24">\n'
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>\n{body}\n</svg>\n',
    )


def _ground(low: float, high: float, axes: tuple[str, str]) -> str:
    """The grid, its numbers and the names of the axes."""
    parts = []
    inner = _HEIGHT - _TOP - _BOTTOM
    for value in range(0, 101, 20):
        y = _TOP + (1 - value / 100) * inner
        parts.append(f'<path d="M{_LEFT} {y:.1f}H{_WIDTH - _RIGHT}" stroke="#dfe3ea"/>')
        parts.append(f'<text x="{_LEFT - 8}" y="{y + 5:.1f}" text-anchor="end">{value}</text>')
    step = max(1, round((high - low) / 9))
    for value in range(round(low), round(high) + 1, step):
        x = _LEFT + (value - low) / max(high - low, 1) * (_WIDTH - _LEFT - _RIGHT)
        parts.append(
            f'<text x="{x:.1f}" y="{_HEIGHT - _BOTTOM + 20}" text-anchor="middle">{value}</text>'
        )
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    parts.append(
        f'<text x="{middle}" y="{_HEIGHT - 10}" text-anchor="middle">{escape(axes[0])}</text>'
    )
    turned = f"translate(18 {_TOP + inner / 2}) rotate(-90)"
    parts.append(f'<text transform="{turned}" text-anchor="middle">{escape(axes[1])}</text>')
    return "\n".join(parts)
