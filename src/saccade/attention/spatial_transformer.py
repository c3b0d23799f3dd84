"""Spatial transformer: the map says itself how it wants to be cut out, turned and bent.

Source: Jaderberg, Simonyan, Zisserman, Kavukcuoglu, "Spatial Transformer Networks", NeurIPS 2015,
arXiv:1506.02025, section 3: a localisation network, a grid (eqs. 1 and 2) and a sampler (eq. 5).
Axes: b batch, c channels, t depth, h height, w width; a coordinate is (x, y) in -1…1 of the input.
Cost: 4·c·h·w multiplications for the sampler (8·c·t·h·w in space), and those of the localisation.
Differs: nothing at default settings but the localisation, which takes maps of any size.
"""

import math
from collections.abc import Sequence
from typing import Literal, get_args

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from saccade.attention.tap import Attended, Tap
from saccade.errors import ConfigError
from saccade.layers.localisation import Localisation, start_last_layer
from saccade.layers.warps import Warp, WarpName, find_warp, target_positions
from saccade.shapes import expect, expect_dtype

Padding = Literal["zeros", "border", "reflection"]


def sample_map(
    x: Tensor, grid: Tensor, *, padding_mode: Padding = "zeros", align_corners: bool = True
) -> Attended:
    """Read a map at given coordinates, linearly between its positions (eq. 5).

    Each output position reads the 4 positions around its coordinate (8 in space), so an output that
    is much coarser than what it covers skips positions; average-pool the map before.

    Args:
        x: (b c h w) or (b c t h w).
        grid: coordinates in -1…1 of the map, (b h' w' xy) or (b t' h' w' xyz), in float32 at least.
        padding_mode: what is outside: "zeros", the nearest "border" position, or a "reflection".
        align_corners: whether -1 and 1 are the centres of the outermost positions, or their edges.

    Returns:
        What was read (b c h' w') or (b c t' h' w'), and the coordinates.
    """
    read = F.grid_sample(
        x.to(grid.dtype), grid, padding_mode=padding_mode, align_corners=align_corners
    )
    return Attended(read.to(x.dtype), grid)


class SpatialTransformer(nn.Module):
    """Warp a map by numbers that a localisation network reads from the map itself.

    It starts as the identity (or, with several warps in parallel, as tiles of the map that lie side
    by side). Parameters: those of the localisation, under the name `localisation`.

    Args:
        channels: channels c of the map.
        warp: the family, by name or as an object of `saccade.layers.warps` with options of its own;
            "affine_3d" is for volumes (b c t h w).
        size: (h', w') or (t', h', w') of the output; that of the input when None.
        localisation: a network from the map (b c h w) to (b parallel·count) numbers that ends in a
            linear layer, whose start is set here; a `Localisation` when None.
        parallel: number of warps; their outputs follow each other along the channels.
        padding_mode: what is outside of the map: "zeros", "border" or "reflection".
        align_corners: whether -1 and 1 are the centres of the outermost positions (the paper's
            sampler) or their outer edges (the default of torch's functions).

    Raises:
        ConfigError: an option is unknown or cannot work.
    """

    def __init__(
        self,
        channels: int,
        *,
        warp: WarpName | Warp = "affine",
        size: Sequence[int] | None = None,
        localisation: nn.Module | None = None,
        parallel: int = 1,
        padding_mode: Padding = "zeros",
        align_corners: bool = True,
    ) -> None:
        super().__init__()
        self.warp = find_warp(warp)
        self.size = None if size is None else tuple(size)
        _check_options(channels, self.warp.axes, self.size, parallel, padding_mode)
        self.channels, self.parallel = channels, parallel
        self.padding_mode: Padding = padding_mode
        self.align_corners = align_corners
        self.localisation = localisation or Localisation(
            channels, parallel * self.warp.count, axes=3 if self.warp.axes == 3 else 2
        )
        part = "groups " if parallel > 1 else ""
        self.tap = Tap(f"b {part}t h w xyz" if self.warp.axes == 3 else f"b {part}h w xy")
        start_last_layer(self.localisation, self.start())

    @property
    def out_channels(self) -> int:
        """Channels of the output."""
        return self.parallel * self.channels

    def start(self) -> Tensor:
        """Give the numbers (parallel·count) that it starts with: the identity, or a tile each."""
        columns = math.ceil(math.sqrt(self.parallel))
        rows = math.ceil(self.parallel / columns)
        starts = []
        for tile in range(self.parallel):
            scale = [1 / columns, 1 / rows]
            shift = [
                (2 * place + 1) / count - 1
                for place, count in ((tile % columns, columns), (tile // columns, rows))
            ]
            depth = self.warp.axes == 3
            starts.append(self.warp.start([*scale, 1.0][: 2 + depth], [*shift, 0.0][: 2 + depth]))
        return torch.cat(starts)

    def reset_parameters(self) -> None:
        """Draw the localisation anew by torch's rules and start at the identity again."""
        for part in self.localisation.modules():
            reset = getattr(part, "reset_parameters", None)
            if callable(reset):
                reset()
        start_last_layer(self.localisation, self.start())

    def forward(self, x: Tensor) -> Tensor:
        """Warp a map.

        Args:
            x: (b c h w), or (b c t h w) for a warp of space.

        Returns:
            (b parallel·c h' w') or (b parallel·c t' h' w').

        Raises:
            ShapeError: the rank or the number of channels is wrong, or it holds no floats.
        """
        axes = "b c t h w" if self.warp.axes == 3 else "b c h w"
        expect(x, axes, "the feature map", c=self.channels)
        expect_dtype(x, "floats", "the feature map")
        grid = self.coordinates(x)
        output, _ = sample_map(
            x,
            grid.flatten(1, 2),  # the warps below each other, so that x is not copied for each
            padding_mode=self.padding_mode,
            align_corners=self.align_corners,
        )
        if self.tap.listeners:
            self.tap(self._from_edges(grid if self.parallel > 1 else grid[:, 0], x))
        batch, length = x.shape[0], grid.shape[2]
        apart = output.reshape(batch, self.channels, self.parallel, length, *output.shape[3:])
        return apart.transpose(1, 2).flatten(1, 2)

    def coordinates(self, x: Tensor) -> Tensor:
        """Say where each output position looks: (b parallel h' w' xy) or (b parallel t' h' w' xyz).

        Raises:
            ShapeError: the localisation answers with another number of numbers.
        """
        numbers = self.localisation(x)
        expect(numbers, "b d", "the numbers of the localisation", d=self.parallel * self.warp.count)
        numbers = numbers.to(torch.promote_types(x.dtype, torch.float32))
        size = self.size or tuple(x.shape[2:])
        targets = target_positions(size, align_corners=self.align_corners, like=numbers)
        grid = self.warp.grid(numbers.reshape(-1, self.warp.count), targets)
        return grid.reshape(x.shape[0], self.parallel, *size, self.warp.axes)

    def _from_edges(self, grid: Tensor, x: Tensor) -> Tensor:
        """Tell the coordinates so that -1 and 1 are the outer edges of the map x."""
        if not self.align_corners:
            return grid
        size = grid.new_tensor(tuple(reversed(x.shape[2:])))
        return grid * ((size - 1) / size)

    def extra_repr(self) -> str:
        """Show the choices."""
        return f"{self.channels}, {self.warp}, parallel={self.parallel}"


def localisation_groups(
    model: nn.Module, rate: float, *, factor: float = 0.1
) -> list[dict[str, object]]:
    """Split the parameters of a model into two groups for an optimizer.

    The gradients of a sampler are large, so its localisation learns more slowly: at a tenth of the
    rate in the paper's house numbers, and at 1e-4 of it in its birds.

    Args:
        model: any module with spatial transformers in it.
        rate: learning rate of everything else.
        factor: learning rate of the localisation networks over `rate`.

    Returns:
        Two groups with `params` and `lr`, that of the localisation networks second.
    """
    slow = {
        id(parameter): parameter
        for part in model.modules()
        if isinstance(part, SpatialTransformer)
        for parameter in part.localisation.parameters()
    }
    rest = [parameter for parameter in model.parameters() if id(parameter) not in slow]
    return [{"params": rest, "lr": rate}, {"params": list(slow.values()), "lr": rate * factor}]


def _check_options(
    channels: int, axes: int, size: tuple[int, ...] | None, parallel: int, padding_mode: str
) -> None:
    if min(channels, parallel) < 1:
        got = f"channels={channels}, parallel={parallel}"
        raise ConfigError("positive sizes", got, "parallel=1")
    if size is not None and (len(size) != axes or min(size) < 1):
        hint = "size=(28, 28)" if axes == 2 else "size=(8, 28, 28)"
        raise ConfigError(f"an output size of {axes} positive sides", str(size), hint)
    if padding_mode not in get_args(Padding):
        wanted = f"padding_mode as one of {', '.join(get_args(Padding))}"
        raise ConfigError(wanted, repr(padding_mode), "padding_mode='zeros'")
