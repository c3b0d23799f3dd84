"""Reading the source tree without importing it."""

import ast
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "saccade"
TESTS = ROOT / "tests"
BUDGETS = tomllib.loads((Path(__file__).parent / "budgets.toml").read_text())

Function = ast.FunctionDef | ast.AsyncFunctionDef
_STEPS = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.Match)


@dataclass(frozen=True)
class Size:
    """One measured thing."""

    file: str
    what: str
    name: str
    lines: int


def files() -> list[Path]:
    """All source files, sorted."""
    return sorted(SOURCE.rglob("*.py"))


def functions(node: ast.AST, within: str = "") -> Iterator[tuple[str, Function]]:
    """All functions and methods with their dotted names, those inside functions included."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Function | ast.ClassDef):
            name = f"{within}.{child.name}".lstrip(".")
            if isinstance(child, Function):
                yield name, child
            yield from functions(child, name)
        else:
            yield from functions(child, within)


def length(function: Function) -> int:
    """Lines from `def` to the end, without the docstring."""
    lines = function.end_lineno - function.lineno + 1
    if ast.get_docstring(function) is not None:
        text = function.body[0]
        lines -= text.end_lineno - text.lineno + 1
    return lines


def nesting(node: ast.AST) -> int:
    """How deep steps stand in steps; an elif is as deep as its if."""
    deepest = 0
    for field, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            if not isinstance(child, ast.AST) or isinstance(child, Function | ast.ClassDef):
                continue
            chained = field == "orelse" and isinstance(node, ast.If) and isinstance(child, ast.If)
            own = isinstance(child, _STEPS) and not (chained and len(value) == 1)
            deepest = max(deepest, nesting(child) + own)
    return deepest


@cache
def sizes() -> tuple[Size, ...]:
    """Everything that has a limit."""
    return tuple(_measured())


def _measured() -> Iterator[Size]:
    for path in files():
        file, text = path.relative_to(SOURCE).as_posix(), path.read_text()
        yield Size(file, "file", "", len(text.splitlines()))
        for name, function in functions(ast.parse(text)):
            last = name.rpartition(".")[2]
            what = "forward" if last == "forward" else "function"
            yield Size(file, what, name, length(function))
            yield Size(file, "nesting", name, nesting(function))
            if last == "__init__":
                arguments = function.args
                count = len(arguments.posonlyargs + arguments.args + arguments.kwonlyargs) - 1
                yield Size(file, "constructor", name, count)
