"""A table: an explicit dict from names to things, with close-match errors."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Generic, TypeVar

from saccade.errors import UnknownName

T = TypeVar("T")


class Table(Mapping[str, T], Generic[T]):
    """A read-only mapping whose missing names are answered with the nearest ones.

    Args:
        kind: what the things are, in the singular, for messages ("model").
        entries: name to thing, in the order to list them.
    """

    def __init__(self, kind: str, entries: Mapping[str, T]) -> None:
        self.kind = kind
        self._entries = dict(entries)

    def __getitem__(self, name: str) -> T:
        if name not in self._entries:
            near = get_close_matches(name, self._entries, n=3, cutoff=0.5) or list(self)[:3]
            article = "an" if self.kind[:1] in "aeiou" else "a"
            raise UnknownName(f"the name of {article} {self.kind}", repr(name), " or ".join(near))
        return self._entries[name]

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def names(self, pattern: str = "*") -> list[str]:
        """List the names that match a shell pattern such as "vit_tiny*"."""
        return [name for name in self._entries if fnmatchcase(name, pattern)]
