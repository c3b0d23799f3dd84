"""Transformer attribution: against automatic differentiation, and conservation."""

import pytest
import torch
from torch import Tensor

from saccade.errors import ConfigError, TraceError
from saccade.explanation.transformer_attribution import transformer_attribution
from saccade.inspection.graded import graded
from saccade.models import build
from tests.samples import drawn_model


def simple(function, relevance: Tensor, *parts: Tensor) -> list[Tensor]:
    """Part times the gradient of what a function gives, weighted with relevance over it."""
    parts = tuple(part.detach().requires_grad_() for part in parts)
    whole = function(*parts)
    share = torch.where(whole == 0, 0.0, relevance / (whole + 1e-9)).detach()
    slopes = torch.autograd.grad(whole, parts, share)
    return [(part * slope).detach() for part, slope in zip(parts, slopes, strict=True)]


def linear(relevance: Tensor, x: Tensor, weight: Tensor) -> Tensor:
    up, down = weight.clamp_min(0), weight.clamp_max(0)
    return sum(
        simple(lambda a, b: a @ up.mT + b @ down.mT, relevance, x.clamp_min(0), x.clamp_max(0))
    )


def add(relevance: Tensor, one: Tensor, two: Tensor) -> tuple[Tensor, Tensor]:
    a, b = simple(torch.add, relevance, one, two)
    sizes = a.sum().abs() + b.sum().abs()
    whole = relevance.sum()
    return a * (a.sum().abs() / sizes * whole / a.sum()), b * (
        b.sum().abs() / sizes * whole / b.sum()
    )


def by_hand(model, image: Tensor, target: int) -> Tensor:
    """One image through blocks that are computed anew, and back by the rules, part by part."""
    x, steps = model._placed(model.patch_embed(image)), []
    for block in model.blocks:
        attn, normed = block.attn, block.norm1(x)
        q, k, v = (
            attn.qkv(normed)
            .reshape(1, -1, 3, attn.heads, x.shape[-1] // attn.heads)
            .permute(2, 0, 3, 1, 4)
        )
        weights = (q @ k.mT * q.shape[-1] ** -0.5).softmax(-1)
        mixed = (weights @ v).transpose(1, 2).flatten(2)
        first = attn.proj(mixed)
        middle = x + first
        normed2 = block.norm2(middle)
        hidden = torch.nn.functional.gelu(block.mlp.fc1(normed2))
        second = block.mlp.fc2(hidden)
        steps.append(
            (block, x, normed, (q, k, v, weights), mixed, first, middle, normed2, hidden, second)
        )
        x = middle + second
    end = model.norm(x)
    start = torch.zeros(1, model.config.num_classes).double()
    start[0, target] = 1.0
    relevance = torch.zeros_like(x)
    relevance[:, 0] = linear(start, end[:, 0], model.head.weight)
    gradients = [layer.gradient for layer in graded(model, image, target).layers]
    bars = []
    for step, gradient in zip(reversed(steps), reversed(gradients), strict=True):
        block, x, normed, (q, k, v, weights), mixed, first, middle, normed2, hidden, second = step
        stay, branch = add(relevance, middle, second)
        branch = linear(linear(branch, hidden, block.mlp.fc2.weight), normed2, block.mlp.fc1.weight)
        stay, branch = add(stay + branch, x, first)
        branch = linear(branch, mixed, block.attn.proj.weight).unflatten(2, (4, -1)).transpose(1, 2)
        map_, values = (part / 2 for part in simple(torch.matmul, branch, weights, v))
        queries, keys = (part / 2 for part in simple(lambda a, b: a @ b.mT, map_, q, k))
        back = torch.stack([queries, keys, values]).permute(1, 3, 0, 2, 4).flatten(2)
        relevance = stay + linear(back, normed, block.attn.qkv.weight)
        bars.append((gradient * map_).clamp_min(0).mean(1))
    joined = torch.eye(x.shape[1]).double()
    for bar in reversed(bars):
        joined = joined + bar[0] @ joined
    return joined[0, 1:].reshape(model.layout.grid)


def test_against_automatic_differentiation(normal) -> None:
    model, images = drawn_model().double(), normal(2, 3, 8, 8, dtype=torch.float64)
    with torch.random.fork_rng():
        found = transformer_attribution(model, images, target=1)
    for image in range(2):
        with torch.enable_grad():
            expected = by_hand(model, images[image : image + 1], 1)
        torch.testing.assert_close(found.map[image], expected.detach(), atol=1e-10, rtol=1e-9)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"depth": 4},
        {"class_token": False, "global_pool": "avg"},
        {"qk_norm": True, "init_values": 0.5, "representation_size": 8, "reg_tokens": 2},
    ],
    ids=str,
)
def test_relevance_is_conserved(changes, normal) -> None:
    model = drawn_model(**changes).double()
    found = transformer_attribution(model, normal(3, 3, 8, 8, dtype=torch.float64))
    sums = found.details["relevance"]
    assert sums.shape == (3, len(model.blocks))
    torch.testing.assert_close(sums, torch.ones_like(sums), atol=1e-4, rtol=0)
    assert float(found.map.min()) >= 0


def test_refused_where_there_are_no_rules(normal) -> None:
    sizes = {"img_size": 16, "patch_size": 8, "embed_dim": 8, "num_heads": 2, "depth": 1}
    for name, words in (
        ("deit_tiny_distilled_patch16_224", "a model with two heads"),
        ("eva02_tiny_patch14_224", "gated mlp|rotary"),
    ):
        model = build(name, **sizes, num_classes=2).eval()
        with pytest.raises(TraceError, match=words):
            transformer_attribution(model, normal(1, 3, 16, 16))
        assert not any(m._forward_hooks or m._forward_pre_hooks for m in model.modules())
    pooled = drawn_model(class_token=False, global_pool="max")
    with pytest.raises(TraceError, match="otherwise than of one token or a mean"):
        transformer_attribution(pooled, normal(1, 3, 8, 8))
    with pytest.raises(ConfigError, match="start_layer"):
        transformer_attribution(drawn_model(), normal(1, 3, 8, 8), start_layer=9)
