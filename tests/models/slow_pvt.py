"""The pyramid vision transformer, position by position, from a state dict of the authors' names.

Written from section 3 of arXiv:2102.12122; one image, plain sums, small numbers 1e-6 and 1e-5.
"""

import math
from collections.abc import Mapping

import torch
from torch import Tensor

State = Mapping[str, Tensor]
Grid = tuple[int, int]


def norm(state: State, home: str, token: Tensor, eps: float) -> Tensor:
    centred = token - token.mean()
    return (
        centred / (centred.square().mean() + eps).sqrt() * state[f"{home}.weight"]
        + (state[f"{home}.bias"])
    )


def dense(state: State, home: str, token: Tensor) -> Tensor:
    return state[f"{home}.weight"] @ token + state[f"{home}.bias"]


def squares(state: State, home: str, image: Tensor) -> tuple[list[Tensor], Grid]:
    """Project the squares of a map (c h w) that the kernel covers, row by row."""
    kernel, side = state[f"{home}.weight"], state[f"{home}.weight"].shape[-1]
    rows, columns = image.shape[1] // side, image.shape[2] // side
    found = []
    for y in range(0, rows * side, side):
        for x in range(0, columns * side, side):
            square = image[:, y : y + side, x : x + side]
            found.append((kernel * square).sum((1, 2, 3)) + state[f"{home}.bias"])
    return found, (rows, columns)


def resized(table: Tensor, source: Grid, target: Grid) -> list[Tensor]:
    """Read a table (n d) between its rows: the centres of both grids cover the same picture."""

    def neighbours(index: int, old: int, new: int) -> tuple[int, int, float]:
        place = max((index + 0.5) * old / new - 0.5, 0.0)
        low = min(int(place), old - 1)
        return low, min(low + 1, old - 1), place - low

    grid, found = table.reshape(*source, -1), []
    for y in range(target[0]):
        top, bottom, down = neighbours(y, source[0], target[0])
        for x in range(target[1]):
            left, right, along = neighbours(x, source[1], target[1])
            upper = grid[top, left] * (1 - along) + grid[top, right] * along
            lower = grid[bottom, left] * (1 - along) + grid[bottom, right] * along
            found.append(upper * (1 - down) + lower * down)
    return found


def attention(
    state: State, home: str, tokens: list[Tensor], grid: Grid, heads: int
) -> list[Tensor]:
    memory, width = tokens, len(tokens[0])
    if f"{home}.sr.weight" in state:
        image = torch.stack(tokens, 1).reshape(width, *grid)
        memory = [
            norm(state, f"{home}.norm", x, 1e-5) for x in squares(state, f"{home}.sr", image)[0]
        ]
    both, found = [dense(state, f"{home}.kv", token) for token in memory], []
    for token in tokens:
        query, mixed = dense(state, f"{home}.q", token), torch.zeros_like(token)
        for head in range(heads):
            part = slice(head * width // heads, (head + 1) * width // heads)
            scores = [math.exp(float(query[part] @ x[part]) / (width / heads) ** 0.5) for x in both]
            for score, x in zip(scores, both, strict=True):
                mixed[part] += score / sum(scores) * x[width:][part]
        found.append(dense(state, f"{home}.proj", mixed))
    return found


def block(state: State, home: str, tokens: list[Tensor], grid: Grid, heads: int) -> list[Tensor]:
    ready = [norm(state, f"{home}.norm1", token, 1e-6) for token in tokens]
    read = attention(state, f"{home}.attn", ready, grid, heads)
    found = []
    for token, more in zip(tokens, read, strict=True):
        token = token + more
        hidden = dense(state, f"{home}.mlp.fc1", norm(state, f"{home}.norm2", token, 1e-6))
        hidden = hidden * (1 + torch.erf(hidden / math.sqrt(2))) / 2
        found.append(token + dense(state, f"{home}.mlp.fc2", hidden))
    return found


def logits(
    state: State, image: Tensor, *, depths: tuple[int, ...], heads: tuple[int, ...], native: Grid
) -> Tensor:
    """Classify one image (c h w); the tables were made for another, native size."""
    for stage, depth in enumerate(depths):
        tokens, grid = squares(state, f"patch_embed{stage + 1}.proj", image)
        tokens = [norm(state, f"patch_embed{stage + 1}.norm", token, 1e-5) for token in tokens]
        table, step = state[f"pos_embed{stage + 1}"][0], 4 * 2**stage
        old = (native[0] // step, native[1] // step)
        prefix = len(table) - old[0] * old[1]
        places = resized(table[prefix:], old, grid)
        if prefix:
            tokens, places = [state["cls_token"][0, 0], *tokens], [table[0], *places]
        tokens = [token + place for token, place in zip(tokens, places, strict=True)]
        for index in range(depth):
            tokens = block(state, f"block{stage + 1}.{index}", tokens, grid, heads[stage])
        if not prefix:
            image = torch.stack(tokens, 1).reshape(-1, *grid)
    return dense(state, "head", norm(state, "norm", tokens[0], 1e-6))
