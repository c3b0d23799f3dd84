"""What is known of pictures from elsewhere: boxes around things, and where people looked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from saccade.data.boxes import Boxes
    from saccade.data.fixations import Fixations
    from saccade.explanation import Explanation


@dataclass(frozen=True, slots=True)
class Truths:
    """Boxes and fixations, where they were given."""

    boxes: Boxes = field(default_factory=dict)
    fixations: Fixations | None = None

    def of(self, found: Explanation) -> dict[str, Any]:
        """Compare the map of one picture with what is known of it; nothing where nothing is."""
        from torch import from_numpy

        from saccade.data.boxes import boxes_of
        from saccade.explanation.agreement import gaze, on_picture, pointing

        if not self.boxes and self.fixations is None:
            return {}
        told: dict[str, Any] = {}
        seen, name = on_picture(found), found.names[0]
        own = boxes_of(self.boxes, name)
        if self.boxes:
            told["pointing"] = None if own is None else pointing(seen, from_numpy(own))
        if self.fixations is not None:
            key = self.fixations.name_of(name)
            points = None if key is None else from_numpy(self.fixations.of(key))
            told["gaze"] = None if points is None else gaze(seen, points)
        return told

    def summary(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Give hits of all pictures, and mean and spread of the measures of gaze."""
        from saccade.explanation.agreement import GAZE
        from saccade.explanation.belief import spread_of

        found: dict[str, Any] = {}
        played = [row["pointing"] for row in rows if row.get("pointing")]
        if self.boxes:
            hits = sum(one["hit"] for one in played)
            inside = spread_of([one["inside"] for one in played if one["inside"] is not None])
            found["pointing"] = {"pictures": len(played), "hits": hits, "inside": inside}
        if self.fixations is not None:
            looked = [row["gaze"] for row in rows if row.get("gaze")]
            sides = {"map": looked, "centre": [one["centre"] for one in looked]}
            measures = {
                side: {
                    name: spread_of([o[name] for o in own if o[name] is not None]) for name in GAZE
                }
                for side, own in sides.items()
            }
            found["gaze"] = {"pictures": len(looked), "measures": measures}
        return found


def read_truths(boxes: Path | None, fixations: Path | None, first_pixel: float) -> Truths:
    """Read the files that were given.

    Args:
        boxes: CSV or COCO's JSON.
        fixations: a file, or a folder of tables or with one fixations.npz or .mat.
        first_pixel: the coordinate of the middle of the first pixel among the fixations.

    Raises:
        DataError: a file cannot be read.
    """
    from saccade.data.boxes import read_boxes
    from saccade.data.fixations import read_fixations

    people = None
    if fixations is not None:
        people = read_fixations(inside(fixations), first=first_pixel)
    return Truths({} if boxes is None else read_boxes(boxes), people)


def inside(fixations: Path) -> Path:
    """Give the file called fixations in a folder, or the path itself where there is none."""
    files = (fixations / f"fixations{end}" for end in (".npz", ".mat", ".csv", ".json"))
    return next((one for one in files if one.is_file()), fixations)
