"""Local relation once more, in nested loops from equations 2 to 5."""

import itertools
import math

import torch
from torch import Tensor

from saccade.attention.local_relation import LocalRelation
from tests.kernels.slow_aggregation import group, seen

SIMILARITIES = {
    "product": lambda q, k: q * k,
    "squared": lambda q, k: -((q - k) ** 2),
    "absolute": lambda q, k: -abs(q - k),
}


def slow_prior(layer: LocalRelation, j: int) -> Tensor:
    """The prior (groups) of the j-th place, from the offset of the key."""
    if layer.prior is None:
        table = layer.prior_table
        return torch.zeros(layer.groups) if table is None else table.flatten(1)[:, j]
    side = layer.windows.kernel_size
    offset = torch.tensor([j % side - side // 2, j // side - side // 2], dtype=torch.float64)
    hidden = (layer.prior.hidden.weight @ offset + layer.prior.hidden.bias).clamp_min(0)
    return layer.prior.output.weight @ hidden + layer.prior.output.bias


@torch.no_grad()
def relate_slowly(layer: LocalRelation, image: Tensor) -> tuple[Tensor, Tensor]:
    """Output (c' h' w') and weights (groups i j) of one image, eq. 2-5."""
    grid, windows = (image.shape[1], image.shape[2]), layer.windows
    rows, columns = windows.count(grid[0]), windows.count(grid[1])
    query, key = layer.query.weight[:, :, 0, 0], layer.key.weight[:, :, 0, 0]
    out = image.new_zeros(len(image), rows, columns)
    maps = image.new_zeros(layer.groups, rows * columns, windows.places)
    compare = SIMILARITIES[layer.similarity]
    for g, y, x in itertools.product(range(layer.groups), range(rows), range(columns)):
        q = float(query[g] @ image[:, y * windows.stride, x * windows.stride])
        places, logits = seen(windows, grid, y, x), []
        for j, at in enumerate(places):
            k = 0.0 if at is None else float(key[g] @ image[:, at[0], at[1]])
            hidden = at is None and windows.boundary == "mask"
            logits.append(-math.inf if hidden else compare(q, k) + float(slow_prior(layer, j)[g]))
        shares = [math.exp(logit - max(logits)) for logit in logits]
        for j, (share, at) in enumerate(zip(shares, places, strict=True)):
            maps[g, y * columns + x, j] = share / sum(shares)
            for c in range(len(image)):
                if at is not None and group(c, len(image), layer.groups, windows.layout) == g:
                    out[c, y, x] += share / sum(shares) * image[c, at[0], at[1]]
    if layer.transform is not None:
        out = torch.einsum("oc,chw->ohw", layer.transform.weight[:, :, 0, 0], out)
    return out, maps
