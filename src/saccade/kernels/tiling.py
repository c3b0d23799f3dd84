"""Tiles of queries and the halo of keys around each: how local windows are cut for plain torch."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from saccade.kernels.window import Window
from saccade.layers.neighbours import axis_neighbours, reflected

_TALL, _WIDE = 7, 8  # most queries along the sides of a tile


@dataclass(frozen=True)
class Tiling:
    """How a map is cut: `bands` x `tiles` tiles of `tall` x `wide` queries.

    Args:
        window: the windows.
        grid: sizes (h, w) of the keys.
        count: sizes (h', w') of the queries.
        tall, wide: sizes of a tile.
    """

    window: Window
    grid: tuple[int, int]
    count: tuple[int, int]
    tall: int
    wide: int

    @property
    def bands(self) -> int:
        """Number of tiles from top to bottom."""
        return -(-self.count[0] // self.tall)

    @property
    def tiles(self) -> int:
        """Number of tiles from left to right."""
        return -(-self.count[1] // self.wide)

    @property
    def halo(self) -> tuple[int, int]:
        """Rows and columns of keys that one tile reads."""
        return self.window.span(self.tall), self.window.span(self.wide)

    @property
    def padded(self) -> tuple[int, int]:
        """Rows and columns of the padded keys, with room for the last halo in whole steps."""
        rows = self.window.span(self.bands * self.tall)
        step = self.wide * self.window.stride
        columns = (self.tiles + -(-self.halo[1] // step)) * step
        reach = self.window.reach
        return max(rows, reach + self.grid[0]), max(columns, reach + self.grid[1])

    def pad(self, x: Tensor) -> Tensor:
        """Keys or values (b c h w) as (b·heads d *padded)."""
        x = x.reshape(-1, x.shape[1] // self.window.heads, *self.grid)
        if self.window.boundary == "reflect":
            rows, columns = (index.to(x.device) for index in self._mirrored())
            return x.index_select(2, rows).index_select(3, columns)
        reach, (rows_, columns_) = self.window.reach, self.padded
        right, below = columns_ - self.grid[1] - reach, rows_ - self.grid[0] - reach
        return F.pad(x, (reach, right, reach, below))

    def unpad(self, x: Tensor) -> Tensor:
        """The gradient of `pad`: (b·heads d *padded) to (b·heads d h w)."""
        if self.window.boundary == "reflect":
            rows, columns = (index.to(x.device) for index in self._mirrored())
            tall = x.new_zeros(*x.shape[:2], self.grid[0], x.shape[3]).index_add_(2, rows, x)
            return tall.new_zeros(*tall.shape[:3], self.grid[1]).index_add_(3, columns, tall)
        reach = self.window.reach
        return x.narrow(2, reach, self.grid[0]).narrow(3, reach, self.grid[1])

    def _mirrored(self) -> tuple[Tensor, Tensor]:
        rows, columns = (
            reflected(torch.arange(-self.window.reach, length - self.window.reach), size)
            for length, size in zip(self.padded, self.grid, strict=True)
        )
        return rows, columns

    def columns(self, x: Tensor) -> Tensor:
        """Queries (b c h' w') as (b·heads d bands·tall tiles wide), zeros beyond the border."""
        x = x.reshape(-1, x.shape[1] // self.window.heads, *self.count)
        below = self.bands * self.tall - self.count[0]
        right = self.tiles * self.wide - self.count[1]
        x = F.pad(x, (0, right, 0, below)) if below or right else x
        return x.reshape(*x.shape[:3], self.tiles, self.wide)

    def band(self, x: Tensor, number: int) -> Tensor:
        """One band of `columns` as (b·heads·tiles d tall·wide)."""
        part = x[:, :, number * self.tall : (number + 1) * self.tall]
        return part.permute(0, 3, 1, 2, 4).reshape(-1, x.shape[1], self.tall * self.wide)

    def uncut(self, parts: Tensor) -> Tensor:
        """The reverse of `band` for one band: (b heads·d tall tiles·wide)."""
        features = self.window.heads * parts.shape[1]
        parts = parts.view(-1, self.tiles, parts.shape[1], self.tall, self.wide)
        parts = parts.permute(0, 2, 3, 1, 4)
        return parts.reshape(-1, features, self.tall, self.tiles * self.wide)

    def join(self, bands: list[Tensor]) -> Tensor:
        """All bands as one map (b c h' w')."""
        return torch.cat(bands, dim=2)[:, :, : self.count[0], : self.count[1]]

    def halos(self, x: Tensor, number: int) -> Tensor:
        """The halos of one band out of padded keys as (b·heads·tiles d rows·columns)."""
        rows, columns = self.halo
        step = self.wide * self.window.stride
        part = x.narrow(2, number * self.tall * self.window.stride, rows)
        part = part.unfold(3, columns, step)[:, :, :, : self.tiles]
        return part.permute(0, 3, 1, 2, 4).reshape(-1, x.shape[1], rows * columns)

    def add_halos(self, total: Tensor, parts: Tensor, number: int) -> None:
        """Add halos (b·heads·tiles d rows·columns) to the padded map that they were cut from."""
        rows, columns = self.halo
        step = self.wide * self.window.stride
        parts = parts.view(-1, self.tiles, parts.shape[1], rows, columns).permute(0, 2, 3, 1, 4)
        target = total.narrow(2, number * self.tall * self.window.stride, rows)
        for start in range(0, columns, step):
            length = min(step, columns - start)
            steps = target.narrow(3, start, self.tiles * step).unfold(3, step, step)
            steps[..., :length] += parts[..., start : start + length]

    def windows(self, products: Tensor) -> Tensor:
        """View queries times halo (n tall·wide rows·columns) as (n tall wide k k)."""
        rows, columns = self.halo
        area, stride, gap = rows * columns, self.window.stride, self.window.dilation
        side = self.window.kernel_size
        return products.as_strided(
            (products.shape[0], self.tall, self.wide, side, side),
            (
                self.tall * self.wide * area,
                self.wide * area + stride * columns,
                area + stride,
                gap * columns,
                gap,
            ),
        )

    def hidden(self, like: Tensor, number: int) -> Tensor:
        """What to add to the logits (tiles tall wide k k) of a band: -inf for keys outside."""
        sides = []
        lengths = (self.bands * self.tall, self.tiles * self.wide)
        for size, length in zip(self.grid, lengths, strict=True):
            inside = axis_neighbours(
                size,
                self.window.kernel_size,
                stride=self.window.stride,
                dilation=self.window.dilation,
                boundary="mask",
            )
            penalty = torch.where(inside >= 0, 0.0, float("-inf"))
            sides.append(F.pad(penalty, (0, 0, 0, length - len(penalty))).to(like))
        rows = sides[0][number * self.tall : (number + 1) * self.tall]
        columns = sides[1].view(self.tiles, 1, self.wide, 1, -1)
        return rows[:, None, :, None] + columns


def make_tiling(q: Tensor, k: Tensor, window: Window) -> Tiling:
    """Cut a map into tiles of nearly equal size."""
    count, grid = (q.shape[2], q.shape[3]), (k.shape[2], k.shape[3])
    sides = []
    for size, most in zip(count, (_TALL, _WIDE), strict=True):
        number = -(-size // max(1, most // window.stride))
        sides.append(-(-size // number))
    return Tiling(window, grid, count, sides[0], sides[1])
