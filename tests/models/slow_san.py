"""A block of SAN as nested loops over positions, in float64, from the paper's equations."""

import torch
from torch import Tensor

State = dict[str, Tensor]


def fold(position: int, size: int) -> int:
    """Mirror a position at 0 and size - 1 until it is inside."""
    while size > 1 and not 0 <= position < size:
        position = -position if position < 0 else 2 * (size - 1) - position
    return 0 if size == 1 else position


def dense(state: State, name: str, x: Tensor) -> Tensor:
    """A 1x1 convolution of one position's vector."""
    found = state[f"{name}.weight"][:, :, 0, 0] @ x
    return found + state[f"{name}.bias"] if f"{name}.bias" in state else found


def norm_relu(state: State, name: str, x: Tensor) -> Tensor:
    """Batch norm in eval mode and ReLU of one position's vector."""
    scale = (state[f"{name}.running_var"] + 1e-5).rsqrt() * state[f"{name}.weight"]
    return ((x - state[f"{name}.running_mean"]) * scale + state[f"{name}.bias"]).clamp_min(0)


def gamma(state: State, x: Tensor) -> Tensor:
    """The mapping from relations to weights: norm, ReLU, linear, twice."""
    x = dense(state, "sam.conv_w.2", norm_relu(state, "sam.conv_w.0", x))
    return dense(state, "sam.conv_w.5", norm_relu(state, "sam.conv_w.3", x))


def place(row: int, column: int, height: int, width: int) -> Tensor:
    """Where a position lies, each coordinate from -1 to 1, across first."""

    def at(index: int, size: int) -> float:
        return -1.0 if size == 1 else 2.0 * index / (size - 1) - 1.0

    return torch.tensor([at(column, width), at(row, height)], dtype=torch.float64)


def attend(state: State, x: Tensor, kernel: int, *, patchwise: bool) -> Tensor:
    """Vector self-attention of one map (c h w): subtraction, or concatenation of the patch."""
    height, width = x.shape[1:]
    phi, psi, beta = ({} for _ in range(3))
    for row in range(height):
        for column in range(width):
            vector = x[:, row, column]
            phi[row, column] = dense(state, "sam.conv1", vector)
            psi[row, column] = dense(state, "sam.conv2", vector)
            beta[row, column] = dense(state, "sam.conv3", vector)
    out = x.new_zeros(beta[0, 0].numel(), height, width)
    reach = range(-(kernel // 2), kernel // 2 + 1)
    for i, query in phi.items():
        keys = [(fold(i[0] + r, height), fold(i[1] + c, width)) for r in reach for c in reach]
        if patchwise:
            around = torch.stack([psi[j] for j in keys], dim=1)  # (rel k²): channel by channel
            weights = gamma(state, torch.cat([query, around.flatten()])).reshape(-1, len(keys))
        else:
            scores = []
            for j in keys:
                here, there = (dense(state, "sam.conv_p", place(*p, height, width)) for p in (i, j))
                scores.append(gamma(state, torch.cat([query - psi[j], here - there])))
            weights = torch.stack(scores, dim=1).softmax(dim=1)
        for channel in range(out.shape[0]):
            group = channel % weights.shape[0]  # interleaved sharing
            total = sum(w * beta[j][channel] for w, j in zip(weights[group], keys, strict=True))
            out[channel, i[0], i[1]] = total
    return out


def block(state: State, x: Tensor, kernel: int, *, patchwise: bool) -> Tensor:
    """Norm, ReLU, attention, norm, ReLU, 1x1 convolution, added to what came in (c h w)."""

    def each(name: str, maps: Tensor) -> Tensor:
        return torch.stack(
            [torch.stack([norm_relu(state, name, v) for v in row.T], 1) for row in maps.unbind(1)],
            1,
        )

    mixed = attend(state, each("bn1", x), kernel, patchwise=patchwise)
    mixed = each("bn2", mixed)
    rows = [torch.stack([dense(state, "conv", v) for v in row.T], 1) for row in mixed.unbind(1)]
    return x + torch.stack(rows, 1)
