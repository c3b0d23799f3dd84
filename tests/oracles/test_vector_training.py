"""Batch norms inside SAN's gamma while training: outputs, gradients, running statistics."""

import copy

import pytest
import torch
from torch import nn

from tests.oracles.support import close, compare, draw, heard
from tests.oracles.test_vector import DEFAULT, PAIRWISE, _layer, _slow, conv, windows

PATCHWISE = ("concatenation", "star_product", "clique_product")
KINDS = [("pairwise", r) for r in PAIRWISE] + [("patchwise", r) for r in PATCHWISE]


def _options(kind: str, relation: str, **changes: object) -> dict:
    fixed = {"kind": kind, "relation": relation, "boundary": "reflect", "kernel_size": 3}
    return {**DEFAULT, **fixed, **changes}


@pytest.mark.parametrize(("kind", "relation"), KINDS)
@pytest.mark.parametrize("stride", [1, 2])
def test_a_step_of_training(kind: str, relation: str, stride: int) -> None:
    options = _options(kind, relation, stride=stride)
    compare(_layer(options).train(), _slow(options, training=True), draw(2, 6, 5, 4), single=1e-4)


@pytest.mark.parametrize("listening", [False, True])
@pytest.mark.parametrize("momentum", [0.1, 0.7, None])
@pytest.mark.parametrize("kind", ["pairwise", "patchwise"])
def test_running_statistics(kind: str, momentum: float | None, listening: bool) -> None:
    relation = "subtraction" if kind == "pairwise" else "concatenation"
    layer = _layer(_options(kind, relation, positions=False)).train()
    norms = [part for part in layer.conv_w if isinstance(part, nn.BatchNorm2d)]
    for norm in norms:
        norm.momentum = momentum
    mirror = copy.deepcopy(layer.conv_w)
    for step in range(3):
        x = draw(2, 6, 5, 4, seed=step)
        heard(layer, x) if listening else layer(x)
        weights = {**dict(layer.named_parameters()), **dict(layer.named_buffers())}
        phi, psi = conv(weights, "conv1", x), conv(weights, "conv2", x)
        around, _ = windows(psi, 3, boundary="reflect")
        pairs = phi[:, :, None] - around
        if kind == "patchwise":
            pairs = torch.cat([phi, around.flatten(1, 2)], 1)[:, :, None]
        mirror(pairs.flatten(3))
    tolerance = 1e-7 if momentum is None else 1e-12
    for one, other in zip(layer.conv_w, mirror, strict=True):
        if isinstance(one, nn.BatchNorm2d):
            close(one.running_mean, other.running_mean, tolerance)
            close(one.running_var, other.running_var, tolerance)
            assert one.num_batches_tracked.item() == other.num_batches_tracked.item() == 3
