"""Vector self-attention once more, in nested loops over positions from the paper's equations."""

import itertools

import torch
from torch import Tensor

from saccade.attention.vector import VectorAttention
from tests.kernels.slow_aggregation import group, seen


def dense(layer: torch.nn.Conv2d, x: Tensor) -> Tensor:
    """A 1x1 convolution of one vector."""
    found = layer.weight[:, :, 0, 0] @ x
    return found if layer.bias is None else found + layer.bias


def norm(layer: torch.nn.BatchNorm2d, x: Tensor) -> Tensor:
    """Batch norm in eval mode of one vector."""
    return (x - layer.running_mean) / (layer.running_var + layer.eps).sqrt() * layer.weight + (
        layer.bias
    )


def gamma(layer: VectorAttention, x: Tensor) -> Tensor:
    """Norm, ReLU, linear, norm, ReLU, linear of one vector."""
    hidden = dense(layer.conv_w[2], norm(layer.conv_w[0], x).clamp_min(0))
    return dense(layer.conv_w[5], norm(layer.conv_w[3], hidden).clamp_min(0))


def delta(relation: str, phi: Tensor, psi: Tensor) -> Tensor:
    """Compare two vectors, section 3.1."""
    if relation == "subtraction":
        return phi - psi
    if relation == "summation":
        return phi + psi
    if relation == "concatenation":
        return torch.cat([phi, psi])
    return phi * psi if relation == "hadamard" else (phi @ psi)[None]


def place(layer: VectorAttention, at: tuple[int, int] | None, grid: tuple[int, int]) -> Tensor:
    """The learned position of a place; zero beyond the border."""
    if at is None:
        return torch.zeros(2, dtype=torch.float64)
    ends = [-1.0 if n == 1 else 2 * x / (n - 1) - 1 for x, n in zip(at, grid, strict=True)]
    return dense(layer.conv_p, torch.tensor([ends[1], ends[0]], dtype=torch.float64))


@torch.no_grad()
def attend_slowly(layer: VectorAttention, image: Tensor) -> tuple[Tensor, Tensor]:
    """Output (c h' w') and weights (groups i j) of one image (c h w)."""
    grid, windows = (image.shape[1], image.shape[2]), layer.windows
    rows, columns = windows.count(grid[0]), windows.count(grid[1])
    phi, psi, beta = (
        {
            at: dense(conv, image[:, at[0], at[1]])
            for at in itertools.product(range(grid[0]), range(grid[1]))
        }
        for conv in (layer.conv1, layer.conv2, layer.conv3)
    )
    width = layer.conv3.out_channels
    out = image.new_zeros(width, rows, columns)
    maps = image.new_zeros(layer.groups, rows * columns, windows.places)
    for y, x in itertools.product(range(rows), range(columns)):
        here, around = (y * windows.stride, x * windows.stride), seen(windows, grid, y, x)
        nothing = {name: torch.zeros_like(each[here]) for name, each in (("p", psi), ("b", beta))}
        weights = weigh(layer, here, around, grid, phi, psi, nothing["p"])
        maps[:, y * columns + x] = weights
        for c in range(width):
            part = weights[group(c, width, layer.groups, windows.layout)]
            values = [nothing["b"] if at is None else beta[at] for at in around]
            out[c, y, x] = sum(w * value[c] for w, value in zip(part, values, strict=True))
    return out, maps


def weigh(
    layer: VectorAttention,
    here: tuple[int, int],
    around: list[tuple[int, int] | None],
    grid: tuple[int, int],
    phi: dict[tuple[int, int], Tensor],
    psi: dict[tuple[int, int], Tensor],
    nothing: Tensor,
) -> Tensor:
    """The weights (groups j) of one window."""
    keys = [nothing if at is None else psi[at] for at in around]
    if layer.kind == "pairwise":
        logits = []
        for at, key in zip(around, keys, strict=True):
            pair = delta(layer.relation, phi[here], key)
            if layer.conv_p is not None:
                pair = torch.cat([pair, place(layer, here, grid) - place(layer, at, grid)])
            hidden = at is None and layer.windows.boundary == "mask"
            logits.append(gamma(layer, pair) - (torch.inf if hidden else 0))
        return torch.stack(logits, 1).softmax(1)
    if layer.relation == "concatenation":
        patch = torch.cat([phi[here], torch.stack(keys, 1).flatten()])
    elif layer.relation == "star_product":
        patch = torch.stack([phi[here] @ key for key in keys])
    else:
        firsts = [nothing if at is None else phi[at] for at in around]
        patch = torch.stack([first @ key for first in firsts for key in keys])
    return gamma(layer, patch).view(layer.groups, len(keys))
