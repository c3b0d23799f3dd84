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


def bend(x: float, act: str) -> float:
    if act == "quick_gelu":
        return x / (1 + math.exp(-1.702 * x))
    if act == "gelu_tanh":
        return 0.5 * x * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
    return 0.5 * x * (1 + math.erf(x / math.sqrt(2)))


def perceptron(x: Array, weights: Weights, name: str, config: ViTConfig) -> Array:
    hidden = dense(x, weights, f"{name}.fc1")
    if config.mlp == "swiglu_packed" and name.startswith("blocks"):
        gates, values = np.split(hidden, 2)
        bent = gates / (1 + np.exp(-gates)) * values
    else:
        bent = np.array([bend(float(h), config.act) for h in hidden])
    return dense(bent, weights, f"{name}.fc2")


def attend(tokens: list[Array], weights: Weights, name: str, heads: int, eps: float) -> list[Array]:
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
            if f"{name}.q_norm.weight" in weights:
                q = norm(q, weights, f"{name}.q_norm", eps)
                keys = [norm(k, weights, f"{name}.k_norm", eps) for k in keys]
            values = [each[2 * width + start : 2 * width + start + size] for each in qkv]
            mass = [math.exp(float(q @ k) / math.sqrt(size)) for k in keys]
            mixed.append(sum(m / sum(mass) * v for m, v in zip(mass, values, strict=True)))
        output.append(dense(np.concatenate(mixed), weights, f"{name}.proj"))
    return output


def block(tokens: list[Array], weights: Weights, name: str, config: ViTConfig) -> list[Array]:
    normed = [norm(token, weights, f"{name}.norm1", config.norm_eps) for token in tokens]
    attended = attend(normed, weights, f"{name}.attn", config.num_heads, config.norm_eps)
    scale = weights.get(f"{name}.ls1.gamma", 1.0)
    tokens = [token + scale * more for token, more in zip(tokens, attended, strict=True)]
    output = []
    for token in tokens:
        normed = norm(token, weights, f"{name}.norm2", config.norm_eps)
        more = perceptron(normed, weights, f"{name}.mlp", config)
        output.append(token + weights.get(f"{name}.ls2.gamma", 1.0) * more)
    return output


def ask(tokens: list[Array], weights: Weights, config: ViTConfig) -> Array:
    """The learned query of "map" reads the tokens; a perceptron is added."""
    query = dense(weights["attn_pool.latent"][0, 0], weights, "attn_pool.q")
    both = [np.split(dense(token, weights, "attn_pool.kv"), 2) for token in tokens]
    mixed = []
    for q, *parts in zip(
        np.split(query, config.num_heads),
        *(zip(*(np.split(part, config.num_heads) for part in pair), strict=True) for pair in both),
        strict=True,
    ):
        mass = [math.exp(float(q @ k) / math.sqrt(len(q))) for k, _ in parts]
        mixed.append(sum(m / sum(mass) * v for m, (_, v) in zip(mass, parts, strict=True)))
    found = dense(np.concatenate(mixed), weights, "attn_pool.proj")
    normed = norm(found, weights, "attn_pool.norm", config.norm_eps)
    return found + perceptron(normed, weights, "attn_pool.mlp", config)


def pool(tokens: list[Array], weights: Weights, config: ViTConfig) -> Array:
    if config.global_pool == "token":
        return tokens[0]
    read = tokens if config.pool_include_prefix else tokens[len(config.layout.prefix) :]
    if config.global_pool == "map":
        return ask(read, weights, config)
    mean, largest = sum(read) / len(read), np.max(read, axis=0)
    return {"avg": mean, "max": largest, "avgmax": (mean + largest) / 2}[config.global_pool]


def positions(config: ViTConfig, weights: Weights) -> list[Array] | None:
    """One row for each token, in their order."""
    prefix, (rows, columns) = len(config.layout.prefix), config.layout.grid
    nothing = [np.zeros(config.embed_dim)] * prefix
    if config.pos_embed == "none":
        return None
    if config.pos_embed in ("learn", "sincos2d"):
        table = list(weights["pos_embed"][0])
        return [*nothing, *table] if config.no_embed_class else table
    x, y = weights["pos_embed.x"], weights["pos_embed.y"]
    return nothing + [np.concatenate([x[c], y[r]]) for r in range(rows) for c in range(columns)]


def embed(config: ViTConfig, weights: Weights, image: Array) -> list[Array]:
    """The tokens of one image (c h w) before the first block."""
    kernel, (height, width) = weights["patch_embed.proj.weight"], config.patch
    tokens = [weights["cls_token"][0, 0]] if config.class_token else []
    if config.reg_tokens:
        tokens += list(weights["reg_token"][0])
    for row in range(config.layout.grid[0]):
        for column in range(config.layout.grid[1]):
            y, x = row * height, column * width
            patch = image[:, y : y + height, x : x + width]
            bias = weights.get("patch_embed.proj.bias", 0.0)
            tokens.append((kernel * patch).sum((1, 2, 3)) + bias)
    table = positions(config, weights)
    if table is not None:
        tokens = [token + where for token, where in zip(tokens, table, strict=True)]
    if config.pre_norm:
        tokens = [norm(token, weights, "norm_pre", config.norm_eps) for token in tokens]
    return tokens


def forward(config: ViTConfig, weights: Weights, image: Array) -> Array:
    """The logits of one image (c h w)."""
    tokens = embed(config, weights, image)
    for index in range(config.depth):
        tokens = block(tokens, weights, f"blocks.{index}", config)
    if "norm.weight" in weights:
        tokens = [norm(token, weights, "norm", config.norm_eps) for token in tokens]
    pooled = pool(tokens, weights, config)
    if "fc_norm.weight" in weights:
        pooled = norm(pooled, weights, "fc_norm", config.norm_eps)
    if config.representation_size:
        pooled = np.tanh(dense(pooled, weights, "pre_logits.fc"))
    return dense(pooled, weights, "head") if config.num_classes else pooled
