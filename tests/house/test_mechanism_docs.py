"""Every mechanism has its page, its picture and its row, and what the pages say can be run."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from PIL import Image

from saccade.attention import MECHANISMS
from saccade.attention.create import ROLES
from tests.house.tree import ROOT, SOURCE, TESTS

PAGES = ROOT / "docs" / "mechanisms"
RUN = sorted(path for path in PAGES.glob("*.md") if "```python" in path.read_text("utf-8"))
NAMED = re.compile(r"(tests/[\w/]+\.py)(?:::(\w+))?")
DEFINED = re.compile(r"^def (test_\w+)", re.MULTILINE)


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """What a page draws or sets does not reach other tests."""
    state = torch.get_rng_state()
    yield
    torch.set_rng_state(state)
    torch.set_printoptions(profile="default")


def defined_in(file: Path) -> set[str]:
    return set(DEFINED.findall(file.read_text("utf-8")))


@pytest.mark.parametrize("name", MECHANISMS)
def test_a_mechanism_has_a_page_with_a_small_picture(name: str) -> None:
    page = (PAGES / f"{name}.md").read_text("utf-8")
    assert re.search(rf"^!\[.+\]\({name}\.png\)$", page, re.MULTILINE)
    assert "## Checklist" in page
    picture = PAGES / f"{name}.png"
    assert picture.stat().st_size < 60_000
    with Image.open(picture) as image:
        assert min(image.size) >= 200


@pytest.mark.parametrize("name", MECHANISMS)
def test_a_mechanism_has_a_true_row_in_the_index(name: str) -> None:
    index = (PAGES / "README.md").read_text("utf-8")
    (row,) = re.findall(rf"^\| `{name}` \|.*$", index, re.MULTILINE)
    _, _, paper, shows, role, file, page, _ = (cell.strip() for cell in row.split("|"))
    assert paper.startswith("[")
    assert shows
    assert role.split(":")[0] == ROLES.get(name, "none")
    assert (SOURCE / "attention" / file.strip("`")).is_file()
    assert page == f"[page]({name}.md)"


@pytest.mark.parametrize("page", RUN, ids=lambda path: path.stem)
def test_the_code_of_a_page_runs(page: Path, monkeypatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {"__name__": "page"}
    for block in re.findall(r"```python\n(.*?)```", page.read_text("utf-8"), re.DOTALL):
        exec(compile(block, str(page), "exec"), names)


def test_each_test_of_the_checklist_exists() -> None:
    named = NAMED.findall((PAGES / "checklist.md").read_text("utf-8"))
    assert len(named) > 50
    missing = [
        f"{file}::{name}"
        for file, name in named
        if not (ROOT / file).is_file() or (name and name not in defined_in(ROOT / file))
    ]
    assert not missing


def test_each_test_that_a_page_names_exists() -> None:
    known = {path.name.removesuffix(".py") for path in TESTS.rglob("*.py")}
    known |= {name for path in TESTS.rglob("test_*.py") for name in defined_in(path)}
    pages = {path.name: path.read_text("utf-8") for path in PAGES.glob("*.md")}
    missing = {
        (page, name)
        for page, text in pages.items()
        for name in re.findall(r"\b(test_\w+)", text)
        if name not in known
    }
    assert not missing


def test_links_between_pages_lead_somewhere() -> None:
    for page in PAGES.glob("*.md"):
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text("utf-8")):
            assert (PAGES / target).exists(), f"{page.name}: {target}"
