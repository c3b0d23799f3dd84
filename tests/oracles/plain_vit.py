"""A vision transformer computed anew from its weights, with every map, as plain formulas.

Nothing of the library runs here but the patch embedding, the norms and the weights.
"""

from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.nn import functional as F


@dataclass
class Pass:
    """What a pass computed, in the graph of autograd."""

    logits: Tensor
    maps: list[Tensor] = field(default_factory=list)
    normed: list[Tensor] = field(default_factory=list)
    tokens: list[Tensor] = field(default_factory=list)


def answer(model, tokens: Tensor) -> Tensor:
    """The logits that the model's end makes of tokens (b n d)."""
    tokens, prefix = model.norm(tokens), len(model.layout.prefix)
    pooled = tokens[:, prefix:].mean(1) if model.config.global_pool == "avg" else tokens[:, 0]
    return model.fc_norm(pooled) @ model.head.weight.T + model.head.bias


def run(model, images: Tensor) -> Pass:
    """Compute all blocks, a head at a time."""
    with torch.enable_grad():
        x = model._placed(model.patch_embed(images)).detach().requires_grad_()
        found = Pass(x)
        for block in model.blocks:
            normed = block.norm1(x)
            both = normed @ block.attn.qkv.weight.T + block.attn.qkv.bias
            heads, width = block.attn.heads, x.shape[-1]
            size = width // heads
            rows = []
            for head in range(heads):
                q, k = (
                    both[..., part * width + head * size : part * width + (head + 1) * size]
                    for part in (0, 1)
                )
                rows.append((q @ k.transpose(1, 2) / size**0.5).softmax(-1))
            map_ = torch.stack(rows, 1)
            mixed = torch.cat(
                [
                    map_[:, head]
                    @ both[..., 2 * width + head * size : 2 * width + (head + 1) * size]
                    for head in range(heads)
                ],
                -1,
            )
            x = x + mixed @ block.attn.proj.weight.T + block.attn.proj.bias
            inner = F.gelu(block.norm2(x) @ block.mlp.fc1.weight.T + block.mlp.fc1.bias)
            x = x + inner @ block.mlp.fc2.weight.T + block.mlp.fc2.bias
            found.maps.append(map_)
            found.normed.append(normed)
            found.tokens.append(x)
        found.logits = answer(model, x)
    return found


def slopes(found: Pass, parts: list[Tensor], target: int) -> list[Tensor]:
    """Gradients of one class's logits with regard to parts."""
    score = found.logits[:, target].sum()
    return list(torch.autograd.grad(score, parts, retain_graph=True))


def readers(model, rows: Tensor) -> Tensor:
    """What the answer's tokens have in a matrix (b i j), over the patches (b h w)."""
    prefix = len(model.layout.prefix)
    own = rows[:, prefix:].mean(1) if model.config.global_pool == "avg" else rows[:, 0]
    return own[:, prefix:].reshape(-1, *model.layout.grid)
