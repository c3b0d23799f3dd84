"""The tree keeps its shape: small files, small functions, each with its test."""

import ast

from tests.house.tree import BUDGETS, SOURCE, TESTS, Size, files, functions, length, nesting, sizes

LIMITS = {"file": 300, "function": 50, "forward": 25, "constructor": 8, "nesting": 3}
EXCEPTIONS = BUDGETS.get("exception", [])
TWINS = BUDGETS.get("twins", {})


def allowed(size: Size) -> int:
    for exception in EXCEPTIONS:
        if (exception["file"], exception["what"], exception["name"]) == (
            size.file,
            size.what,
            size.name,
        ):
            return int(exception["limit"])
    return LIMITS[size.what]


def test_everything_is_within_its_limit() -> None:
    over = [size for size in sizes() if size.lines > allowed(size)]
    assert not over, "\n".join(f"{s.file} {s.name}: {s.what} {s.lines}" for s in over)


def test_exceptions_are_few_needed_and_explained() -> None:
    measured = {(size.file, size.what, size.name): size.lines for size in sizes()}
    assert len(EXCEPTIONS) <= 10
    for exception in EXCEPTIONS:
        key = (exception["file"], exception["what"], exception["name"])
        assert measured[key] > LIMITS[exception["what"]], f"{key} no longer needs its exception"
        assert len(exception["reason"]) > 20


def is_tested(path: str) -> bool:
    """Whether a file's test stands where it is looked for, or where the budgets say."""
    folder, _, name = path.rpartition("/")
    stem = name.removesuffix(".py")
    here = TESTS / folder
    if stem in ("__init__", "__main__") or (here / f"test_{stem}.py").is_file():
        return True
    return any(here.glob(f"test_{stem}_*.py")) or (TESTS / TWINS.get(path, "nowhere")).is_file()


def test_each_file_has_its_test() -> None:
    paths = [path.relative_to(SOURCE).as_posix() for path in files()]
    assert not [path for path in paths if not is_tested(path)]
    assert not set(TWINS) - set(paths), "these files are gone"


def test_the_package_is_small() -> None:
    # Thirteen mechanisms took ten thousand, eleven families of models and their files twelve,
    # recording any model, its measures, explanations and their evidence fourteen; training with
    # its recipes, augmentation, sources, teachers, objectives, processes and doctor eighteen; words
    # with their models, decoding, data, scenes, measures, training and pages fifteen.
    assert sum(size.lines for size in sizes() if size.what == "file") <= 100_000


def test_no_file_is_called_something_vague() -> None:
    vague = {"utils", "helpers", "common", "misc", "core", "base", "manager", "handler", "engine"}
    assert not [path for path in SOURCE.rglob("*") if path.stem in vague]


def test_how_lines_and_nesting_are_counted() -> None:
    text = '''
def outer(x):
    """Two lines
    of docstring."""
    if x:
        pass
    elif x > 1:
        for y in x:
            while y:
                y -= 1
    def inner():
        with x:
            pass
'''
    found = {name: (length(f), nesting(f)) for name, f in functions(ast.parse(text))}
    assert found == {"outer": (10, 3), "outer.inner": (3, 1)}
