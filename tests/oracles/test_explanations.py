"""Every method against its equations, from maps and gradients that are computed anew."""

import pytest
import torch

import saccade
from tests.oracles.plain_vit import answer, readers, run, slopes
from tests.samples import drawn_model

MODELS = {
    "class token, oblong": {"img_size": (8, 12)},
    "class token and registers": {"img_size": (12, 8), "reg_tokens": 2, "depth": 3},
    "mean of patches": {"img_size": (8, 12), "class_token": False, "global_pool": "avg"},
    "mean beside a class token": {"img_size": (8, 12), "global_pool": "avg", "depth": 3},
}


@pytest.fixture(params=MODELS.values(), ids=list(MODELS))
def case(request, normal):
    """A model in float64 and three images."""
    model = drawn_model(**request.param).double().requires_grad_(False)
    return model, normal(3, 3, *request.param["img_size"], dtype=torch.float64)


def found(model, images, method, **options):
    with torch.no_grad():
        return saccade.explain(
            model, images, method=method, target=1, options=options, honest=False
        ).map


def same(given, expected):
    torch.testing.assert_close(given, expected.detach(), atol=1e-10, rtol=0)


def eye(maps):
    return torch.eye(maps.shape[-1], dtype=maps.dtype).expand(len(maps), -1, -1)


def rolled(fused, start=0, residual=0.5):
    """Rows of (1 - r)A + rI over their sums, the first layer on the right."""
    joined = eye(fused[0])
    for map_ in fused[start:]:
        mixed = (1 - residual) * map_ + residual * eye(map_)
        joined = mixed / mixed.sum(-1, keepdim=True) @ joined
    return joined


@pytest.mark.parametrize("fusion", ["mean", "max", "min"])
@pytest.mark.parametrize("options", [{}, {"start_layer": 1}, {"residual": 0.2}], ids=str)
def test_rollout(case, fusion, options):
    model, images = case
    fuse = {"mean": torch.mean, "max": torch.amax, "min": torch.amin}[fusion]
    fused = [fuse(map_, 1) for map_ in run(model, images).maps]
    expected = rolled(fused, options.get("start_layer", 0), options.get("residual", 0.5))
    same(found(model, images, "rollout", head_fusion=fusion, **options), readers(model, expected))


def test_rollout_of_another_query_and_with_entries_left_out(case):
    model, images = case
    maps, prefix = [x.mean(1).detach() for x in run(model, images).maps], len(model.layout.prefix)
    expected = rolled(maps)[:, 5, prefix:].reshape(3, *model.layout.grid)
    same(found(model, images, "rollout", query=5), expected)
    left = []
    for map_ in maps:
        entries = map_.flatten(1).clone()
        for row in entries:
            row[row.argsort()[: int(len(row) * 0.6)]] = 0
        left.append(entries.view_as(map_))
    expected = readers(model, rolled(left))
    same(found(model, images, "rollout", discard_ratio=0.6, keep=0), expected)


def test_raw_attention(case):
    model, images = case
    maps = run(model, images).maps
    same(found(model, images, "raw_attention"), readers(model, maps[-1].mean(1)))
    expected = readers(model, maps[0][:, 2])
    same(found(model, images, "raw_attention", layer=0, head=2), expected)


def test_gradient_rollout_and_generic_attention(case):
    model, images = case
    plain = run(model, images)
    gradients = slopes(plain, plain.maps, 1)
    fused = [(a * g).clamp_min(0).mean(1) for a, g in zip(plain.maps, gradients, strict=True)]
    same(found(model, images, "grad_rollout"), readers(model, rolled(fused)))
    for start in (0, 1, -1):
        relevance = eye(fused[0])
        for bar in fused[start:]:
            relevance = relevance + bar @ relevance
        given = found(model, images, "generic_attention", start_layer=start)
        same(given, readers(model, relevance))


def test_gradcam(case):
    model, images = case
    plain, (height, width) = run(model, images), model.layout.grid
    prefix = len(model.layout.prefix)
    (gradient,) = slopes(plain, [plain.normed[-1]], 1)
    total = torch.zeros(3, height, width, dtype=torch.float64)
    for channel in range(gradient.shape[2]):
        weight = gradient[:, prefix:, channel].mean(1)
        lies = plain.normed[-1][:, prefix:, channel].reshape(3, height, width)
        total += weight[:, None, None] * lies
    same(found(model, images, "gradcam"), total.clamp_min(0))


def test_the_heads_of_the_last_map(case):
    model, images = case
    plain = run(model, images)
    (gradient,) = slopes(plain, plain.maps[-1:], 1)
    total = 0
    for head in range(gradient.shape[1]):
        weight = readers(model, gradient[:, head]).mean((1, 2), keepdim=True)
        total = total + weight * readers(model, plain.maps[-1][:, head]) / gradient.shape[1]
    same(found(model, images, "gradcam", of="attention"), total.clamp_min(0))


@pytest.mark.parametrize("pool", ["model", "mean"])
def test_legrad(case, pool):
    model, images = case
    plain, prefix = run(model, images), len(model.layout.prefix)
    for start in (0, -1):
        expected = 0
        pairs = list(zip(plain.maps, plain.tokens, strict=True))[start:]
        for map_, tokens in pairs:
            if pool == "mean":
                tokens = tokens.mean(1, keepdim=True).expand_as(tokens)
            score = answer(model, tokens)[:, 1].sum()
            (gradient,) = torch.autograd.grad(score, map_, retain_graph=True)
            expected = expected + gradient.clamp_min(0).mean((1, 2)) / len(pairs)
        expected = expected[:, prefix:].reshape(3, *model.layout.grid)
        same(found(model, images, "legrad", start_layer=start, pool=pool), expected)
