"""Seeing is built in: what a mechanism returns, and the place where it shows its map."""

from collections.abc import Callable
from typing import NamedTuple

from torch import Tensor, nn

from saccade.attention.place import Place
from saccade.attention.reading import Reading
from saccade.errors import ConfigError
from saccade.shapes import AXES


class Attended(NamedTuple):
    """What every mechanism function returns: the output, and the weights that made it."""

    output: Tensor
    weights: Tensor


Listener = Callable[["Tap", Tensor | Reading, Place | None], None]


class Tap(nn.Module):
    """The identity on an attention map, with an ear to the wall.

    A mechanism passes its map through its tap; or, where a fused kernel gives the output, offers
    what went into the kernel, so that a listener makes only the rows that it wants. Whoever wants
    to see it adds a function to `listeners`; while the list is empty the mechanism may skip making
    the map at all. The list is ordinary Python state, and an exported graph has no trace of it.
    Copies of a tap start with no listeners.

    Args:
        axes: the axes of the map in order, words of `saccade.shapes.AXES`, such as "b heads i j".
    """

    def __init__(self, axes: str) -> None:
        super().__init__()
        unknown = [axis for axis in axes.split() if axis not in AXES]
        if unknown:
            raise ConfigError(f"axes out of {' '.join(AXES)}", repr(axes), "'b heads i j'")
        self.axes = tuple(axes.split())
        self.listeners: list[Listener] = []

    def forward(self, weights: Tensor, place: Place | None = None) -> Tensor:
        """Show the map to each listener and give it back.

        Args:
            weights: the map.
            place: where its queries and keys lie, for a map with the axes i and j of positions.
        """
        for listener in self.listeners:
            listener(self, weights, place)
        return weights

    def offer(self, reading: Reading, place: Place | None = None) -> None:
        """Show each listener what a fused kernel read.

        Args:
            reading: of which any rows can be made.
            place: where its queries and keys lie, for positions of a map.
        """
        for listener in self.listeners:
            listener(self, reading, place)

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "listeners": []}

    def extra_repr(self) -> str:
        """Show the axes."""
        return " ".join(self.axes)
