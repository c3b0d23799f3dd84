"""Attention as torch computes it: the fused kernel, and softmax over products."""

import math
from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tests.attention.slow_softmax import slow_map
from tests.inspection.shown import seen

Draw = Callable[..., Tensor]
sdpa = F.scaled_dot_product_attention


@pytest.fixture
def qkv(normal: Draw) -> tuple[Tensor, Tensor, Tensor]:
    """Two images, two heads; four queries, five keys."""
    return normal(2, 2, 4, 3), normal(2, 2, 5, 3), normal(2, 2, 5, 3)


FUSED = {
    "positions": lambda q, k, v: sdpa(q, k, v),
    "keywords": lambda q, k, v: sdpa(value=v, key=k, query=q, scale=0.7),
    "mask by position": lambda q, k, v: sdpa(q, k, v, torch.arange(5) < 3 + 0 * k[:, :, :1, :1]),
    "all by position": lambda q, k, v: sdpa(q, k, v, None, 0.0, True),
    "one head of keys": lambda q, k, v: sdpa(q, k[:, :1], v[:, :1], enable_gqa=True),
}


@pytest.mark.parametrize("way", FUSED)
def test_the_fused_kernel(qkv, way: str) -> None:
    output, watch = seen(FUSED[way], *qkv)
    torch.testing.assert_close(output, FUSED[way](*qkv), atol=0, rtol=0)
    (reading,) = watch.readings
    wanted = slow_map(reading.queries, reading.keys, reading.added, reading.scale, reading.causal)
    torch.testing.assert_close(watch.maps[0].double(), wanted, atol=1e-6, rtol=0)
    uniform = torch.full(reading.shape, 1 / 5)
    changed, _ = seen(FUSED[way], *qkv, change=lambda rows: uniform)
    values = qkv[2][:, :1] if way == "one head of keys" else qkv[2]
    average = values.mean(2, keepdim=True).expand(2, 2, 4, 3)
    torch.testing.assert_close(changed, average, atol=1e-6, rtol=0)


@pytest.mark.parametrize(
    ("q", "k", "shape"),
    [
        ((1, 2, 4, 3), (3, 2, 5, 3), (3, 2, 4, 5)),  # the same questions to each image
        ((3, 1, 4, 3), (3, 2, 5, 3), (3, 2, 4, 5)),
        ((3, 2, 4, 3), (1, 2, 5, 3), (3, 2, 4, 5)),
        ((3, 2, 4, 3), (3, 1, 5, 3), (3, 2, 4, 5)),
        ((2, 4, 3), (3, 2, 5, 3), (3, 2, 4, 5)),
        ((3, 2, 4, 3), (2, 5, 3), (3, 2, 4, 5)),
        ((1, 4, 3), (3, 5, 3), (3, 1, 4, 5)),
        ((4, 3), (5, 3), (1, 1, 4, 5)),
        ((3, 7, 2, 4, 3), (3, 7, 2, 5, 3), (21, 2, 4, 5)),
        ((1, 7, 2, 4, 3), (3, 1, 2, 5, 3), (21, 2, 4, 5)),
    ],
)
def test_shapes_that_the_kernel_spreads(normal: Draw, q, k, shape) -> None:
    q, k, v = normal(*q), normal(*k), normal(*k)
    output, watch = seen(lambda x, q, k, v: sdpa(q, k, v), torch.zeros(3, 1), q, k, v)
    torch.testing.assert_close(output, sdpa(q, k, v), atol=0, rtol=0)
    assert (watch.readings[0].shape, watch.maps[0].shape) == (shape, shape)
    every = (*torch.broadcast_shapes(q.shape[:-2], k.shape[:-2]), 4, 5)
    wanted = (q @ k.mT / math.sqrt(3)).softmax(-1).expand(every).reshape(shape)
    torch.testing.assert_close(watch.maps[0], wanted, atol=1e-6, rtol=0)
    again, _ = seen(
        lambda x, q, k, v: sdpa(q, k, v), torch.zeros(3, 1), q, k, v, change=lambda rows: rows
    )
    torch.testing.assert_close(again, output, atol=1e-6, rtol=0)


SCORES = {
    "matmul": lambda q, k: torch.matmul(q, k.mT),
    "method": lambda q, k: q.matmul(k.mT),
    "sign": lambda q, k: q @ k.mT * 0.5,
    "einsum": lambda q, k: torch.einsum("bhid,bhjd->bhij", q, k),
    "mask added": lambda q, k: q @ k.mT / 3 + torch.arange(5.0),
    "mask filled": lambda q, k: (q @ k.mT).masked_fill(torch.arange(5) > 3, -math.inf),
    "in place": lambda q, k: (q @ k.mT).mul_(0.5).add_(torch.arange(5.0)),
    "one of two": lambda q, k: torch.cat([q @ k.mT, q @ k.mT], 1).chunk(2, 1)[1],
    "unbound": lambda q, k: torch.stack([q @ k.mT, q @ k.mT]).unbind(0)[0],
    "bmm": lambda q, k: torch.bmm(q.flatten(0, 1), k.flatten(0, 1).mT),
    "bmm method": lambda q, k: q.flatten(0, 1).bmm(k.flatten(0, 1).mT),
    "baddbmm": lambda q, k: torch.baddbmm(
        torch.ones(1, 4, 5), q.flatten(0, 1), k.flatten(0, 1).mT, beta=0.5, alpha=0.3
    ),
}
SOFTMAX = {
    "method": lambda x, dim: x.softmax(dim),
    "keyword": lambda x, dim: x.softmax(dim=dim, dtype=torch.float32),
    "torch": lambda x, dim: torch.softmax(x, dim),
    "functional": lambda x, dim: F.softmax(input=x, dim=dim),
    "special": lambda x, dim: torch.special.softmax(x, dim),
    "module": lambda x, dim: nn.Softmax(dim)(x),
    "positive": lambda x, dim: x.softmax(x.dim() + dim),
    "keys first": lambda x, dim: x.mT.softmax(dim - 1).mT,
}


@pytest.mark.parametrize(
    ("scores", "way"), [(one, "method") for one in SCORES] + [("sign", one) for one in SOFTMAX]
)
def test_a_softmax_over_products(qkv, scores: str, way: str) -> None:
    def attend(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        weights = SOFTMAX[way](SCORES[scores](q, k), -1)
        return (weights.reshape(2, 2, 4, 5) @ v).transpose(1, 2)

    output, watch = seen(attend, *qkv)
    torch.testing.assert_close(output, attend(*qkv), atol=0, rtol=0)
    (rows,) = watch.maps
    wanted = SCORES[scores](*qkv[:2]).softmax(-1).reshape(2, 2, 4, 5)
    torch.testing.assert_close(rows, wanted, atol=1e-6, rtol=0)
    first = torch.eye(5)[0].expand(2, 2, 4, 5)  # every query reads the first key
    changed, _ = seen(attend, *qkv, change=lambda rows: first)
    torch.testing.assert_close(changed, qkv[2][:, :, :1].expand(2, 2, 4, 3).transpose(1, 2))


def test_gradients_flow(qkv) -> None:
    for way in (sdpa, lambda q, k, v: (q @ k.mT).softmax(-1) @ v):
        for change in (None, lambda rows: rows * 0.5):
            q, k, v = (x.clone().requires_grad_() for x in qkv)
            output, _ = seen(way, q, k, v, change=change)
            output.square().sum().backward()
            assert all(float(x.grad.abs().max()) > 1e-3 for x in (q, k, v))


@pytest.mark.parametrize("change", [None, lambda rows: rows])
def test_autocast(qkv, change) -> None:
    for way in (sdpa, lambda q, k, v: (q @ k.mT).softmax(-1) @ v):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            plain, (output, watch) = way(*qkv), seen(way, *qkv, change=change)
        assert (output.dtype, len(watch.maps)) == (plain.dtype, 1)
        torch.testing.assert_close(output, plain, atol=2e-2 if change else 0, rtol=0)


def test_dropout_while_training_keeps_the_map(qkv) -> None:
    torch.manual_seed(0)
    plain = sdpa(*qkv, dropout_p=0.5)
    torch.manual_seed(0)
    output, watch = seen(lambda q, k, v: sdpa(q, k, v, dropout_p=0.5), *qkv)
    torch.testing.assert_close(output, plain, atol=0, rtol=0)
    assert watch.readings[0].output is None
    torch.testing.assert_close(watch.maps[0].sum(-1), torch.ones(2, 2, 4))
