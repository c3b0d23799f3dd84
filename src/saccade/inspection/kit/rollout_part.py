"""The kit's part that is rollout: what those who ask have read of the picture through all layers.

Two drawings stand side by side: the map patch by patch, and the picture times the smooth map as in
figure 6 of the vision transformer.
Source: Dosovitskiy et al., arXiv:2010.11929, figure 6.
Axes: b images, t layers, heads, i queries, j keys, h rows, w columns.
"""

import torch
from PIL import Image
from torch import Tensor

from saccade.inspection.kit.asking import asked_row, asking
from saccade.inspection.kit.charts import sheet
from saccade.inspection.kit.entropy import row_entropies
from saccade.inspection.kit.findings import Choice, Findings, Seen
from saccade.inspection.kit.laid import label, laid, multiplied
from saccade.inspection.kit.rollout import rollout
from saccade.inspection.kit.rollout_rows import rollout_rows
from saccade.inspection.kit.spreads import Cell, summarize
from saccade.layers.tokens import TokenLayout

_MEASURES = ("mass on patches", "effective patches", "largest share")


class RolloutPart:
    """What those who ask have read of each patch through all layers.

    Args:
        choice: which token asks, how many pictures are drawn.
    """

    def __init__(self, choice: Choice) -> None:
        self._choice = choice
        self._rows: list[list[Cell]] = []
        self._charts: dict[str, Image.Image] = {}
        self._found: list[Tensor] = []

    def take(self, seen: Seen) -> None:
        """Measure and draw a batch."""
        maps = asked_rollout(seen.attention, seen.layout, self._choice.query)
        self._found.append(_numbers(maps))
        for image, one in enumerate(maps):
            name = seen.name(image)
            for row, line in enumerate(one.tolist()):
                cells = enumerate(line)
                self._rows += [[name, row, column, round(value, 8)] for column, value in cells]
            if len(self._charts) < self._choice.pictures:
                picture, geometry = seen.picture(image)
                both = laid(picture, one, geometry), multiplied(picture, one, geometry)
                drawn = sheet(both, ["rollout, patch by patch", "smooth, times the picture"])
                self._charts[label(len(self._charts), name)] = drawn

    def finish(self) -> Findings:
        """Give the table, the drawings, and means over pictures.

        Raises:
            TraceError: there was no picture.
        """
        values = torch.cat(self._found) if self._found else torch.empty(0, 1, len(_MEASURES))
        summary = summarize((), [()], _MEASURES, values)
        header = ["picture", "row", "column", "rollout"]
        return Findings(header, self._rows, self._charts, (), summary)


def asked_rollout(attention: Tensor, layout: TokenLayout, query: int | None = None) -> Tensor:
    """The rollout of those who ask, on the patches: (b t heads i j) to (b h w).

    Args:
        attention: maps over all tokens.
        layout: the order of the tokens.
        query: the token that asks; the class token, or the mean of all patches, when None.

    Raises:
        ConfigError: there is no such token.
    """
    tokens = asking(layout, query)
    if len(tokens) == 1:
        row = rollout_rows(attention, tokens)[:, 0]
    else:
        row = asked_row(rollout(attention), layout, query)
    return row[:, len(layout.prefix) :].reshape(-1, *layout.grid)


def _numbers(maps: Tensor) -> Tensor:
    """Numbers of each map (b h w), as (b 1 measures)."""
    flat = maps.flatten(1).double()
    mass = flat.sum(dim=1)
    share = flat / mass.clamp_min(1e-12)[:, None]
    numbers = (mass, row_entropies(share).exp(), share.amax(dim=1))
    return torch.stack(numbers, dim=-1)[:, None]
