"""The vision transformer paper's kit over one picture or many: each part takes maps, gives a table.

A part measures the maps of a batch and lets them go; what stays is a few numbers for each picture,
of which the tables give mean and spread. The parts are listed in `saccade.inspection.kit.parts`.
Axes: b images, t layers, heads, i queries, j keys, n tokens.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from PIL import Image
from torch import Tensor

from saccade.data.geometry import Geometry
from saccade.errors import TraceError
from saccade.inspection.kit.atlas import Effect
from saccade.inspection.kit.spreads import Cell, Summary
from saccade.inspection.trace import Trace
from saccade.layers.tokens import TokenLayout

_GREY = (127, 127, 127)


@dataclass(frozen=True)
class Seen:
    """A batch of pictures and where a model looked, from any trace.

    Args:
        trace: the maps.
        names: of the pictures; those of the trace, or numbers, when empty.
        pictures: the upright originals; maps are laid over grey when empty.
        geometries: how each was cut to the model's size.
        norms: lengths of the tokens behind each block (b t n), where they were noted.
    """

    trace: Trace
    names: Sequence[str] = ()
    pictures: Sequence[Image.Image] = ()
    geometries: Sequence[Geometry] = ()
    norms: Tensor | None = None

    @property
    def layout(self) -> TokenLayout:
        """The order of the tokens.

        Raises:
            TraceError: the model does not say.
        """
        return self.trace.grid

    @cached_property
    def attention(self) -> Tensor:
        """Maps of the same tokens in all layers (b t heads i j).

        Raises:
            TraceError: the layers are windows, stages or reduced keys, or no maps of tokens.
        """
        layers = [layer for layer in self.trace.layers if not layer.pooled]
        first = layers[0].weights if layers else None
        alike = all(layer.weights.shape == layers[0].weights.shape for layer in layers)
        if first is None or not alike or not all(layer.over_tokens for layer in layers):
            raise TraceError(
                "layers in which all tokens read each other",
                f"{len(layers)} layers of {self.trace.model or 'a model'} that are windows, "
                "stages or reduced keys",
                "distance, entropy or sinks, which go layer by layer",
            )
        return self.trace.attention

    def name(self, image: int) -> str:
        """What a picture is called."""
        names = self.names or self.trace.names
        return names[image] if names else f"image {image}"

    def picture(self, image: int) -> tuple[Image.Image, Geometry]:
        """The upright original of a picture, and how it was cut; grey where it was not given."""
        if self.pictures:
            return self.pictures[image], self.geometries[image]
        height, width = self.trace.size or self.layout.img_size
        return Image.new("RGB", (width, height), _GREY), Geometry.of((width, height))

    def __len__(self) -> int:
        """How many pictures there are."""
        return len(self.trace.layers[0].weights)


@dataclass(frozen=True, slots=True)
class Choice:
    """What can be chosen.

    Args:
        query: the token that reads, from 0; when None the class token, or the mean over all patches
            of a model that has none.
        mass: share of a map's mass that a mask keeps, in (0, 1].
        pictures: how many pictures are drawn; all are counted.
        flows: how many pictures flow is found for, at about a second each; all when None.
        effects: what muting a head does, by layer and head, where that was measured.
    """

    query: int | None = None
    mass: float = 0.6
    pictures: int = 8
    flows: int | None = None
    effects: Mapping[tuple[int, int], Effect] | None = None


@dataclass(frozen=True, slots=True)
class Findings:
    """What a part found.

    Args:
        header: of the table.
        rows: of the table.
        charts: name of a PNG file without its ending, to the picture.
        notes: sentences that a reader has to know.
        summary: means and spreads over pictures; of tables that are nothing else, the same.
        brief: header and rows of a short table, where the table is long and has no summary.
    """

    header: list[str]
    rows: list[list[Cell]]
    charts: dict[str, Image.Image] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    summary: Summary | None = None
    brief: tuple[list[str], list[list[Cell]]] | None = None

    @classmethod
    def of(
        cls, summary: Summary, charts: dict[str, Image.Image], notes: tuple[str, ...] = ()
    ) -> "Findings":
        """Findings whose table is a summary."""
        return cls(*summary.flat(), charts, notes, summary)


class Part(Protocol):
    """One look at a model."""

    def take(self, seen: Seen) -> None:
        """Measure a batch."""

    def finish(self) -> Findings:
        """Give what was found."""
