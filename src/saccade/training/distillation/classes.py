"""Which output of a teacher is which class of a student: told by their names."""

from collections import Counter
from collections.abc import Iterator, Sequence

from saccade.errors import ConfigError


def aligned(known: Sequence[str], wanted: Sequence[str], *, teacher: str) -> list[int]:
    """Find the output of a teacher for each class of a student.

    A name is looked for as it is, then without regard to case and underscores, then among the
    synonyms that a comma separates ("tench, Tinca tinca"), where only one class has it.

    Args:
        known: names of the teacher's classes, in the order of its outputs.
        wanted: names of the student's.
        teacher: what to call it.

    Returns:
        An index into `known` for each of `wanted`.

    Raises:
        ConfigError: the teacher lacks a class, or does not tell two of them apart.
    """
    places = _places(known)
    found = [places.get(name, places.get(_plain(name))) for name in wanted]
    missing = [name for name, place in zip(wanted, found, strict=True) if place is None]
    if missing:
        raise ConfigError(
            f"a teacher that knows the classes {_listed(wanted)}",
            f"{teacher}, which lacks {_listed(missing)} and knows {_listed(known)}",
            "one that was trained on pictures of these classes",
        )
    columns = [place for place in found if place is not None]
    twice = [known[place] for place, count in Counter(columns).items() if count > 1]
    if twice:
        raise ConfigError(
            f"a teacher that tells the classes {_listed(wanted)} apart",
            f"{teacher}, to which several of them are {_listed(twice)}",
            "another teacher",
        )
    return columns


def _places(known: Sequence[str]) -> dict[str, int]:
    """Index the names; one that stands for several classes stands for none."""
    loose: dict[str, set[int]] = {}
    for place, name in enumerate(known):
        for alias in _aliases(name):
            loose.setdefault(alias, set()).add(place)
    single = {alias: min(found) for alias, found in loose.items() if len(found) == 1}
    return single | {name: place for place, name in enumerate(known)}


def _aliases(name: str) -> Iterator[str]:
    yield _plain(name)
    for part in name.split(","):
        yield _plain(part)


def _plain(name: str) -> str:
    return " ".join(name.replace("_", " ").casefold().split())


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:5])
    return shown if len(names) <= 5 else f"{shown} and {len(names) - 5} more"
