"""The audit of a map that somebody made: which well-known wrong recipe does it come from?

A map is a matrix of tokens that read tokens (… N N), a table of similarities (N N), such as that
of positions, or a heat map over the picture (h w). Every verdict has the number that it rests on;
what cannot be told for certain is a remark and not wrong.

Source: recipes that are copied from issue threads: attention output times V^T (dinov2 #90), the
last patch dropped instead of the class token (vision_transformer #55), columns divided instead of
rows (vit-explain #16).
Axes: … layers and heads, n tokens, h rows, w columns.
"""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from saccade.errors import ConfigError, ShapeError
from saccade.inspection.evidence.audit_places import Places, check_heat_places, check_matrix_places
from saccade.inspection.evidence.audit_rows import check_rows, sums_to_one
from saccade.inspection.evidence.finding import Finding

Kind = Literal["attention", "similarity", "map"]
_PREFIXES = (1, 2, 5, 0)  # tokens before the patches, the most usual number first


@dataclass(frozen=True, slots=True)
class Audit:
    """What was found out about a map.

    Args:
        kind: what it was read as.
        shape: of the array.
        grid: rows and columns of its patches; None where they are not known.
        prefix: tokens before the patches; None where it is not known.
        findings: what is wrong first, then remarks.
    """

    kind: Kind
    shape: tuple[int, ...]
    grid: tuple[int, int] | None
    prefix: int | None
    findings: tuple[Finding, ...]

    @property
    def wrong(self) -> int:
        """How many findings are errors and not remarks."""
        return sum(finding.wrong for finding in self.findings)

    def to_dict(self) -> dict[str, object]:
        """The audit as plain JSON."""
        return {
            "kind": self.kind,
            "shape": list(self.shape),
            "grid": None if self.grid is None else list(self.grid),
            "prefix": self.prefix,
            "wrong": self.wrong,
            "findings": [finding.to_dict() for finding in self.findings],
        }


def audit(
    values: Tensor,
    *,
    kind: Kind | None = None,
    grid: tuple[int, int] | None = None,
    prefix: int | None = None,
    picture: tuple[int, int] | None = None,
) -> Audit:
    """Examine a map and name what is wrong with it.

    Args:
        values: attention (n n), (heads n n) or (layers heads n n), or a heat map (h w).
        kind: what it is; told from its numbers when None.
        grid: rows and columns of the patches; a square when None.
        prefix: tokens before the patches in the whole sequence, 1 for a class token; told from the
            number of tokens when None.
        picture: (width, height) in pixels of the upright picture that the map is laid over.

    Raises:
        ShapeError: it is neither a matrix nor a heat map, or it is empty.
        ConfigError: grid, prefix or picture cannot be.
    """
    _check(values, grid, prefix, picture)
    numbers = values.to(torch.float64)
    kind = kind or _kind(numbers, values.dtype, grid)
    if kind != "map" and numbers.shape[-1] != numbers.shape[-2]:
        raise ShapeError("a square matrix (… n n)", str(tuple(values.shape)), "kind='map'")
    if kind == "map" and values.dim() != 2:
        raise ShapeError("a heat map (h w)", str(tuple(values.shape)), "one map at a time")
    places = _places(numbers, kind, grid, prefix, picture)
    findings = _findings(numbers, values.dtype, kind, places)
    findings.sort(key=lambda finding: not finding.wrong)
    return Audit(kind, tuple(values.shape), places.grid, places.prefix, tuple(findings))


def _findings(numbers: Tensor, dtype: torch.dtype, kind: Kind, places: Places) -> list[Finding]:
    finite = torch.isfinite(numbers)
    if not finite.all():
        bad = {"count": int((~finite).sum()), "total": numbers.numel()}
        return [Finding("not_finite", True, bad)]
    if kind == "map":
        return [*_flat(numbers), *check_heat_places(numbers, places)]
    maps = numbers.reshape(-1, *numbers.shape[-2:])
    rows = check_rows(maps, dtype, whole=not places.patches_only) if kind == "attention" else []
    return [*rows, *check_matrix_places(maps, places)]


def _flat(numbers: Tensor) -> list[Finding]:
    """Of a heat map: has it any difference, and was it stretched?"""
    low, high = float(numbers.min()), float(numbers.max())
    if high - low <= 1e-6 * max(abs(high), abs(low)):
        return [Finding("constant", True, {"value": high})]
    return [Finding("stretched", False, {})] if (low, high) == (0.0, 1.0) else []


def _kind(numbers: Tensor, dtype: torch.dtype, grid: tuple[int, int] | None) -> Kind:
    """Tell attention from similarities and from heat maps."""
    rows, columns = numbers.shape[-2:]
    if rows != columns or tuple(numbers.shape) == grid:
        return "map"  # also of more axes, which is refused
    if numbers.dim() > 2:
        return "attention"
    if sums_to_one(numbers[None], dtype) or sums_to_one(numbers.T[None], dtype):
        return "attention"
    if numbers.min() == numbers.max():
        return "map"
    one = (numbers.diagonal() - 1).abs().max() < 1e-4
    if one and (numbers - numbers.T).abs().max() < 1e-4 and numbers.abs().max() < 1 + 1e-4:
        return "similarity"
    cells = None if grid is None else grid[0] * grid[1]
    near = _square(rows) is not None if cells is None else abs(rows - cells) <= 8
    return "attention" if near and rows >= 16 else "map"


def _square(tokens: int) -> tuple[int, int] | None:
    """The side of the grid, and the tokens before it, if there is a square one."""
    for prefix in _PREFIXES:
        side = round(max(tokens - prefix, 0) ** 0.5)
        if side > 1 and side * side + prefix == tokens:
            return side, prefix
    return None


def _places(
    numbers: Tensor,
    kind: Kind,
    grid: tuple[int, int] | None,
    prefix: int | None,
    picture: tuple[int, int] | None,
) -> Places:
    rows, columns = numbers.shape[-2:]
    if kind == "map":
        return Places(grid or (rows, columns), prefix, picture, tokens=rows * columns)
    if grid is None:
        found = _square(rows if prefix is None else rows - prefix)
        if found is not None and (prefix is None or found[1] == 0):
            grid, prefix = (found[0], found[0]), found[1] if prefix is None else prefix
        elif prefix is not None and _square(rows) == (round(rows**0.5), 0):
            grid = (round(rows**0.5), round(rows**0.5))
    elif prefix is None:
        beside = rows - grid[0] * grid[1]
        prefix = beside if beside in _PREFIXES else None
    return Places(grid, prefix, picture, tokens=rows)


def _check(
    values: Tensor,
    grid: tuple[int, int] | None,
    prefix: int | None,
    picture: tuple[int, int] | None,
) -> None:
    if values.dim() < 2 or not values.numel() or values.is_complex():
        raise ShapeError(
            "attention (… n n) or a heat map (h w)", str(tuple(values.shape)), "one array of maps"
        )
    if grid is not None and min(grid) < 1:
        raise ConfigError("a grid of rows and columns", f"{grid[0]}x{grid[1]}", "14x14")
    if prefix is not None and prefix < 0:
        raise ConfigError("prefix of 0 tokens or more", str(prefix), "1")
    if picture is not None and min(picture) < 1:
        raise ConfigError("a picture with pixels", str(picture), "(width, height)")
