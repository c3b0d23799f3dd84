"""The kit's part about positions: a table and a drawing of each kernel.

It needs no pictures, only the model; see `saccade.inspection.kit.kernel` for what a kernel is.
"""

from collections.abc import Sequence
from itertools import product

from PIL import Image

from saccade.inspection.kit.charts import tiles
from saccade.inspection.kit.findings import Findings
from saccade.inspection.kit.kernel import PositionKernel, reach
from saccade.inspection.kit.spreads import Cell

_COLUMNS = 12


def kernel_findings(kernels: Sequence[PositionKernel]) -> Findings:
    """Write the kernels of a model as a table of all offsets, and draw them.

    Args:
        kernels: see `saccade.inspection.kit.positional.position_kernels`.
    """
    rows: list[list[Cell]] = []
    brief: list[list[Cell]] = []
    charts: dict[str, Image.Image] = {}
    for kernel in kernels:
        own = _rows(kernel)
        rows += own
        brief += own[:: len(own) // len(kernel.values)]
        words = [f"head {head}" for head in range(len(kernel.values))]
        title = f"{kernel.scale} by offset {kernel.layer}".strip()
        name = "_".join(part for part in (kernel.kind, kernel.layer) if part)
        charts[name] = tiles(list(kernel.values), words, columns=_COLUMNS, title=title)
    header = ["layer", "kind", "head", "stationary", "reach (patches)", "down", "right", "value"]
    short = (header[:5], [row[:5] for row in brief])
    return Findings(header, rows, charts, brief=short)


def _rows(kernel: PositionKernel) -> list[list[Cell]]:
    """A row for each head and offset."""
    far = reach(kernel).tolist() if kernel.kind == "bias" else []
    rows: list[list[Cell]] = []
    for head, row, column in product(*(range(size) for size in kernel.values.shape)):
        looks: Cell = round(far[head], 6) if far else ""
        stationary = round(float(kernel.stationary[head]), 6)
        offset = row - kernel.grid[0] + 1, column - kernel.grid[1] + 1
        value = round(float(kernel.values[head, row, column]), 6)
        rows.append([kernel.layer, kernel.kind, head, stationary, looks, *offset, value])
    return rows
