"""Do the tokens of a map lie where they are drawn: on which grid, from which token, on what crop?

Where the grid's rows begin is seen in the numbers. Tokens that follow each other are neighbours and
look alike, but the last patch of a row and the first of the next lie at opposite sides of the
picture. The place of that break says how many tokens stand before the patches.

Axes: m maps (heads of layers), i queries, j keys, h rows, w columns.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from saccade.inspection.evidence.finding import Finding

_MAPS = 24  # that are looked at for the break
_CONTRAST = 0.05  # of correlations, below which nothing is claimed
_DEVIATIONS = 5  # of noise, likewise
_SMALLEST = 6  # rows and columns of a grid that is examined
_OUTSTANDING = 3  # times the highest of all others


@dataclass(frozen=True, slots=True)
class Places:
    """What is known about where tokens lie.

    Args:
        grid: rows and columns of the patches.
        prefix: tokens before the patches in the model's whole sequence.
        picture: (width, height) of the upright picture in pixels.
        tokens: how many the map has.
    """

    grid: tuple[int, int] | None
    prefix: int | None
    picture: tuple[int, int] | None
    tokens: int

    @property
    def patches_only(self) -> bool:
        """Whether the map has as many tokens as the grid has patches."""
        return self.grid is not None and self.tokens == self.grid[0] * self.grid[1]


def check_matrix_places(maps: Tensor, places: Places) -> list[Finding]:
    """Check tokens and grid of matrices (m i j), and the crop of the picture."""
    if places.grid is None:
        return [Finding("no_grid", False, {"tokens": places.tokens})]
    rows, columns = places.grid
    found = _crop(places.grid, places)
    excess = places.tokens - rows * columns - (places.prefix or 0)
    numbers = {"rows": rows, "columns": columns}
    if places.tokens != rows * columns and (excess or places.prefix is None):
        counted = {**numbers, "tokens": places.tokens, "prefix": places.prefix or 0}
        return [*found, Finding("tokens", True, {**counted, "excess": excess})]
    if min(rows, columns) < _SMALLEST:
        return found
    wanted = 0 if places.patches_only else places.prefix or 0
    before, margin = _before_the_patches(maps, columns)
    if before == wanted % columns or margin < _clear(places.tokens, rows):
        return found
    seen: dict[str, float | int] = {**numbers, "found": before, "margin": margin}
    if places.patches_only and before <= max(places.prefix or 0, 5):
        return [*found, Finding("wrong_end", True, {**seen, "dropped": before})]
    off = (before - wanted + columns // 2) % columns - columns // 2
    return [*found, Finding("shifted", True, {**seen, "wanted": wanted, "excess": off})]


def check_heat_places(values: Tensor, places: Places) -> list[Finding]:
    """Check a heat map (h w): its start, and the crop of the picture."""
    found = _crop((values.shape[0], values.shape[1]), places)
    grid = _cells(values, places.grid)
    if grid is None or min(grid.shape) < _SMALLEST:
        return found
    right = (grid[1:, 0] - grid[:-1, -1]).abs().mean()
    own = (grid[1:, 0] - grid[1:, 1]).abs().mean()
    usual = (grid[:, 2:] - grid[:, 1:-1]).abs().mean()
    ratio = float(right / own.clamp_min(1e-300))
    first, others = float(grid[0, 0]), float(grid.flatten()[1:].max())
    if others > 0 and first >= _OUTSTANDING * others and ratio <= 1.2:
        found.append(Finding("class_in_map", True, {"times": first / others, "ratio": ratio}))
    elif ratio <= 0.5 and own >= 2.5 * usual:
        found.append(Finding("shifted_map", False, {"ratio": ratio}))
    return found


def _cells(values: Tensor, grid: tuple[int, int] | None) -> Tensor | None:
    """The map on its grid of patches, by the middle of each cell."""
    height, width = values.shape
    if grid is None or grid == (height, width):
        return values if max(height, width) <= 64 else None
    rows, columns = grid
    if height % rows or width % columns:
        return None
    tall, wide = height // rows, width // columns
    return values[tall // 2 :: tall, wide // 2 :: wide]


def _before_the_patches(maps: Tensor, columns: int) -> tuple[int, float]:
    """How many tokens stand before the first patch, and how clear that is.

    Each token is told by what it reads and by who reads it; the correlation of a token with the
    next is averaged over tokens that are `columns` apart, and is lowest where rows break.
    """
    stride = -(-len(maps) // _MAPS)
    phases = torch.zeros(columns, dtype=torch.float64)
    used = maps[::stride]
    for own in used:
        for told in (own, own.T):
            phases += _likeness(told, columns)
    phases /= 2 * len(used)
    lowest, second = phases.sort().values[:2].tolist()
    breaks = int((phases == phases.min()).nonzero()[0])
    return (breaks + 1) % columns, second - lowest


def _clear(tokens: int, rows: int) -> float:
    """The contrast that chance does not reach: correlations of noise, averaged over the rows."""
    return max(_CONTRAST, _DEVIATIONS / (2 * tokens * rows) ** 0.5)


def _likeness(told: Tensor, columns: int) -> Tensor:
    """Mean correlation (columns) of token t with t + 1, by the rest of t over `columns`."""
    centred = told - told.mean(0, keepdim=True)
    centred = centred - centred.mean(1, keepdim=True)
    length = centred.norm(dim=1, keepdim=True)
    unit = centred / length.clamp_min(1e-300)
    alike = (unit[1:] * unit[:-1]).sum(1)
    phase = torch.arange(len(alike)) % columns
    total = torch.zeros(columns, dtype=torch.float64).index_add_(0, phase, alike.cpu())
    return total / torch.bincount(phase, minlength=columns).clamp_min(1)


def _crop(size: tuple[int, int], places: Places) -> list[Finding]:
    """Whether a map of this many rows and columns covers the whole picture."""
    if places.picture is None:
        return []
    (rows, columns), (width, height) = size, places.picture
    cell = max(0.02, 1 / min(rows, columns))
    ratio = columns * height / (rows * width)
    if 1 / (1 + cell) <= ratio <= 1 + cell:
        return []
    numbers = {"rows": rows, "columns": columns, "width": width, "height": height}
    turned = rows * height / (columns * width)
    if 1 / (1 + cell) <= turned <= 1 + cell:
        return [Finding("turned", True, numbers)]
    scale = min(width / columns, height / rows)
    wide, tall = round(columns * scale), round(rows * scale)
    left, top = (width - wide) // 2, (height - tall) // 2
    box = {"left": left, "right": left + wide, "top": top, "bottom": top + tall}
    return [Finding("crop", True, {**numbers, **box, "side_x": wide, "side_y": tall})]
