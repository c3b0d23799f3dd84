"""Where people looked: fixations of viewers on pictures, read from the files people have.

A table (CSV or JSON) has a row for each fixation with columns `image`, `x`, `y`, and, if it is
known, `subject` and `duration`. A folder is read as its tables. An npz has the arrays `names`,
`offset` (where each picture's fixations begin, and the end), `x`, `y` and, if known, `subject` and
`duration_ms`. A MATLAB file is read as the data set OSIE lays it out.

Points are told as everywhere in the library: x to the right, y down, pixel i covers [i, i + 1).
Source: Xu et al., "Predicting human gaze beyond pixels", J. Vision 2014 (OSIE).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from saccade.data.fixation_tables import Row, read_csv, read_json, read_matlab, read_npz
from saccade.errors import ConfigError, DataError

_READERS: Mapping[str, Callable[[Path], list[Row]]] = {
    ".csv": read_csv,
    ".json": read_json,
    ".npz": read_npz,
    ".mat": read_matlab,
}


@dataclass(frozen=True, slots=True)
class Fixations:
    """Fixations of a set of pictures; entry f of each array is one fixation.

    Args:
        names: of the pictures.
        picture: number of the picture (f).
        subject: number of the viewer (f); 0 where it is not known.
        points: x, y in pixels (f 2), float64.
        duration: in milliseconds (f); NaN where it is not known.
    """

    names: tuple[str, ...]
    picture: NDArray[np.int64]
    subject: NDArray[np.int64]
    points: NDArray[np.float64]
    duration: NDArray[np.float64]

    @property
    def subjects(self) -> tuple[int, ...]:
        """The numbers of the viewers, rising."""
        return tuple(int(number) for number in np.unique(self.subject))

    def name_of(self, picture: Path | str) -> str | None:
        """Give the name that a picture has among the fixations, with or without its ending.

        Args:
            picture: its path.
        """
        known = (Path(picture).name, Path(picture).stem)
        return next((name for name in known if name in self.names), None)

    def of(
        self, name: str, *, subject: int | None = None, without: int | None = None
    ) -> NDArray[np.float64]:
        """Give the points (f 2) on one picture.

        Args:
            name: of the picture.
            subject: only this viewer's.
            without: all but this viewer's.

        Raises:
            DataError: there is no such picture.
        """
        if name not in self.names:
            some = ", ".join(self.names[:3])
            raise DataError(f"a picture with fixations, such as {some}", repr(name), "its name")
        chosen = self.picture == self.names.index(name)
        if subject is not None:
            chosen &= self.subject == subject
        if without is not None:
            chosen &= self.subject != without
        return self.points[chosen]


def read_fixations(path: Path | str, *, first: float = 0.5) -> Fixations:
    """Read fixations from a file or from a folder of tables.

    Args:
        path: a .csv, .json, .npz or .mat file, or a folder with .csv or .json files, whose names
            are those of the pictures where a table has no column for them.
        first: the coordinate that the middle of the first pixel has in the file: 0.5 where pixel i
            covers [i, i + 1), 0 where pixels are counted from 0, 1 for MATLAB.

    Raises:
        DataError: the file cannot be read, or holds no fixations.
        ConfigError: `first` is not a number.
        MissingExtra: a MATLAB file, and scipy is not installed.
    """
    source = Path(path)
    if not np.isfinite(first):
        raise ConfigError("a coordinate for the first pixel", str(first), "0.5, 0 or 1")
    if source.is_dir():
        files = sorted(
            file for file in source.iterdir() if file.suffix.lower() in (".csv", ".json")
        )
    else:
        files = [source]
    rows: list[Row] = []
    for file in files:
        reader = _READERS.get(file.suffix.lower())
        if reader is None:
            endings = ", ".join(_READERS)
            raise DataError(f"fixations as {endings} or a folder", file.name, "saving as CSV")
        rows += _read(reader, file)
    if not rows:
        raise DataError(f"fixations in {source.name}", "none", "columns image, x and y")
    return _gathered(rows, first)


def _read(reader: Callable[[Path], list[Row]], file: Path) -> list[Row]:
    try:
        return reader(file)
    except OSError as error:
        raise DataError(f"a file {file.name}", error.strerror or str(error)) from error
    except (KeyError, IndexError, TypeError, AttributeError, ValueError) as error:
        words = " ".join(str(error).split()) or type(error).__name__
        raise DataError(
            f"fixations with image, x and y in {file.name}", words, "a CSV with these columns"
        ) from error


def _gathered(rows: Sequence[Row], first: float) -> Fixations:
    names = tuple(dict.fromkeys(row[0] for row in rows))
    number = {name: place for place, name in enumerate(names)}
    people = {name: place for place, name in enumerate(_ordered({row[1] for row in rows}))}
    return Fixations(
        names,
        np.array([number[row[0]] for row in rows], dtype=np.int64),
        np.array([people[row[1]] for row in rows], dtype=np.int64),
        np.array([row[2:4] for row in rows], dtype=np.float64) - first + 0.5,
        np.array([row[4] for row in rows], dtype=np.float64),
    )


def _ordered(subjects: set[str]) -> list[str]:
    """Numbers by their size, words by the alphabet."""
    return sorted(
        subjects, key=lambda name: (not name.isdigit(), int(name) if name.isdigit() else 0, name)
    )
