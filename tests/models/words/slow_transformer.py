"""The layers of the first transformer, word by word and number by number, from the equations."""

import torch
from torch import Tensor, nn

from saccade.attention import MultiHeadAttention
from saccade.models.words.decoding import WordModel, greedy
from saccade.models.words.transformer_layers import DecoderLayer, EncoderLayer, FeedForward


def attended(attn: MultiHeadAttention, query: Tensor, memory: list[Tensor]) -> Tensor:
    """One word reads some others (section 3.2.2)."""
    width, heads = len(query), attn.heads
    size = width // heads
    mixed: list[Tensor] = []
    for head in range(heads):
        own = slice(head * size, (head + 1) * size)
        (wq, wk, wv), (bq, bk, bv) = attn.qkv.weight.split(width), attn.qkv.bias.split(width)
        q = wq[own] @ query + bq[own]
        scores = [torch.dot(q, wk[own] @ one + bk[own]) / size**0.5 for one in memory]
        total = sum(score.exp() for score in scores)
        values = [wv[own] @ one + bv[own] for one in memory]
        mixed.append(sum(s.exp() / total * v for s, v in zip(scores, values, strict=True)))
    return attn.proj.weight @ torch.cat(mixed) + attn.proj.bias


def perceived(mlp: FeedForward, x: Tensor) -> Tensor:
    """Equation 2."""
    hidden = mlp.fc1.weight @ x + mlp.fc1.bias
    return mlp.fc2.weight @ torch.stack([max(h, h * 0) for h in hidden]) + mlp.fc2.bias


def normed(norm: nn.LayerNorm, x: Tensor) -> Tensor:
    mean = sum(x) / len(x)
    variance = sum((one - mean) ** 2 for one in x) / len(x)
    return (x - mean) / (variance + norm.eps) ** 0.5 * norm.weight + norm.bias


def encoded(layer: EncoderLayer, words: list[Tensor]) -> list[Tensor]:
    """One text through one layer."""
    if layer.norm_first:
        seen = [normed(layer.norm1, x) for x in words]
        sums = [x + attended(layer.attn, s, seen) for x, s in zip(words, seen, strict=True)]
        return [x + perceived(layer.mlp, normed(layer.norm2, x)) for x in sums]
    sums = [normed(layer.norm1, x + attended(layer.attn, x, words)) for x in words]
    return [normed(layer.norm2, x + perceived(layer.mlp, x)) for x in sums]


def decoded(layer: DecoderLayer, words: list[Tensor], memory: list[Tensor]) -> list[Tensor]:
    """One text through one layer: each word reads itself, those before it, and the memory."""
    out: list[Tensor] = []
    seen = [normed(layer.norm1, x) for x in words] if layer.norm_first else words
    for t, x in enumerate(words):
        if layer.norm_first:
            x = x + attended(layer.attn, seen[t], seen[: t + 1])
            x = x + attended(layer.cross, normed(layer.norm2, x), memory)
            out.append(x + perceived(layer.mlp, normed(layer.norm3, x)))
        else:
            x = normed(layer.norm1, x + attended(layer.attn, x, words[: t + 1]))
            x = normed(layer.norm2, x + attended(layer.cross, x, memory))
            out.append(normed(layer.norm3, x + perceived(layer.mlp, x)))
    return out


def rewritten(model: WordModel, source: Tensor) -> None:
    """Greedy choice is what teacher forcing finds likeliest when fed with that very choice."""
    texts = greedy(model, model.read(source), max_length=6)
    for row, text in enumerate(texts):
        given = torch.tensor([[1, *text.words]])
        logits, weights = model(source[row : row + 1], given)
        best = logits[0].argmax(-1).tolist()
        assert tuple(best[: len(text.words)]) == text.words
        assert not text.finished or best[-1] == 2
        seen = weights[0, : len(text.words)]
        torch.testing.assert_close(text.weights[: len(seen)], seen, atol=1e-5, rtol=0)
