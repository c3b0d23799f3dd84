"""A vision transformer in plain loops of numpy numbers, written from the equations only."""

import math
from collections.abc import Mapping

import numpy as np

from saccade.models.vit_config import ViTConfig

Array = np.ndarray
Weights = Mapping[str, Array]


def norm(x: Array, weights: Weights, name: str, eps: float) -> Array:
    centred = x - x.mean()
    scaled = centred / math.sqrt((centred**2).mean() + eps)
    return scaled * weights[f"{name}.weight"] + weights[f"{name}.bias"]


def dense(x: Array, weights: Weights, name: str) -> Array:
    return weights[f"{name}.weight"] @ x + weights.get(f"{name}.bias", 0.0)


def gelu(x: float, tanh: bool) -> float:
    if tanh:
        return 0.5 * x * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
    return 0.5 * x * (1 + math.erf(x / math.sqrt(2)))


def attend(tokens: list[Array], weights: Weights, name: str, heads: int) -> list[Array]:
    """[q, k, v] = z U_qkv; A = softmax(q·k / sqrt(D_h)); the heads' A v side by side, times U."""
    qkv = [dense(token, weights, f"{name}.qkv") for token in tokens]
    width = len(tokens[0])
    size = width // heads
    output = []
    for asking in qkv:
        mixed = []
        for head in range(heads):
            start = head * size
            q = asking[start : start + size]
            keys = [each[width + start : width + start + size] for each in qkv]
            values = [each[2 * width + start : 2 * width + start + size] for each in qkv]
            mass = [math.exp(float(q @ k) / math.sqrt(size)) for k in keys]
            mixed.append(sum(m / sum(mass) * v for m, v in zip(mass, values, strict=True)))
        output.append(dense(np.concatenate(mixed), weights, f"{name}.proj"))
    return output


def block(tokens: list[Array], weights: Weights, name: str, config: ViTConfig) -> list[Array]:
    normed = [norm(token, weights, f"{name}.norm1", config.norm_eps) for token in tokens]
    attended = attend(normed, weights, f"{name}.attn", config.num_heads)
    tokens = [token + more for token, more in zip(tokens, attended, strict=True)]
    output = []
    for token in tokens:
        hidden = dense(
            norm(token, weights, f"{name}.norm2", config.norm_eps), weights, f"{name}.mlp.fc1"
        )
        bent = np.array([gelu(float(h), config.act == "gelu_tanh") for h in hidden])
        output.append(token + dense(bent, weights, f"{name}.mlp.fc2"))
    return output


def positions(config: ViTConfig, weights: Weights) -> list[Array] | None:
    """One row for each token, in their order."""
    prefix, (rows, columns) = len(config.layout.prefix), config.layout.grid
    if config.pos_embed == "none":
        return None
    if config.pos_embed in ("learn", "sincos2d"):
        return list(weights["pos_embed"][0])
    nothing = [np.zeros(config.embed_dim)] * prefix
    x, y = weights["pos_embed.x"], weights["pos_embed.y"]
    return nothing + [np.concatenate([x[c], y[r]]) for r in range(rows) for c in range(columns)]


def forward(config: ViTConfig, weights: Weights, image: Array) -> Array:
    """The logits of one image (c h w)."""
    kernel, (height, width) = weights["patch_embed.proj.weight"], config.patch
    tokens = [weights["cls_token"][0, 0]] if config.class_token else []
    for row in range(config.layout.grid[0]):
        for column in range(config.layout.grid[1]):
            y, x = row * height, column * width
            patch = image[:, y : y + height, x : x + width]
            tokens.append((kernel * patch).sum((1, 2, 3)) + weights["patch_embed.proj.bias"])
    table = positions(config, weights)
    if table is not None:
        tokens = [token + where for token, where in zip(tokens, table, strict=True)]
    for index in range(config.depth):
        tokens = block(tokens, weights, f"blocks.{index}", config)
    tokens = [norm(token, weights, "norm", config.norm_eps) for token in tokens]
    pooled = tokens[0] if config.global_pool == "token" else sum(tokens) / len(tokens)
    if config.representation_size:
        pooled = np.tanh(dense(pooled, weights, "pre_logits.fc"))
    return dense(pooled, weights, "head") if config.num_classes else pooled
