"""Non-local blocks with the whole table of similarities, in one, two and three dimensions."""

import itertools

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from saccade.attention import NonLocal
from tests.oracles.support import Slow, Weights, compare, conv, draw, randomised

SIMILARITIES = ["embedded_gaussian", "gaussian", "dot_product", "concatenation"]
SHAPES = {1: [(9,), (1,)], 2: [(5, 7), (1, 6), (4, 1)], 3: [(2, 3, 5), (3, 1, 4)]}
POOLS = {1: F.max_pool1d, 2: F.max_pool2d, 3: F.max_pool3d}


def _pooled(x: Tensor, dims: int) -> Tensor:
    return POOLS[dims](x, (1, 2, 2) if dims == 3 else 2)


def _allowed(shape: torch.Size, span: str) -> Tensor:
    frames, *rest = shape
    places = rest[0] * rest[1]
    time = torch.arange(frames).repeat_interleave(places)
    place = torch.arange(places).repeat(frames)
    of = time if span == "space" else place
    return of[:, None] == of[None]


def _slow(similarity: str, dims: int, pool: str, scale: bool, norm: bool, span: str) -> Slow:
    def add(weights: Weights, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        source = _pooled(x, dims) if pool == "before" else x
        plain = similarity == "gaussian"
        theta = x if plain else conv(weights, "theta", x)
        phi = source if plain else conv(weights, "phi", source)
        g = conv(weights, "g", source)
        if pool == "after":
            phi, g = _pooled(phi, dims), _pooled(g, dims)
        theta, phi, g = (t.flatten(2).mT for t in (theta, phi, g))
        if similarity == "concatenation":
            pairs = [t.unsqueeze(3 - side) for side, t in ((1, theta), (2, phi))]
            wide = torch.broadcast_tensors(*(t[..., :1] for t in pairs))[0].shape[:-1]
            both = torch.cat([t.expand(*wide, -1) for t in pairs], -1)
            table = (both @ weights["w_f"].flatten()).relu()
        else:
            table = theta @ phi.mT
        allowed = torch.ones_like(table[0], dtype=torch.bool)
        if span != "spacetime":
            allowed = _allowed(x.shape[2:], span)
        if "gaussian" in similarity:
            table = table * (theta.shape[-1] ** -0.5 if scale else 1.0)
            shares = table.masked_fill(~allowed, float("-inf")).softmax(-1)
        else:
            shares = table * allowed / allowed.sum(-1, keepdim=True)
        y = (shares @ g).mT.unflatten(2, x.shape[2:])
        z = conv(weights, "w_z", y)
        if norm:
            names = ("running_mean", "running_var", "weight", "bias")
            z = F.batch_norm(z, *(weights[f"norm.{name}"] for name in names))
        return z + x, [shares]

    return add


@pytest.mark.parametrize("similarity", SIMILARITIES)
@pytest.mark.parametrize("dims", [1, 2, 3])
def test_block(similarity: str, dims: int) -> None:
    for pool, scale, norm in itertools.product(("none", "after", "before"), (0, 1), (0, 1)):
        if scale and "gaussian" not in similarity:
            continue
        for shape in SHAPES[dims]:
            if pool != "none" and min(shape[-2:]) < 2:
                continue
            options = {"similarity": similarity, "dims": dims, "pool": pool}
            block = NonLocal(6, hidden=4, scale=bool(scale), norm=bool(norm), **options)
            slow = _slow(**options, scale=bool(scale), norm=bool(norm), span="spacetime")
            compare(randomised(block), slow, draw(2, 6, *shape), single=1e-4)


@pytest.mark.parametrize("similarity", SIMILARITIES)
@pytest.mark.parametrize("span", ["space", "time"])
def test_spans(similarity: str, span: str) -> None:
    block = randomised(NonLocal(6, hidden=4, similarity=similarity, dims=3, span=span))
    slow = _slow(similarity, 3, "none", False, True, span)
    for shape in SHAPES[3]:
        x = draw(2, 6, *shape)
        wanted = slow({**dict(block.named_parameters()), **dict(block.named_buffers())}, x)[0]
        torch.testing.assert_close(block(x), wanted, rtol=0, atol=1e-12)


@pytest.mark.parametrize("similarity", SIMILARITIES)
def test_starts_as_the_identity(similarity: str) -> None:
    for norm in (True, False):
        block = NonLocal(6, similarity=similarity, norm=norm)
        x = draw(2, 6, 3, 5).float()
        assert torch.equal(block.train()(x), x)
        assert torch.equal(block.eval()(x), x)
