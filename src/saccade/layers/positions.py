"""Where a token lies: learned and sine-cosine tables, and their resize to another grid.

Sources: Dosovitskiy et al., arXiv:2010.11929, appendix D.4 (tables) and section 3.2 (resize);
sine-cosine tables as in MoCo v3 / MAE and in big_vision, which differ in the last frequency.
Axes: b batch, h rows, w columns, n tokens, d features.
"""

import math
from typing import Literal, get_args

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from saccade.errors import ConfigError, ShapeError
from saccade.layers.tokens import TokenLayout

ResizeRule = Literal["timm", "google", "hf", "dino", "deit", "pvt"]
PositionKind = Literal["learn", "learn2d", "sincos2d", "none"]
SincosRule = Literal["mae", "big_vision"]


def sincos_positions(
    grid: tuple[int, int], dim: int, *, rule: SincosRule = "mae", temperature: float = 10000.0
) -> Tensor:
    """Make a fixed table (n d): a quarter each of sin x, cos x, sin y, cos y, row by row.

    Args:
        grid: (rows, columns).
        dim: features, divisible by four.
        rule: "mae" spaces the frequencies as temperature^(-k/(d/4)), "big_vision" as
            temperature^(-k/(d/4 - 1)).
        temperature: the longest wavelength over 2 pi.

    Raises:
        ConfigError: `dim` is not divisible by four.
    """
    if dim % 4 or dim < 8:
        raise ConfigError(
            "embed_dim of at least 8, divisible by 4, for sincos2d positions", str(dim), "192"
        )
    quarter = dim // 4
    steps = torch.arange(quarter, dtype=torch.float64) / (quarter if rule == "mae" else quarter - 1)
    frequencies = temperature**-steps
    y, x = torch.meshgrid(
        torch.arange(grid[0], dtype=torch.float64),
        torch.arange(grid[1], dtype=torch.float64),
        indexing="ij",
    )
    angles_x = x.flatten()[:, None] * frequencies
    angles_y = y.flatten()[:, None] * frequencies
    parts = [angles_x.sin(), angles_x.cos(), angles_y.sin(), angles_y.cos()]
    return torch.cat(parts, dim=1).float()


class GridPositions(nn.Module):
    """Two learned tables, one for columns and one for rows, each giving half of the features.

    Source: arXiv:2010.11929, appendix D.4, "2-dimensional positional embedding".
    """

    def __init__(self, grid: tuple[int, int], dim: int) -> None:
        super().__init__()
        if dim % 2:
            raise ConfigError("an even embed_dim for learn2d positions", str(dim), str(dim + 1))
        self.x = nn.Parameter(torch.zeros(grid[1], dim // 2))
        self.y = nn.Parameter(torch.zeros(grid[0], dim // 2))

    def forward(self) -> Tensor:
        """The whole table (n d), row by row."""
        rows, columns = self.y.shape[0], self.x.shape[0]
        x = self.x[None].expand(rows, -1, -1)
        y = self.y[:, None].expand(-1, columns, -1)
        return torch.cat([x, y], dim=-1).flatten(0, 1)

    def resized(self, grid: tuple[int, int]) -> "GridPositions":
        """A copy for another grid, each axis resized linearly with its ends aligned."""
        other = GridPositions(grid, 2 * self.x.shape[1]).to(self.x)
        for name, side in (("x", grid[1]), ("y", grid[0])):
            old: Tensor = getattr(self, name).detach()
            new = F.interpolate(old.T[None], size=side, mode="linear", align_corners=True)
            getattr(other, name).data = new[0].T.contiguous()
        return other


def start_positions(
    kind: PositionKind, layout: TokenLayout, dim: int, *, rule: SincosRule = "mae"
) -> nn.Parameter | GridPositions | Tensor | None:
    """Make the positions of a model before training.

    Args:
        kind: "learn" one row (1 n d) for each token, prefix included; "learn2d" for rows and
            columns of the grid; "sincos2d", a fixed table with zeros for the prefix; "none".
        layout: the order of the tokens.
        dim: features of a token.
        rule: whose frequencies "sincos2d" follows.
    """
    if kind == "none":
        return None
    if kind == "learn":
        return nn.Parameter(torch.zeros(1, layout.tokens, dim))
    if kind == "learn2d":
        return GridPositions(layout.grid, dim)
    prefix = torch.zeros(len(layout.prefix), dim)
    return torch.cat([prefix, sincos_positions(layout.grid, dim, rule=rule)])[None]


def resize_positions(
    table: Tensor, source: tuple[int, int], target: tuple[int, int], *, rule: ResizeRule = "timm"
) -> Tensor:
    """Resize the grid part of a position table; rows before the grid are kept.

    The libraries disagree, so the convention is named:

    | rule             | resize                                                               |
    |------------------|----------------------------------------------------------------------|
    | "google"         | bilinear, corners aligned: what the paper's code does                |
    | "timm"           | bicubic, antialiased; also DINOv2 with registers                     |
    | "hf", "deit"     | bicubic; also MAE, BEiT                                              |
    | "dino"           | bicubic through a scale of (side + 0.1) / old side; also DINOv2      |
    | "pvt"            | bilinear; also timm where it reads one of Google's files             |

    All are computed in float32 at least.

    Args:
        table: positions (1 n d), n = prefix + rows * columns of `source`.
        source: the grid (rows, columns) that the table was made for.
        target: the grid (rows, columns) that is wanted.
        rule: whose convention to follow.

    Raises:
        ShapeError: the table does not fit the source grid.
        ConfigError: the rule is unknown.
    """
    if rule not in get_args(ResizeRule):
        raise ConfigError("a resize rule", repr(rule), " or ".join(get_args(ResizeRule)))
    prefix = table.shape[1] - math.prod(source)
    if prefix < 0:
        raise ShapeError(
            f"a position table of at least {math.prod(source)} rows for the grid {source}",
            str(tuple(table.shape)),
            "the grid that the table was trained with",
        )
    if source == target:
        return table
    kept, grid = table[:, :prefix], table[:, prefix:]
    wide = torch.promote_types(grid.dtype, torch.float32)
    image = grid.to(wide).reshape(1, *source, -1).permute(0, 3, 1, 2)
    image = _resample(image, target, rule)
    return torch.cat([kept, image.flatten(2).transpose(1, 2).to(table.dtype)], dim=1)


def _resample(image: Tensor, target: tuple[int, int], rule: ResizeRule) -> Tensor:
    if rule == "google":
        return F.interpolate(image, size=target, mode="bilinear", align_corners=True)
    if rule == "timm":
        return F.interpolate(image, size=target, mode="bicubic", antialias=True)
    if rule in ("hf", "deit"):
        return F.interpolate(image, size=target, mode="bicubic")
    if rule == "pvt":
        return F.interpolate(image, size=target, mode="bilinear")
    factors = [(t + 0.1) / s for t, s in zip(target, image.shape[2:], strict=True)]
    return F.interpolate(image, scale_factor=factors, mode="bicubic")
