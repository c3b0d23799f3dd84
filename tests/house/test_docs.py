"""What the documentation shows is run."""

import doctest
import importlib
from collections.abc import Iterator

import pytest
import torch

from tests.house.tree import ROOT, SOURCE, files

SHOWN = [
    ".".join(path.relative_to(SOURCE.parent).with_suffix("").parts).removesuffix(".__init__")
    for path in files()
    if path.relative_to(SOURCE).parts[0] not in ("cli", "viewer", "__main__.py")
    and ">>> " in path.read_text()
]


@pytest.fixture(autouse=True)
def same_print() -> Iterator[None]:
    """Examples may round what they print; others print as always."""
    yield
    torch.set_printoptions(profile="default")


def test_there_are_examples() -> None:
    assert "saccade.attention.multi_head" in SHOWN


@pytest.mark.parametrize("name", SHOWN)
def test_examples_in_docstrings_say_the_truth(name: str) -> None:
    tried = doctest.testmod(importlib.import_module(name), optionflags=doctest.ELLIPSIS)
    assert tried.attempted > 0
    assert tried.failed == 0


def test_the_readme_is_short() -> None:
    readme = ROOT / "README.md"
    if readme.exists():
        assert len(readme.read_text().splitlines()) <= 150
