"""Data flows one way: a file imports from floors below it only."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import ROOT, SOURCE

pytest.importorskip("importlinter")


def lint(source: Path) -> subprocess.CompletedProcess[str]:
    """Check the package `saccade` in the folder `source` against pyproject.toml."""
    program = "import sys; from importlinter.cli import lint_imports_command as run; run()"
    config = str(ROOT / "pyproject.toml")
    return subprocess.run(
        [sys.executable, "-c", program, "--config", config, "--no-cache"],
        capture_output=True,
        text=True,
        cwd=source,
        env={**os.environ, "PYTHONPATH": str(source)},
        check=False,
    )


def test_the_floors_hold() -> None:
    found = lint(SOURCE.parent)
    assert found.returncode == 0, found.stdout + found.stderr


def test_an_import_from_a_higher_floor_is_refused(tmp_path: Path) -> None:
    shutil.copytree(SOURCE, tmp_path / "saccade", ignore=shutil.ignore_patterns("__pycache__"))
    with (tmp_path / "saccade" / "layers" / "drop.py").open("a") as file:
        file.write("\nfrom saccade.attention import Tap\n")
    found = lint(tmp_path)
    assert found.returncode == 1
    assert "saccade.layers.drop -> saccade.attention" in found.stdout
