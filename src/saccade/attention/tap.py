"""Seeing is built in: what a mechanism returns, and the place where it shows its map."""

from collections.abc import Callable
from typing import NamedTuple

from torch import Tensor, nn

from saccade.attention.place import Place
from saccade.errors import ConfigError
from saccade.shapes import AXES


class Attended(NamedTuple):
    """What every mechanism function returns: the output, and the weights that made it."""

    output: Tensor
    weights: Tensor


Listener = Callable[["Tap", Tensor, Place | None], None]


class Tap(nn.Module):
    """The identity on an attention map, with an ear to the wall.

    A mechanism passes its map through its tap. Whoever wants to see it adds a function to
    `listeners`; while the list is empty the mechanism may skip making the map at all. The list is
    ordinary Python state, so it also works on modules that are already compiled, and an exported
    graph has no trace of it. Copies of a tap start with no listeners.

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

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "listeners": []}

    def extra_repr(self) -> str:
        """Show the axes."""
        return " ".join(self.axes)
