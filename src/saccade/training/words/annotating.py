"""Annotations made once: what a frozen network says of a picture never changes.

Axes: n pictures, j places of the grid, d features; b c h w pixels.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from saccade.data.batches import View
from saccade.data.sets import BadFile
from saccade.data.transforms import Preprocessing
from saccade.data.words.captions import CaptionSet
from saccade.data.words.questions import QuestionSet
from saccade.data.words.seeing import see_pictures
from saccade.models.words.grids import GridEncoder

LIMIT = 3 * 2**30  # bytes of annotations that are kept in memory
_BATCH = 32


@dataclass(frozen=True, slots=True)
class Annotations:
    """What a frozen network says of the pictures of a part.

    Args:
        table: float32 (n j d), on the CPU.
        rows: the row of the picture of each entry of the set; -1 where the picture is broken.
        bad: pictures that are broken.
    """

    table: Tensor
    rows: Tensor
    bad: tuple[BadFile, ...] = ()

    def of(self, indices: Sequence[int]) -> Tensor:
        """Give the annotations (b j d) of some entries."""
        return self.table[self.rows[list(indices)]]

    def chosen(self, entries: Sequence[int]) -> "Annotations":
        """Give those of some entries, counted anew."""
        return Annotations(self.table, self.rows[list(entries)], self.bad)

    @property
    def good(self) -> list[int]:
        """The entries whose picture was read."""
        return (self.rows >= 0).nonzero()[:, 0].tolist()


def fits(encoder: GridEncoder, *sets: CaptionSet | QuestionSet) -> bool:
    """Tell whether the annotations of some sets together are small enough to be kept."""
    pictures = sum(len(set(own.paths)) for own in sets)
    places = encoder.grid[0] * encoder.grid[1] + len(encoder.prefix)
    return pictures * places * encoder.features * 4 <= LIMIT


@torch.inference_mode()
def annotate(
    encoder: GridEncoder,
    pictures: CaptionSet | QuestionSet,
    preprocessing: Preprocessing,
    *,
    tick: Callable[[int, int], None] | None = None,
) -> Annotations:
    """Send every picture of a set through a frozen network, once.

    Args:
        encoder: on its device.
        pictures: the set; several entries may have one picture.
        preprocessing: of the network.
        tick: called after each batch with the number of batches done and that of all.
    """
    encoder.eval()
    device = next(encoder.parameters()).device
    first: dict[Path, int] = {}
    for index, path in enumerate(pictures.paths):
        first.setdefault(path, index)
    each = list(first.values())
    found: list[Tensor] = []
    place: dict[Path, int] = {}
    bad: list[BadFile] = []
    for begin in range(0, len(each), _BATCH):
        some = each[begin : begin + _BATCH]
        seen = see_pictures(pictures, some, [""] * len(some), View(preprocessing, None))
        bad += seen.bad
        if seen.kept:
            for at in seen.kept:
                place[pictures.paths[some[at]]] = len(place)
            found.append(encoder(preprocessing.normalize(seen.images.to(device))).cpu())
        if tick is not None:
            tick(begin // _BATCH + 1, -(-len(each) // _BATCH))
    empty = torch.zeros(0, encoder.grid[0] * encoder.grid[1], encoder.features)
    table = torch.cat(found) if found else empty
    rows = torch.tensor([place.get(path, -1) for path in pictures.paths], dtype=torch.int64)
    return Annotations(table, rows, tuple(bad))
