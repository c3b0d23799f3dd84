"""The errors: one sentence in three parts."""

import pickle

import pytest

from saccade import errors
from saccade.errors import OutputError, SaccadeError

TREE = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, SaccadeError)
]


@pytest.mark.parametrize("kind", TREE)
def test_one_sentence(kind: type[SaccadeError]) -> None:
    error = kind("a number", "'x'", "7")
    assert str(error) == "expected a number, got 'x'; try 7"
    assert str(kind("a number", "'x'")) == "expected a number, got 'x'"
    assert error.args == ("expected a number, got 'x'; try 7",)
    assert (error.expected, error.got, error.hint) == ("a number", "'x'", "7")


@pytest.mark.parametrize("kind", TREE)
def test_errors_cross_process_borders_whole(kind: type[SaccadeError]) -> None:
    back = pickle.loads(pickle.dumps(kind("a number", "'x'", "7")))
    assert type(back) is kind
    assert (str(back), back.hint) == ("expected a number, got 'x'; try 7", "7")


def test_the_docstring_draws_the_tree() -> None:
    for kind in TREE:
        line = next(text for text in errors.__doc__.splitlines() if kind.__name__ in text)
        for base in kind.__bases__:
            assert base in (SaccadeError, Exception) or f"({base.__name__})" in line


def test_they_are_caught_as_their_kind() -> None:
    with pytest.raises(OSError, match="expected to write"):
        raise OutputError("to write x", "no space", "another disk")
    with pytest.raises(KeyError, match="expected a, got b"):
        raise errors.UnknownName("a", "b")
