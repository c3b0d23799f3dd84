"""saccade compare."""

import csv
import json
from pathlib import Path

import pytest

from saccade.cli.main import main


def test_a_table_a_page_and_files(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "found"
    given = ["compare", str(data), "--mechanisms", "squeeze_excitation", "--epochs", "1"]
    assert main([*given, "--seeds", "1", "--out", str(out)]) == 0
    shown = capsys.readouterr()
    assert [line.split()[0] for line in shown.out.splitlines()[2:4]] == [
        "convolution",
        "squeeze_excitation",
    ]
    assert "squeeze_excitation, seed 0" in shown.err
    with (out / "compare.csv").open() as file:
        rows = list(csv.DictReader(file))
    kept = json.loads((out / "compare.json").read_text())
    assert [row["mechanism"] for row in rows] == [row["mechanism"] for row in kept["rows"]]
    assert kept["budget"]["epochs"] == 1
    assert "<svg" in (out / "compare.html").read_text()


def test_an_unknown_mechanism(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "digits", "--mechanisms", "vectr"]) == 1
    assert "got 'vectr'; try vector" in capsys.readouterr().err
