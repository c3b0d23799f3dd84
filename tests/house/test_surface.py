"""What can be imported: sorted, complete, documented."""

import ast
import importlib
from pathlib import Path
from types import ModuleType

import pytest

from tests.house.tree import SOURCE, Function, files

PACKAGES = [path for path in files() if path.name == "__init__.py"]


def label(path: Path) -> str:
    return path.relative_to(SOURCE.parent).as_posix()


def order(name: str) -> tuple[int, str]:
    """Constants, then classes, then the rest."""
    kind = 0 if name.isupper() else 1 if name[0].isupper() else 2
    return kind, name


def offered(path: Path, package: ModuleType) -> set[str]:
    """What a package takes from its own modules or makes itself, but modules and constants."""
    names: set[str] = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(package.__name__):
            names |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, Function | ast.ClassDef):
            names.add(node.name)
    modules = {name for name in names if isinstance(getattr(package, name), ModuleType)}
    return {name for name in names - modules if not name.startswith("_") and not name.isupper()}


@pytest.mark.parametrize("path", PACKAGES, ids=label)
def test_all_is_sorted_importable_and_complete(path: Path) -> None:
    package = importlib.import_module(".".join(path.relative_to(SOURCE.parent).parent.parts))
    listed = getattr(package, "__all__", [])
    assert list(listed) == sorted(set(listed), key=order)
    for name in listed:
        assert getattr(package, name) is not None
    assert offered(path, package) <= set(listed)


@pytest.mark.parametrize("folder", sorted({path.parent for path in files()}), ids=label)
def test_everything_public_is_documented(folder: Path) -> None:
    missing = {path.name: undocumented(path) for path in files() if path.parent == folder}
    assert not {name: names for name, names in missing.items() if names}


def undocumented(path: Path) -> list[str]:
    """The public names in a file that have no docstring."""
    missing: list[str] = []

    def look(node: ast.Module | ast.ClassDef, within: str) -> None:
        if not ast.get_docstring(node):
            missing.append(within or "the module")
        for child in node.body:
            if isinstance(child, Function | ast.ClassDef) and not child.name.startswith("_"):
                name = f"{within}.{child.name}".lstrip(".")
                if isinstance(child, ast.ClassDef):
                    look(child, name)
                elif not ast.get_docstring(child):
                    missing.append(name)

    look(ast.parse(path.read_text()), "")
    return missing
