"""What Google's code computes from its arrays, in numpy: ViT of both layouts, and MLP-Mixer."""

from collections.abc import Mapping

import numpy as np

Arrays = Mapping[str, np.ndarray]


def dense(x: np.ndarray, arrays: Arrays, name: str) -> np.ndarray:
    return x @ arrays[f"{name}/kernel"] + arrays[f"{name}/bias"]


def norm(x: np.ndarray, arrays: Arrays, name: str) -> np.ndarray:
    centred = x - x.mean(-1, keepdims=True)
    x = centred / np.sqrt(centred.var(-1, keepdims=True) + 1e-6)
    return x * arrays[f"{name}/scale"] + arrays[f"{name}/bias"]


def gelu(x: np.ndarray) -> np.ndarray:
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))


def mlp(x: np.ndarray, arrays: Arrays, name: str) -> np.ndarray:
    return dense(gelu(dense(x, arrays, f"{name}/Dense_0")), arrays, f"{name}/Dense_1")


def attention(query: np.ndarray, memory: np.ndarray, arrays: Arrays, name: str) -> np.ndarray:
    def part(x: np.ndarray, which: str) -> np.ndarray:
        kernel, bias = arrays[f"{name}/{which}/kernel"], arrays[f"{name}/{which}/bias"]
        return np.einsum("bnd,dhe->bnhe", x, kernel) + bias

    q, k, v = part(query, "query"), part(memory, "key"), part(memory, "value")
    scores = np.einsum("bqhe,bkhe->bhqk", q, k) / np.sqrt(q.shape[-1])
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    weights /= weights.sum(-1, keepdims=True)
    read = np.einsum("bhqk,bkhe->bqhe", weights, v)
    return (
        np.einsum("bqhe,hed->bqd", read, arrays[f"{name}/out/kernel"])
        + (arrays[f"{name}/out/bias"])
    )


def patches(images: np.ndarray, arrays: Arrays, name: str) -> np.ndarray:
    """Images (b h w c) to tokens (b n d)."""
    kernel = arrays[f"{name}/kernel"]
    high, wide = kernel.shape[:2]
    batch, height, width, channels = images.shape
    cut = images.reshape(batch, height // high, high, width // wide, wide, channels)
    return (
        np.einsum("bipjqc,pqcd->bijd", cut, kernel).reshape(batch, -1, kernel.shape[3])
        + arrays[f"{name}/bias"]
    )


def vit(images: np.ndarray, arrays: Arrays) -> np.ndarray:
    """Logits (b classes) of images (b h w c), by arrays of either layout."""
    old = any("/MlpBlock_3/" in name for name in arrays)
    attends, second, perceptron = (
        ("MultiHeadDotProductAttention_1", "LayerNorm_2", "MlpBlock_3")
        if old
        else ("MultiHeadDotProductAttention_0", "LayerNorm_1", "MlpBlock_0")
    )
    x = patches(images, arrays, "embedding")
    x = x if old else x + arrays["pos_embedding"]
    if "cls" in arrays:
        x = np.concatenate([np.repeat(arrays["cls"], len(x), 0), x], 1)
    x = x + arrays["Transformer/posembed_input/pos_embedding"] if old else x
    for number in range(
        sum(name.endswith("query/kernel") and "encoder" in name for name in arrays)
    ):
        name = f"Transformer/encoderblock_{number}"
        y = norm(x, arrays, f"{name}/LayerNorm_0")
        x = x + attention(y, y, arrays, f"{name}/{attends}")
        x = x + mlp(norm(x, arrays, f"{name}/{second}"), arrays, f"{name}/{perceptron}")
    x = norm(x, arrays, "Transformer/encoder_norm")
    if "MAPHead_0/probe" in arrays:
        probe = np.repeat(arrays["MAPHead_0/probe"], len(x), 0)
        x = attention(probe, x, arrays, "MAPHead_0/MultiHeadDotProductAttention_0")
        x = x + mlp(norm(x, arrays, "MAPHead_0/LayerNorm_0"), arrays, "MAPHead_0/MlpBlock_0")
        x = x[:, 0]
    else:
        x = x[:, 0] if "cls" in arrays else x.mean(1)
    if "pre_logits/kernel" in arrays:
        x = np.tanh(dense(x, arrays, "pre_logits"))
    return dense(x, arrays, "head")


def mixer(images: np.ndarray, arrays: Arrays) -> np.ndarray:
    """Logits (b classes) of images (b h w c)."""
    x = patches(images, arrays, "stem")
    for number in range(sum(name.endswith("LayerNorm_1/scale") for name in arrays)):
        name = f"MixerBlock_{number}"
        y = norm(x, arrays, f"{name}/LayerNorm_0").swapaxes(1, 2)
        x = x + mlp(y, arrays, f"{name}/token_mixing").swapaxes(1, 2)
        x = x + mlp(norm(x, arrays, f"{name}/LayerNorm_1"), arrays, f"{name}/channel_mixing")
    return dense(norm(x, arrays, "pre_head_layer_norm").mean(1), arrays, "head")
