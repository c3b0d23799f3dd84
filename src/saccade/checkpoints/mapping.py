"""The rename engine: a table of rules turns weights of another library into ours, and back.

A template is a name with letters in braces. `{i}` to `{n}` stand for a number, `{x}` for any text,
every other letter for a word without dots and slashes; a letter has the same value everywhere in
its rule. `{i+1}` is a number that is counted from elsewhere. `[vit.]` may be absent when it is
read, and is written.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Protocol

import torch
from torch import Tensor

Sizes = Mapping[str, int]  # what a change must know, such as {"heads": 3}
Bound = tuple[tuple[str, str], ...]  # letters and their values
_PIECE = re.compile(r"\{([a-z])([+-]\d+)?\}|\[([^\]]*)\]|([^{}\[\]]+)")
_KINDS = {**dict.fromkeys("ijklmn", r"\d+"), "x": ".+"}
_WORD = "[^./]+"


class Change(Protocol):
    """What happens to tensors beside their new name."""

    def read(self, parts: Sequence[Tensor], sizes: Sizes) -> list[Tensor]:
        """Turn theirs, in the order of the rule, into ours."""

    def write(self, parts: Sequence[Tensor], sizes: Sizes) -> list[Tensor]:
        """Turn ours into theirs."""


@dataclass(frozen=True, slots=True)
class Same:
    """Nothing happens."""

    def read(self, parts: Sequence[Tensor], sizes: Sizes) -> list[Tensor]:
        """Give them as they are."""
        return list(parts)

    def write(self, parts: Sequence[Tensor], sizes: Sizes) -> list[Tensor]:
        """Give them as they are."""
        return list(parts)


@dataclass(frozen=True, slots=True)
class Permute:
    """The axes change places.

    Args:
        axes: of theirs, in the order of ours; an array of fewer axes is left alone.
    """

    axes: tuple[int, ...]

    def read(self, parts: Sequence[Tensor], sizes: Sizes) -> list[Tensor]:
        """Reorder the axes."""
        return [part.permute(self.axes) if part.ndim == len(self.axes) else part for part in parts]

    def write(self, parts: Sequence[Tensor], sizes: Sizes) -> list[Tensor]:
        """Put the axes back."""
        back = tuple(self.axes.index(axis) for axis in range(len(self.axes)))
        return Permute(back).read(parts, sizes)


@dataclass(frozen=True, slots=True)
class Stack:
    """Several of theirs, one after another along the first axis, are one of ours: q, k and v.

    Args:
        parts: how many they are.
        each: a change that each of theirs goes through before they are put together.
    """

    parts: int = 3
    each: Change = field(default_factory=Same)

    def read(self, parts: Sequence[Tensor], sizes: Sizes) -> list[Tensor]:
        """Put them together."""
        return [torch.cat([self.each.read([part], sizes)[0] for part in parts])]

    def write(self, parts: Sequence[Tensor], sizes: Sizes) -> list[Tensor]:
        """Cut them apart; they are views of the whole."""
        return [self.each.write([part], sizes)[0] for part in parts[0].chunk(self.parts)]


@dataclass(frozen=True, slots=True)
class Reshape:
    """Axes of length one come or go.

    Args:
        ours: the shape of ours, -1 for what follows from the rest.
        theirs: the shape of theirs.
    """

    ours: tuple[int, ...]
    theirs: tuple[int, ...]

    def read(self, parts: Sequence[Tensor], sizes: Sizes) -> list[Tensor]:
        """Give them our shape."""
        return [part.reshape(self.ours) for part in parts]

    def write(self, parts: Sequence[Tensor], sizes: Sizes) -> list[Tensor]:
        """Give them their shape."""
        return [part.reshape(self.theirs) for part in parts]


SAME: Change = Same()
STACK: Change = Stack()
TRANSPOSE: Change = Permute((1, 0))  # a dense kernel (in out)
KERNEL: Change = Permute((3, 2, 0, 1))  # a convolution's kernel (h w in out)


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of a table. Where theirs has letters that ours has not, it is only read.

    Args:
        theirs: template of a name, or of several that are one of ours.
        ours: template of our name, or of several that come of theirs.
        change: what happens to the tensors.
    """

    theirs: str | tuple[str, ...]
    ours: str | tuple[str, ...]
    change: Change = SAME


@dataclass(frozen=True, slots=True)
class Layout:
    """The table of one origin. Of two rules for one name the first is written.

    Args:
        name: of the origin, for people.
        rules: what becomes of each tensor.
        ignored: templates of theirs that hold nothing that a model here needs.
    """

    name: str
    rules: tuple[Rule, ...]
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mapped:
    """Weights under our names, and what became of each of theirs.

    Args:
        state: by our names.
        origin: our name to theirs.
        unused: theirs that no rule takes, or whose partners are missing.
        ignored: theirs that are left out on purpose.
    """

    state: dict[str, Tensor]
    origin: dict[str, tuple[str, ...]]
    unused: tuple[str, ...]
    ignored: tuple[str, ...]


def read_as(layout: Layout, state: Mapping[str, Tensor], sizes: Sizes | None = None) -> Mapped:
    """Turn weights of another library into ours.

    Args:
        layout: the table of that library.
        state: by their names.
        sizes: what the changes must know.
    """
    found: dict[str, Tensor] = {}
    origin: dict[str, tuple[str, ...]] = {}
    used: set[str] = set()
    ignored = tuple(name for name in state if any(fits(t, name) for t in layout.ignored))
    wanted = {name: value for name, value in state.items() if name not in ignored}
    for rule, bound, names in _groups(layout, wanted, theirs=True):
        targets = [_filled(template, bound) for template in _listed(rule.ours)]
        if any(target in found for target in targets):
            continue
        for target, value in zip(
            targets, rule.change.read([state[name] for name in names], sizes or {}), strict=True
        ):
            found[target], origin[target] = value, names
        used.update(names)
    unused = tuple(name for name in wanted if name not in used)
    return Mapped(found, origin, unused, ignored)


def write_as(
    layout: Layout, state: Mapping[str, Tensor], sizes: Sizes | None = None
) -> dict[str, Tensor]:
    """Turn our weights into those of another library; what has no rule there is left out.

    Args:
        layout: the table of that library.
        state: by our names.
        sizes: what the changes must know.
    """
    written: dict[str, Tensor] = {}
    for rule, bound, names in _groups(layout, state, theirs=False):
        parts = rule.change.write([state[name] for name in names], sizes or {})
        targets = [_filled(template, bound) for template in _listed(rule.theirs)]
        written.update(zip(targets, parts, strict=True))
    return written


def fits(template: str, name: str) -> bool:
    """Tell whether a name fits a template."""
    return _match(template, name) is not None


def _groups(
    layout: Layout, state: Mapping[str, Tensor], *, theirs: bool
) -> Iterator[tuple[Rule, Bound, tuple[str, ...]]]:
    """Find the names that a rule takes together; a name goes to the first rule that is whole."""
    taken: set[str] = set()
    for rule in layout.rules:
        if not theirs and not _letters(rule.theirs) <= _letters(rule.ours):
            continue
        templates = _listed(rule.theirs if theirs else rule.ours)
        parts = [_fitting(template, state) for template in templates]
        for bound in parts[0]:
            names = tuple(part.get(bound, "") for part in parts)
            if not all(names) or taken.intersection(names):
                continue
            taken.update(names)
            yield rule, bound, names


def _fitting(template: str, names: Iterable[str]) -> dict[Bound, str]:
    """The names that fit a template, by their letters; of two for the same letters the first."""
    found: dict[Bound, str] = {}
    for name in names:
        bound = _match(template, name)
        if bound is not None:
            found.setdefault(bound, name)
    return found


def _letters(templates: str | tuple[str, ...]) -> set[str]:
    return {letter for one in _listed(templates) for letter, *_ in _PIECE.findall(one) if letter}


def _listed(templates: str | tuple[str, ...]) -> tuple[str, ...]:
    return (templates,) if isinstance(templates, str) else templates


def _match(template: str, name: str) -> Bound | None:
    """The letters of a name that fits a template; numbers are counted as the bare letter is."""
    pattern, shifts = _compiled(template)
    found = pattern.fullmatch(name)
    if found is None:
        return None
    values = {
        letter: str(int(text) - shifts[letter]) if letter in shifts else text
        for letter, text in found.groupdict().items()
    }
    return tuple(sorted(values.items()))


@lru_cache(maxsize=4096)
def _compiled(template: str) -> tuple[re.Pattern[str], dict[str, int]]:
    """A template as a regular expression, and by how much each number is shifted."""
    pattern, shifts, seen = "", {}, set()
    for letter, shift, optional, plain in _PIECE.findall(template):
        if optional:
            pattern += f"(?:{re.escape(optional)})?"
        elif plain:
            pattern += re.escape(plain)
        elif letter in seen:
            pattern += f"(?P={letter})"
        else:
            seen.add(letter)
            pattern += f"(?P<{letter}>{_KINDS.get(letter, _WORD)})"
            if letter in "ijklmn":
                shifts[letter] = int(shift or 0)
    return re.compile(pattern), shifts


def _filled(template: str, bound: Bound) -> str:
    """A template with its letters put in, optional parts too."""
    values = dict(bound)

    def piece(found: re.Match[str]) -> str:
        letter, shift, optional, plain = found.groups()
        if letter is None:
            return optional or plain
        return str(int(values[letter]) + int(shift)) if shift else values[letter]

    return _PIECE.sub(piece, template)
