"""The page of a comparison."""

import re
from typing import Any

from saccade.viewer.ruler import ruler_page


def row(name: str, accuracy: float, ms: float) -> dict[str, Any]:
    return {
        "mechanism": name,
        "role": "conv",
        "parameters": 1000 + int(ms),
        "multiply_adds": 2_500_000,
        "ms": ms,
        "peak_bytes": 3_000_000,
        "accuracy": accuracy,
        "accuracy_least": accuracy - 0.01,
        "accuracy_most": accuracy + 0.01,
    }


def test_every_row_is_in_the_table_and_in_both_charts() -> None:
    page = ruler_page([row("plain", 0.5, 10.0), row("vector", 0.6, 20.0)], title="T", about="A")
    assert page.count("<circle") == 4
    assert page.count(">vector</td>") == 1
    assert "50.00" in page
    assert "49.00 – 51.00" in page
    assert "<td>2.5</td>" in page


def test_a_better_row_stands_higher_and_a_dearer_one_further_right() -> None:
    page = ruler_page([row("plain", 0.5, 10.0), row("vector", 0.6, 20.0)], title="T", about="A")
    points = [(float(x), float(y)) for x, y in re.findall(r'cx="([\d.]+)" cy="([\d.]+)"', page)]
    plain, vector = points[2:]
    assert vector[0] > plain[0]
    assert vector[1] < plain[1]


def test_one_row_and_names_with_marks_are_drawn() -> None:
    page = ruler_page([row("<b>", 0.5, 10.0)], title="<T>", about="&")
    assert "<b>" not in page
    assert "<title>&lt;T&gt;</title>" in page


def test_names_of_rows_that_are_alike_do_not_cover_each_other() -> None:
    rows = [row(name, 0.5 + 0.001 * i, 10.0 + i % 2) for i, name in enumerate("abcdef" * 2)]
    page = ruler_page([{**r, "mechanism": 12 * r["mechanism"]} for r in rows], title="T", about="A")
    found = re.findall(r'<text x="([\d.]+)" y="([\d.]+)">([a-f]+)<', page)
    assert len(found) == 24
    for half in (found[:12], found[12:]):
        boxes = sorted((float(y), float(x)) for x, y, _ in half)
        for i, (y, x) in enumerate(boxes):
            assert x + 12 * 7.2 <= 640
            assert all(abs(y - v) >= 12 or abs(x - u) >= 12 * 7.2 for v, u in boxes[i + 1 :])
