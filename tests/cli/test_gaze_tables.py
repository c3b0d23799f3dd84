"""The order, the cells and the files of the tables of gaze."""

import pytest

from saccade.cli.gaze_tables import as_csv_text, ordered, tell_agreement
from saccade.explanation.gaze_comparison import GazeRow

FACTS = {"count": 2, "fixations": 9, "viewers": 3}


def row(name, kind, *nss):
    values = {"auc_judd": 0.75, "cc": None}
    return GazeRow(name, kind, {f"p{n}": {"nss": one, **values} for n, one in enumerate(nss)})


@pytest.fixture
def rows():
    maps = [row("weak", "method", 0.0, 0.2), row("weak", "centred", 0.5, 0.5)]
    maps += [row("strong", "method", 1.0, 2.0), row("strong", "centred", 1.5, 1.5)]
    return [*maps, row("centre", "floor", 0.5, 0.7), row("other viewers", "ceiling", 4.0, 4.0)]


def test_the_best_map_comes_first_with_its_product(rows) -> None:
    found = [(one.name, one.kind) for one in ordered(rows)]
    strong, weak = ([(name, kind) for kind in ("method", "centred")] for name in ("strong", "weak"))
    assert found == [("centre", "floor"), *strong, *weak, ("other viewers", "ceiling")]
    undefined = row("even", "method", None), row("even", "centred", None)
    assert ordered([*rows, *undefined])[-3].name == "even"


def test_cells(rows, capsys, monkeypatch) -> None:
    monkeypatch.setenv("LC_ALL", "C")
    tell_agreement(rows, FACTS)
    lines = capsys.readouterr().out.splitlines()
    strong = next(line for line in lines if line.startswith("strong")).split()
    assert strong[1:7] == ["1.50", "±", "0.50", "0.75", "±", "0.00"]
    assert strong[7:] == ["-"] * 5
    above = [line.split() for line in lines if line.startswith("strong")][1]
    assert above[1:] == [
        "+0.90",
        "±",
        "0.40",
        "p1",
        "2.00,",
        "p0",
        "1.00",
        "p0",
        "1.00,",
        "p1",
        "2.00",
    ]


def test_csv(rows) -> None:
    lines = as_csv_text(rows).splitlines()
    assert lines[1] == "centre,floor,nss,0.600000,0.500000,0.700000,2"
    assert not any(",cc," in line for line in lines)
    assert len(lines) == 1 + 2 * len(rows)
