"""What a run that labels pixels learns from: the parts of a folder, all of their maps looked at."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from saccade.data.segmentation.classes import PixelClasses
from saccade.data.segmentation.sets import PixelSet, open_label_maps
from saccade.data.segmentation.survey import Survey, survey
from saccade.data.sets import BadFile
from saccade.errors import DataError
from saccade.training.config import TrainConfig

Tell = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class PixelParts:
    """The parts of a set of pictures with label maps.

    Args:
        surveys: what each part holds, by its name: train, and maybe val and test.
        problems: what the source holds and no part does.
    """

    surveys: dict[str, Survey]
    problems: tuple[BadFile, ...] = ()

    @property
    def train(self) -> Survey:
        """What is learned from."""
        return self.surveys["train"]

    @property
    def classes(self) -> PixelClasses:
        """The classes of pixels."""
        return self.train.kept.classes

    @property
    def bad(self) -> tuple[BadFile, ...]:
        """Files that cannot be used."""
        found = (file for own in self.surveys.values() for file in own.bad)
        return (*self.problems, *found)

    def part(self, name: str) -> PixelSet | None:
        """Give a part, if there is one."""
        return self.surveys[name].kept if name in self.surveys else None

    def counts(self) -> dict[str, int]:
        """Count what a run learns from and is judged by."""
        return {name: len(own.kept) for name, own in self.surveys.items() if name != "test"}

    def hashes(self) -> dict[str, Any]:
        """Hash each part: the names of its pictures, and its label maps."""
        return {
            name: {"hash": own.hash, "pictures": len(own.kept), "read": 0}
            for name, own in self.surveys.items()
        }

    def fingerprint(self) -> str:
        """Tell two sets apart, in what a run learns from and is judged by."""
        return "-".join(own.hash for name, own in self.surveys.items() if name != "test")


def open_pixels(source: str, config: TrainConfig, *, tell: Tell | None = None) -> PixelParts:
    """Open the data of a run that labels pixels, and look at every label map.

    Args:
        source: a folder.
        config: of the run.
        tell: called with the name of a part, maps done and all maps.

    Raises:
        DataError: it cannot be used, has nothing to learn from, or holds a map of the wrong size or
            with an id that no class has.
    """
    sets = open_label_maps(
        source,
        seed=config.seed,
        val_fraction=config.val_fraction,
        void=config.segment.unseen,
    )
    if "train" not in sets:
        raise DataError(f"a part to learn from in {source}", ", ".join(sets), "a folder train")
    problems = tuple(problem for own in sets.values() for problem in own.problems)
    surveys = {name: survey(own, tick=_ticking(tell, own)) for name, own in sets.items()}
    parts = PixelParts(surveys, problems)
    if parts.bad and config.on_bad == "fail":
        first = parts.bad[0]
        raise DataError(
            f"only good pictures and label maps in {source}",
            f"{first.name}: {first.reason}",
            "repairing it or on_bad=skip",
        )
    return parts


def _ticking(tell: Tell | None, own: PixelSet) -> Callable[[int], None] | None:
    if tell is None:
        return None

    def tick(done: int) -> None:
        tell(f"the label maps of {own.name}", done, len(own))

    return tick
