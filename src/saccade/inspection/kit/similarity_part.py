"""The kit's part about positions: which rows of a position table are alike.

It needs no pictures, only the model; see `saccade.inspection.kit.positions`. Models that turn
queries and keys, or add biases to scores, have no such table; what their positions say is in
`saccade.inspection.kit.kernel`.
"""

import torch
from torch import Tensor

from saccade.errors import TraceError
from saccade.inspection.kit.charts import mosaic
from saccade.inspection.kit.findings import Findings
from saccade.inspection.kit.kernel import table_kernel
from saccade.inspection.kit.positions import position_similarity
from saccade.inspection.kit.spreads import Cell, rounded


def similarity_findings(table: Tensor | None, grid: tuple[int, int]) -> Findings:
    """Write the cosines of all pairs of positions as a matrix, and draw them as tiles.

    Args:
        table: positions of the patches (n d), without rows of prefix tokens.
        grid: (rows, columns).

    Raises:
        TraceError: there is no table.
        ShapeError: the table does not fit the grid.
    """
    if table is None:
        raise TraceError(
            "a table of positions", "a model without one", "kernel, for turns and biases"
        )
    similar = position_similarity(table.cpu(), grid)
    rows, columns = grid
    places = [(row, column) for row in range(rows) for column in range(columns)]
    matrix = similar.reshape(len(places), -1)
    header = ["row", "column", *(f"{row},{column}" for row, column in places)]
    cells: list[list[Cell]] = [
        [*place, *(round(value, 6) for value in line)]
        for place, line in zip(places, matrix.tolist(), strict=True)
    ]
    brief: list[list[Cell]] = [[name, rounded(value)] for name, value in _means(similar).items()]
    stationary = float(table_kernel(table.cpu(), grid).stationary[0])
    brief.append(["share of the spread that the offset explains", rounded(stationary)])
    chart = mosaic(similar, title="cosine of each position with every position, -1 to 1")
    return Findings(header, cells, {"chart": chart}, brief=(["cosine with", "mean"], brief))


def _means(similar: Tensor) -> dict[str, float]:
    """Mean cosines of kinds of pairs (rows columns rows columns); NaN where there is no such."""
    rows, columns = similar.shape[:2]
    down = (torch.arange(rows)[:, None] - torch.arange(rows)).abs()[:, None, :, None]
    right = (torch.arange(columns)[:, None] - torch.arange(columns)).abs()[None, :, None, :]
    down, right = down.expand(similar.shape), right.expand(similar.shape)
    kinds = {
        "next patches (four)": down + right == 1,
        "others of the same row": (down == 0) & (right > 0),
        "others of the same column": (right == 0) & (down > 0),
        "patches of neither": (down > 0) & (right > 0),
    }
    return {name: float(similar[kind].mean()) for name, kind in kinds.items()}
