"""Many ways to map pictures, compared with where people look, over the same pictures.

Each map is measured as it is, and times the map of looking at the middle; beside them stand the
floor and the ceiling of `inspection.evidence.gaze_study`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from saccade.data.decode import open_picture, shown
from saccade.data.fixations import Fixations
from saccade.data.sets import BadFile
from saccade.errors import ConfigError, DataError
from saccade.explanation.gaze_sources import MapSource
from saccade.inspection.evidence.bootstrap import Interval
from saccade.inspection.evidence.gaze_scores import Scores, intervals
from saccade.inspection.evidence.gaze_study import CEILING, FLOOR, GazeStudy, Viewed

Kind = Literal["floor", "method", "centred", "ceiling"]
_RANK = "nss"  # by which the best and the worst pictures are named


@dataclass(frozen=True, eq=False)
class GazeRow:
    """What one kind of map gave.

    Args:
        name: of the method, the model's view or the baseline.
        kind: "centred" is a method times the map of looking at the middle.
        scores: name of a picture to its measures.
    """

    name: str
    kind: Kind
    scores: Mapping[str, Scores]

    @cached_property
    def intervals(self) -> dict[str, Interval | None]:
        """Mean and 95 % interval of each measure over the pictures."""
        return intervals(self.scores.values())

    @property
    def ranked(self) -> list[tuple[str, float]]:
        """The pictures with their NSS, the best first; those without one are left out."""
        told = [(name, own[_RANK]) for name, own in self.scores.items()]
        known = [(name, value) for name, value in told if value is not None]
        return sorted(known, key=lambda pair: -pair[1])

    def above(self, other: "GazeRow") -> Interval | None:
        """Mean and 95 % interval of how far the NSS lies above another row's, picture by picture.

        None where no picture has both.
        """
        own, base = dict(self.ranked), dict(other.ranked)
        shared = [
            {_RANK: own[name] - base[name]} for name in self.scores if name in own.keys() & base
        ]
        return intervals(shared)[_RANK]

    def to_dict(self) -> dict[str, Any]:
        """The row as plain numbers."""
        means = {name: own and own.to_dict() for name, own in self.intervals.items()}
        return {"name": self.name, "kind": self.kind, "measures": means, "pictures": self.scores}


@dataclass(frozen=True)
class GazePictures:
    """Pictures that have fixations.

    Args:
        study: of them.
        paths: name among the fixations to the file.
        bad: pictures that could not be used, and why.
    """

    study: GazeStudy
    paths: Mapping[str, Path]
    bad: tuple[BadFile, ...]


def gaze_pictures(
    paths: Sequence[Path], people: Fixations, *, sigma: float = 24.0, side: int = 400, seed: int = 0
) -> GazePictures:
    """Read pictures and find the fixations on each.

    Args:
        paths: picture files, whose names are those among the fixations, with or without ending.
        people: the fixations.
        sigma: of the Gaussians of a density, in pixels of a picture.
        side: pixels of the longer side that is measured at.
        seed: of the other pictures that the shuffled AUC draws from.

    Raises:
        DataError: no picture has fixations.
        ConfigError: sigma or side is not positive.
    """
    found: dict[str, Path] = {}
    sizes: dict[str, tuple[int, int]] = {}
    bad: list[BadFile] = []
    for path in paths:
        name, problem = people.name_of(path), "no fixations"
        if name is not None and name not in found:
            try:
                sizes[name] = open_picture(path)[0].size
                found[name] = path
                continue
            except DataError as error:
                problem = error.got
        elif name is not None:
            problem = f"the name of {shown(found[name])} too"
        bad.append(BadFile(shown(path), problem))
    if not found:
        reasons = "; ".join(f"{file.name}: {file.reason}" for file in bad[:2])
        some = ", ".join(people.names[:3])
        raise DataError(f"pictures with fixations, such as {some}", reasons, "files of these names")
    study = GazeStudy(people, sizes, sigma=sigma, side=side, seed=seed)
    bad += [BadFile(shown(found[name]), reason) for name, reason in study.left_out]
    return GazePictures(study, {name: found[name] for name in study.names}, tuple(bad))


def compare_gaze(
    pictures: GazePictures,
    sources: Mapping[str, MapSource],
    *,
    progress: Callable[[str, int, int], None] | None = None,
) -> tuple[list[GazeRow], list[BadFile]]:
    """Measure every source on every picture; give the rows, and the pictures that were left out.

    A picture that one of the sources has no map of is left out for all, so that every row rests on
    the same pictures.

    Args:
        pictures: with their fixations.
        sources: name to what gives the map of a picture.
        progress: called with the name of each picture, its number from 1 and how many there are.

    Raises:
        ConfigError: a source is called as a baseline is.
        DataError: no picture is left.
    """
    taken = sorted({*FLOOR, *CEILING} & set(sources))
    if taken:
        raise ConfigError("names that no baseline has", ", ".join(taken), "another name")
    found: dict[tuple[str, Kind], dict[str, Scores]] = {}
    bad: list[BadFile] = []
    for number, (name, path) in enumerate(pictures.paths.items(), start=1):
        if progress is not None:
            progress(name, number, len(pictures.paths))
        try:
            told = _measured(pictures.study.picture(name), path, sources)
        except DataError as error:
            bad.append(BadFile(shown(path), f"{error.got} for {error.expected}"))
            continue
        for key, scores in told.items():
            found.setdefault(key, {})[name] = scores
    if not found:
        reasons = "; ".join(f"{file.name}: {file.reason}" for file in bad[:2])
        raise DataError("a picture that each source has a map of", reasons, "fewer sources")
    return [GazeRow(name, kind, own) for (name, kind), own in found.items()], bad


def _measured(
    viewed: Viewed, path: Path, sources: Mapping[str, MapSource]
) -> dict[tuple[str, Kind], Scores]:
    picture = open_picture(path)[0]
    found: dict[tuple[str, Kind], Scores] = {}
    for name, source in sources.items():
        values = source(path, picture)
        found[name, "method"] = viewed.score(values)
        found[name, "centred"] = viewed.score_centred(values)
    for name, scores in viewed.references().items():
        found[name, "floor" if name in FLOOR else "ceiling"] = scores
    return found
