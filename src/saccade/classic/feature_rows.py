"""Rows of features with a class each: checked once, so that every score may rely on them.

Axes: n rows, d features, k classes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from saccade.errors import ConfigError, DataError, ShapeError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Missing = Literal["error", "rows", "features"]
_TOLD = 5  # names in one message


@dataclass(frozen=True, slots=True, eq=False)
class FeatureRows:
    """Features without gaps, and the class of each row.

    Args:
        values: float64 (n d) of the features that can be judged.
        labels: int64 (n), numbers of classes from 0.
        classes: their names, sorted.
        names: of all features that were given.
        judged: which of `names` the columns of `values` are.
        rows_left_out: how many rows were left out for their gaps.
    """

    values: Floats
    labels: Ints
    classes: tuple[str, ...]
    names: tuple[str, ...]
    judged: tuple[int, ...]
    rows_left_out: int

    @property
    def features_left_out(self) -> tuple[str, ...]:
        """The features that were left out for their gaps."""
        kept = set(self.judged)
        return tuple(name for place, name in enumerate(self.names) if place not in kept)


def feature_rows(
    values: ArrayLike | Tensor,
    labels: ArrayLike | Tensor,
    *,
    names: Sequence[str] | None = None,
    missing: Missing = "error",
) -> FeatureRows:
    """Check features and classes, and do with gaps what was asked for.

    A gap is a NaN or an infinite number.

    Args:
        values: (n d), numbers of any type; also a table whose `columns` are its names.
        labels: (n), a class for each row: numbers or words.
        names: of the features; x1, x2 and so on unless told.
        missing: "error" refuses gaps and names them, "rows" leaves out the rows that have one,
            "features" the features.

    Raises:
        ConfigError: `missing` is unknown.
        DataError: gaps, no numbers, no classes, or nothing is left.
        ShapeError: features, names and labels do not go together.
    """
    if missing not in get_args(Missing):
        wanted = f"missing as one of {', '.join(get_args(Missing))}"
        raise ConfigError(wanted, repr(missing), 'missing="rows"')
    x = _numbers(values)
    told = _names(names if names is not None else getattr(values, "columns", None), x.shape[1])
    found = _array(labels)
    if found.shape != x.shape[:1]:
        raise ShapeError(f"a class for each of {len(x)} rows", f"labels {found.shape}")
    whole = np.isfinite(x)
    if missing == "error" and not whole.all():
        raise _gaps(whole, told)
    rows = whole.all(axis=1) if missing == "rows" else np.ones(len(x), dtype=bool)
    columns = whole.all(axis=0) if missing == "features" else np.ones(x.shape[1], dtype=bool)
    if not rows.any() or not columns.any():
        what = "rows" if missing == "rows" else "features"
        raise DataError(f"{what} without gaps", "none", 'another choice of "missing"')
    classes, numbers = _classes(found[rows])
    judged = tuple(int(place) for place in np.flatnonzero(columns))
    kept = np.ascontiguousarray(x[rows][:, columns])
    return FeatureRows(kept, numbers, classes, told, judged, int((~rows).sum()))


def class_rows(values: ArrayLike | Tensor, labels: ArrayLike | Tensor) -> tuple[Floats, Ints]:
    """Give features as float64 (n d) and classes as numbers from 0 (n); gaps are refused."""
    rows = feature_rows(values, labels)
    return rows.values, rows.labels


def varying(values: Floats) -> NDArray[np.bool_]:
    """Tell which features (d) of rows (n d) have more than one value."""
    return values.max(axis=0) > values.min(axis=0)


def steady(scores: Floats) -> Floats:
    """Round scores to 40 binary digits, so that copies of a feature tie whatever order sums took.

    It is what features are ordered by; the scores that are told stay as they are.
    """
    mantissas, exponents = np.frexp(scores)
    return np.ldexp(np.round(mantissas * 2.0**40) / 2.0**40, exponents)


def named(names: Sequence[str]) -> str:
    """Write a few names, and how many more there are."""
    more = f" and {len(names) - _TOLD} more" if len(names) > _TOLD else ""
    return ", ".join(names[:_TOLD]) + more


def _array(given: ArrayLike | Tensor) -> NDArray[np.generic]:
    if isinstance(given, Tensor):
        plain = given.detach().cpu()
        return (plain.double() if plain.is_floating_point() else plain).numpy()
    return np.asarray(given)


def _numbers(values: ArrayLike | Tensor) -> Floats:
    """Float64 (n d), contiguous."""
    x = _array(values)
    if x.ndim != 2 or 0 in x.shape:
        raise ShapeError("features as (n d), a row for each thing", str(x.shape), "x.reshape(n, d)")
    if x.dtype.kind not in "fiubO":  # objects are tried: a table of mixed columns holds them
        raise DataError("numbers as features", str(x.dtype), "numbers in place of words")
    try:
        return np.ascontiguousarray(x, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError("numbers as features", str(error), "numbers in place of words") from error


def _names(given: Sequence[str] | None, count: int) -> tuple[str, ...]:
    names = [f"x{place + 1}" for place in range(count)] if given is None else list(map(str, given))
    if len(names) != count:
        raise ShapeError(f"a name for each of {count} features", f"{len(names)} names")
    if len(set(names)) < count:
        twice = sorted({name for name in names if names.count(name) > 1})
        raise DataError("a name of its own for each feature", f"{named(twice)} twice")
    return tuple(names)


def _gaps(whole: NDArray[np.bool_], names: Sequence[str]) -> DataError:
    told = [
        f"{names[place]} (rows: {int((~whole[:, place]).sum())}, first {int(first)})"
        for place, first in enumerate((~whole).argmax(axis=0))
        if not whole[:, place].all()
    ]
    return DataError(
        "finite numbers",
        f"NaN or infinity in {named(told)}, rows counted from 0",
        'missing="rows" or missing="features", which leave them out',
    )


def _classes(labels: NDArray[np.generic]) -> tuple[tuple[str, ...], Ints]:
    """Names of the classes, and the number of each row's."""
    empty = labels == None if labels.dtype.kind == "O" else np.zeros(len(labels), bool)  # noqa: E711
    if labels.dtype.kind == "f":
        empty = ~np.isfinite(labels)
    if empty.any():
        got = f"none in row {int(np.flatnonzero(empty)[0])}, counted from 0"
        raise DataError("a class for each row", got, "leaving the row out")
    if labels.dtype.kind == "O":
        labels = labels.astype(str)
    kinds, numbers = np.unique(labels, return_inverse=True)
    if len(kinds) < 2:
        raise DataError("two or more classes", f"only {kinds[0]}", "another target")
    if len(kinds) > len(labels) / 2:
        raise DataError(
            "a target of classes, with two rows or more each on the average",
            f"{len(kinds)} different values in {len(labels)} rows",
            "another target, or cutting a measured number into classes",
        )
    whole = kinds.dtype.kind == "f" and bool(np.all(kinds == np.round(kinds)))
    told = kinds.astype(np.int64) if whole else kinds
    return tuple(str(kind) for kind in told), numbers.reshape(-1).astype(np.int64)
