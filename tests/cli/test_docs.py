"""docs/cli.md is what the commands say of themselves."""

import importlib.util
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_the_reference_is_up_to_date():
    spec = importlib.util.spec_from_file_location("build", DOCS / "build.py")
    build = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(build)
    if not build.PAGE.exists() or build.PAGE.read_text(encoding="utf-8") != build.page():
        pytest.fail("docs/cli.md differs from the commands: run make docs")
