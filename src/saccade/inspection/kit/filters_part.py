"""The kit's part about filters: principal components of what the first layer looks for.

It needs no pictures, only the model; see `saccade.inspection.kit.filters`.
"""

from torch import Tensor

from saccade.inspection.kit.charts import tiles
from saccade.inspection.kit.filters import embedding_filters
from saccade.inspection.kit.findings import Findings
from saccade.inspection.kit.spreads import Cell

COMPONENTS = 28  # as many as in the paper, in four rows of seven
_COLUMNS = 7


def filter_findings(kernel: Tensor, *, components: int = COMPONENTS) -> Findings:
    """Write what each component explains, and draw the components.

    Components over other than one or three channels are drawn as the mean over channels.

    Args:
        kernel: of the patch projection, or of the first convolution (d c p p).
        components: how many.
    """
    found = embedding_filters(kernel.detach().float().cpu(), components=components)
    together = found.explained.double().cumsum(dim=0).tolist()
    shares = found.explained.tolist()
    rows: list[list[Cell]] = [
        [number, round(share, 6), round(sum_, 6)]
        for number, (share, sum_) in enumerate(zip(shares, together, strict=True))
    ]
    pictures = [one if one.shape[-1] == 3 else one.mean(dim=-1) for one in found.images]
    words = [f"{number}: {share:.1%}" for number, share in enumerate(shares)]
    title = f"components of {len(kernel)} filters; together {found.total:.1%} of their variance"
    chart = tiles(pictures, words, columns=_COLUMNS, title=title)
    return Findings(["component", "variance explained", "together"], rows, {"chart": chart})
