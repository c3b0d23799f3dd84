"""SAN's pairwise and patchwise attention against copies of all windows."""

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from saccade.attention import VectorAttention
from tests.oracles.support import Slow, Weights, compare, conv, draw, randomised, windows

PAIRWISE = {
    "summation": lambda q, k: q + k,
    "subtraction": lambda q, k: q - k,
    "hadamard": lambda q, k: q * k,
    "dot_product": lambda q, k: (q * k).sum(1, keepdim=True),
    "concatenation": lambda q, k: torch.cat([q.expand_as(k), k], 1),
}
SHAPES = [(2, 7, 5), (1, 1, 6), (1, 5, 1), (1, 1, 1)]


def _norm(weights: Weights, name: str, x: Tensor, training: bool) -> Tensor:
    mean, var = weights[f"{name}.running_mean"], weights[f"{name}.running_var"]
    return F.batch_norm(
        x,
        mean.detach().clone(),
        var.detach().clone(),
        weights[f"{name}.weight"],
        weights[f"{name}.bias"],
        training,
    )


def _gamma(weights: Weights, x: Tensor, training: bool) -> Tensor:
    x = conv(weights, "conv_w.2", _norm(weights, "conv_w.0", x, training).relu())
    return conv(weights, "conv_w.5", _norm(weights, "conv_w.3", x, training).relu())


def _positions(weights: Weights, x: Tensor, options: dict) -> Tensor:
    height, width = x.shape[-2:]
    across = torch.linspace(-1, 1, width, dtype=x.dtype).expand(height, width)
    down = torch.linspace(-1, 1, height, dtype=x.dtype)[:, None].expand(height, width)
    p = conv(weights, "conv_p", torch.stack([across, down])[None])
    around, _ = windows(p, options["kernel_size"], **_geometry(options))
    step = options["stride"]
    return (p[:, :, None, ::step, ::step] - around).expand(len(x), -1, -1, -1, -1)


def _geometry(options: dict) -> dict:
    return {name: options[name] for name in ("stride", "dilation", "boundary")}


def _slow(options: dict, training: bool = False) -> Slow:
    side, step = options["kernel_size"], options["stride"]

    def mix(weights: Weights, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        phi, psi, beta = (conv(weights, f"conv{i}", x) for i in (1, 2, 3))
        centre = phi[:, :, None, ::step, ::step]
        around, inside = windows(psi, side, **_geometry(options))
        values, _ = windows(beta, side, **_geometry(options))
        if options["kind"] == "pairwise":
            pairs = PAIRWISE[options["relation"]](centre, around)
            if options["positions"]:
                pairs = torch.cat([pairs, _positions(weights, x, options)], 1)
            logits = _gamma(weights, pairs, training)
            if options["boundary"] == "mask":
                logits = logits.masked_fill(~inside, float("-inf"))
            shares = logits.softmax(2)
        else:
            others, _ = windows(phi, side, **_geometry(options))
            patch = {
                "concatenation": lambda: torch.cat([centre[:, :, 0], around.flatten(1, 2)], 1),
                "star_product": lambda: (centre * around).sum(1),
                "clique_product": lambda: torch.einsum(
                    "brjhw,brkhw->bjkhw", others, around
                ).flatten(1, 2),
            }[options["relation"]]()
            out = _gamma(weights, patch, training)
            shares = out.unflatten(1, (-1, side**2))
        groups, channels = shares.shape[1], torch.arange(values.shape[1])
        group = channels % groups
        if options["layout"] == "contiguous":
            group = channels // (len(channels) // groups)
        return (shares[:, group] * values).sum(2), [shares.flatten(3).transpose(2, 3)]

    return mix


def _layer(options: dict) -> VectorAttention:
    sizes = {"out_channels": 8, "relation_channels": 3, "share": 2}
    return randomised(VectorAttention(6, **sizes, **options))


DEFAULT = {"stride": 1, "dilation": 1, "positions": True, "layout": "interleaved"}


@pytest.mark.parametrize("boundary", ["reflect", "zero", "mask"])
@pytest.mark.parametrize("relation", list(PAIRWISE))
def test_pairwise(relation: str, boundary: str) -> None:
    options = {**DEFAULT, "kind": "pairwise", "relation": relation, "boundary": boundary}
    for side, shape in zip((3, 5, 3, 3), SHAPES, strict=True):
        options["kernel_size"] = side
        compare(_layer(options), _slow(options), draw(shape[0], 6, *shape[1:]), single=3e-5)


@pytest.mark.parametrize("boundary", ["reflect", "zero"])
@pytest.mark.parametrize("relation", ["concatenation", "star_product", "clique_product"])
def test_patchwise(relation: str, boundary: str) -> None:
    options = {**DEFAULT, "kind": "patchwise", "relation": relation, "boundary": boundary}
    for side, shape in zip((3, 5, 3, 3), SHAPES, strict=True):
        options["kernel_size"] = side
        compare(_layer(options), _slow(options), draw(shape[0], 6, *shape[1:]), single=3e-5)


@pytest.mark.parametrize(
    ("kind", "relation"), [("pairwise", "subtraction"), ("patchwise", "clique_product")]
)
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("layout", ["interleaved", "contiguous"])
def test_geometry(kind: str, relation: str, stride: int, layout: str) -> None:
    options = {"kind": kind, "relation": relation, "boundary": "reflect", "kernel_size": 3}
    options |= {"stride": stride, "dilation": 2, "positions": False, "layout": layout}
    compare(_layer(options), _slow(options), draw(2, 6, 5, 8), single=3e-5)
