"""Sentence pairs to translate: one source in, the parts of a set of pairs out.

A source is a table with a column for each language (tab separated or CSV; further columns, such as
Tatoeba's attributions, are passed over), or parallel files such as train.de and train.en, whose
k-th lines belong together, plain or packed with gzip.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from saccade.data.decode import shown
from saccade.data.sets import BadFile
from saccade.data.words.parallel_files import find_parallel, read_parallel
from saccade.data.words.reading import at_line, read_rows, read_text
from saccade.data.words.splitting import normal
from saccade.errors import ConfigError, DataError

Pair = tuple[str, str, str]  # place, source sentence, target sentence

_TABLES = (".tsv", ".txt", ".csv")
_NAMES = tuple(f"pairs{ending}" for ending in _TABLES)
_SOURCE, _TARGET = ("source", "src"), ("target", "tgt")
_ORDER = ("train", "val", "test")


@dataclass(frozen=True)
class PairSet:
    """Sentences, each with its translation.

    Args:
        name: what to call the set, such as "train".
        sources: the sentences to read.
        targets: the sentence to write for each.
        problems: what the source of the data holds and the set does not.
    """

    name: str
    sources: tuple[str, ...]
    targets: tuple[str, ...]
    problems: tuple[BadFile, ...] = ()

    def __post_init__(self) -> None:
        if len(self.sources) != len(self.targets):
            got = f"{len(self.sources)} sources and {len(self.targets)} targets"
            raise DataError("as many sources as targets", got)

    def __len__(self) -> int:
        return len(self.sources)

    def references(self, index: int) -> tuple[str, ...]:
        """Give every translation that the set has of a source sentence, its own first."""
        others = self._by_source[sentence_key(self.sources[index])]
        return tuple(dict.fromkeys((self.targets[index], *others)))

    def subset(self, name: str, indices: Sequence[int]) -> "PairSet":
        """Make a set of some of the pairs, in the given order; it has no problems."""
        sources = tuple(self.sources[i] for i in indices)
        return PairSet(name, sources, tuple(self.targets[i] for i in indices))

    @cached_property
    def _by_source(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for source, target in zip(self.sources, self.targets, strict=True):
            found.setdefault(sentence_key(source), []).append(target)
        return found


def open_pairs(
    source: str | Path,
    *,
    sides: tuple[str, str] | None = None,
    seed: int = 0,
    val_fraction: float = 0.1,
) -> dict[str, PairSet]:
    """Open a source of sentence pairs.

    Pairs with an empty side and pairs that are there twice are left out and named in `problems`.
    A source sentence is in one part only: one that stands in several files stays in the part that
    is judged by, test before val before train, and is named. Without a part val, `val_fraction`
    of the training pairs are taken, always all pairs of a source sentence; which ones depends on
    the seed and the sentences alone.

    Args:
        source: a table, a folder with parallel files or with pairs.tsv, or what the names of
            parallel files begin with, such as "data/train" for data/train.de and data/train.en.
        sides: what to read and what to write: endings of parallel files such as ("de", "en"), or
            columns of a table by name or by number from 1. None takes the two files in the order
            of their endings, or the columns source and target, or the first two.
        seed: of the split.
        val_fraction: share of the training pairs, 0 to below 1; 0 takes none.

    Raises:
        DataError: there is no such source, its files do not belong together, or it has no pair.
        ConfigError: `val_fraction` is not from 0 to below 1.
    """
    if not 0 <= val_fraction < 1:
        raise ConfigError("val_fraction from 0 to below 1", str(val_fraction), "0.1")
    problems: list[BadFile] = []
    parts = _read(Path(source), sides, problems)
    _drop_twice(parts, problems)
    _drop_leaks(parts, problems)
    sets = {part: _build(part, parts[part]) for part in _ORDER if parts.get(part)}
    if not sets:
        first = f", first {problems[0].name}: {problems[0].reason}" if problems else ""
        raise DataError(
            f"sentence pairs in {shown(source)}",
            f"none that can be used{first}",
            "lines such as source<tab>target",
        )
    if "train" in sets and "val" not in sets:
        sets = _split(sets, seed, val_fraction)
    name = next(iter(sets))
    sets[name] = replace(sets[name], problems=tuple(problems))
    return sets


def sentence_key(sentence: str) -> str:
    """Give what two sentences share that differ in case, spaces and composition only."""
    return " ".join(normal(sentence).casefold().split())


def _read(
    source: Path, sides: tuple[str, str] | None, problems: list[BadFile]
) -> dict[str, list[Pair]]:
    """Read the pairs of each part."""
    if source.is_dir():
        tables = [source / name for name in _NAMES if (source / name).is_file()]
        if tables:
            return {"train": _read_table(tables[0], sides, problems)}
    elif source.is_file():
        if source.suffix.lower() in _TABLES:
            return {"train": _read_table(source, sides, problems)}
        hint = f"{shown(source.parent / source.name.split('.')[0])} or its folder"
        raise DataError(f"pairs in one of {', '.join(_TABLES)}", shown(source.name), hint)
    found = find_parallel(source, sides)
    return {part: read_parallel(*files, problems) for part, files in found.items()}


def _read_table(path: Path, sides: tuple[str, str] | None, problems: list[BadFile]) -> list[Pair]:
    """Read two columns of a table."""
    rows = read_rows(path, read_text(path, "sentence pairs"), problems)
    names = [cell.strip().lower() for cell in rows[0][1]] if rows else []
    (first, second), header = _columns(path, names, sides)
    pairs: list[Pair] = []
    for line, cells in rows[header:]:
        if len(cells) <= max(first, second):
            noun = "column" if len(cells) == 1 else "columns"
            problems.append(at_line(path, line, f"only {len(cells)} {noun}"))
            continue
        one, other = " ".join(cells[first].split()), " ".join(cells[second].split())
        if one and other:
            pairs.append((at_line(path, line, "").name, one, other))
        else:
            problems.append(at_line(path, line, f"an empty {'target' if one else 'source'}"))
    return pairs


def _columns(
    path: Path, names: Sequence[str], sides: tuple[str, str] | None
) -> tuple[tuple[int, int], int]:
    """Find the columns of the source and the target, and how many lines the header has."""
    known = [next((names.index(n) for n in own if n in names), None) for own in (_SOURCE, _TARGET)]
    header = None not in known
    if sides is None:
        return ((known[0] or 0, known[1] or 0), 1) if header else ((0, 1), 0)
    if all(side.isdigit() for side in sides):
        first, second = (int(side) - 1 for side in sides)
        if min(first, second) < 0 or first == second:
            raise ConfigError("two columns, counted from 1", " and ".join(sides), "sides=('2','1')")
        return (first, second), int(header)
    missing = [side for side in sides if side.lower() not in names]
    if missing:
        raise DataError(
            f"a column {missing[0]} in {shown(path.name)}",
            ", ".join(names) or "an empty file",
            "numbers of columns from 1 where there is no header",
        )
    return (names.index(sides[0].lower()), names.index(sides[1].lower())), 1


def _drop_twice(parts: dict[str, list[Pair]], problems: list[BadFile]) -> None:
    """Keep a pair once in each part."""
    for part, pairs in parts.items():
        seen: dict[tuple[str, str], str] = {}
        kept: list[Pair] = []
        for place, source, target in pairs:
            before = seen.setdefault((normal(source), normal(target)), place)
            if before == place:
                kept.append((place, source, target))
            else:
                problems.append(BadFile(place, f"the same pair as in {before}"))
        parts[part] = kept


def _drop_leaks(parts: dict[str, list[Pair]], problems: list[BadFile]) -> None:
    """Keep a source sentence of several parts only in the last one of train, val, test."""
    kept: dict[str, str] = {}
    for part in reversed(_ORDER):
        own: list[Pair] = []
        for pair in parts.get(part, []):
            other = kept.setdefault(sentence_key(pair[1]), part)
            if other == part:
                own.append(pair)
            else:
                reason = f"a source sentence of {part} that is in {other} too, left out of {part}"
                problems.append(BadFile(pair[0], reason))
        parts[part] = own


def _build(part: str, pairs: Sequence[Pair]) -> PairSet:
    return PairSet(part, tuple(pair[1] for pair in pairs), tuple(pair[2] for pair in pairs))


def _split(sets: dict[str, PairSet], seed: int, fraction: float) -> dict[str, PairSet]:
    """Take a share of the training pairs as val, whole source sentences at a time."""
    train = sets["train"]
    members: dict[str, list[int]] = {}
    for index, source in enumerate(train.sources):
        members.setdefault(sentence_key(source), []).append(index)
    order = sorted(members)
    random.Random(f"{seed}/pairs").shuffle(order)
    wanted, taken = round(len(train) * fraction), set[int]()
    for key in order[:-1]:  # one sentence stays, whatever the fraction
        if len(taken) >= wanted:
            break
        taken.update(members[key])
    if not taken:
        return sets
    rest = train.subset("train", [i for i in range(len(train)) if i not in taken])
    others = {part: own for part, own in sets.items() if part != "train"}
    return {"train": rest, "val": train.subset("val", sorted(taken)), **others}
