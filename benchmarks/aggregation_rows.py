"""Rows of local_attention.py for vector attention and local relation, beside the textbook.

The textbook unfolds every window of every map, as the public copies do, with the same weights.
"Training" rows are forward and backward while the batch norms learn.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from rounds import Call, Row
from torch import Tensor, nn

from saccade.attention import LocalRelation, VectorAttention
from saccade.kernels import using

SIDE, SIZE = 7, (56, 56)
Apply = Callable[[nn.Module, Tensor], Tensor]


def unfolded(x: Tensor, mode: str) -> Tensor:
    """All windows of a map (b c k² positions)."""
    padded = F.pad(x, (SIDE // 2,) * 4, mode=mode)
    return F.unfold(padded, SIDE).view(*x.shape[:2], SIDE**2, -1)


def textbook_pairwise(layer: VectorAttention, x: Tensor) -> Tensor:
    """Pairwise vector attention with subtraction, as in the authors' tests."""
    b, _, h, w = x.shape
    sides = [torch.linspace(-1, 1, n) for n in (h, w)]
    grid = torch.stack([sides[1].expand(h, w), sides[0][:, None].expand(h, w)])[None]
    place = layer.conv_p(grid)
    far = place.flatten(2)[:, :, None] - unfolded(place, "reflect")
    pairs = layer.conv1(x).flatten(2)[:, :, None] - unfolded(layer.conv2(x), "reflect")
    weights = layer.conv_w(torch.cat([pairs, far.expand(b, -1, -1, -1)], 1)).softmax(2)
    values = unfolded(layer.conv3(x), "reflect").unflatten(1, (-1, weights.shape[1]))
    return (values * weights[:, None]).sum(3).view(b, -1, h, w)


def textbook_patchwise(layer: VectorAttention, x: Tensor) -> Tensor:
    """Patchwise vector attention with concatenation."""
    b, _, h, w = x.shape
    around = unfolded(layer.conv2(x), "reflect").flatten(1, 2)
    patch = torch.cat([layer.conv1(x).flatten(2), around], 1)
    weights = layer.conv_w(patch[:, :, None]).view(b, -1, SIDE**2, h * w)
    values = unfolded(layer.conv3(x), "reflect").unflatten(1, (-1, weights.shape[1]))
    return (values * weights[:, None]).sum(3).view(b, -1, h, w)


def textbook_relation(layer: LocalRelation, x: Tensor) -> Tensor:
    """Local relation with products, groups of neighbouring channels, and the border masked."""
    b, c, h, w = x.shape
    scores = layer.query(x).flatten(2)[:, :, None] * unfolded(layer.key(x), "constant")
    scores = scores + layer.geometry().flatten(1)[:, :, None]
    inside = unfolded(torch.ones(1, 1, h, w), "constant") > 0
    weights = scores.masked_fill(~inside, float("-inf")).softmax(2)
    values = unfolded(x, "constant").unflatten(1, (weights.shape[1], -1))
    return layer.transform((values * weights[:, :, None]).sum(3).view(b, c, h, w))


def ours(wish: str) -> Apply:
    """The layer itself by one of our implementations."""

    def apply(layer: nn.Module, x: Tensor) -> Tensor:
        with using(wish):
            return layer(x)

    return apply


def peers(layer: nn.Module, x: Tensor, textbook: Apply, *, train: bool) -> dict[str, Call]:
    """The three ways to apply a layer, without gradients or with all of them."""
    tensors, gradient = [x, *layer.parameters()], torch.ones_like(layer(x).detach()).cumsum(1)
    # Biases before a batch norm that learns have no gradient but rounding; it is not compared.
    told = [i for i, tensor in enumerate(tensors) if tensor.dim() > 1]

    def call(apply: Apply) -> Call:
        def forward() -> Tensor:
            with torch.no_grad():
                return apply(layer.eval(), x)

        def both() -> tuple[Tensor, ...]:
            out = apply(layer.train(), x)
            found = torch.autograd.grad(out, tensors, gradient, allow_unused=True)
            return tuple(found[i] for i in told)

        return both if train else forward

    named = {"textbook unfold": textbook, "torch": ours("torch"), "C kernel": ours("c")}
    return {name: call(apply) for name, apply in named.items()}


def cases() -> list[tuple[str, nn.Module, int, Apply, int]]:
    """Name, layer, channels of its input, its textbook, multiply-adds of a position and place."""
    vector = {"out_channels": 64, "kernel_size": SIDE}
    wide = {**vector, "relation_channels": 16}
    return [
        # As in the first wide stage of SAN: 16 relations and 8 groups of 64 values.
        (
            "san_pairwise",
            VectorAttention(256, **vector),
            256,
            textbook_pairwise,
            18 * 16 + 128 + 64,
        ),
        ("san_pairwise", VectorAttention(64, **vector), 64, textbook_pairwise, 6 * 4 + 32 + 64),
        (
            "san_patchwise",
            VectorAttention(64, kind="patchwise", **wide),
            64,
            textbook_patchwise,
            16 * 8 + 64 + 64,
        ),
        ("local_relation", LocalRelation(64, kernel_size=SIDE), 64, textbook_relation, 8 + 64),
    ]


def rows() -> list[Row]:
    """Vector attention and local relation at 56x56, k = 7, forward and training."""
    generator, found = torch.Generator().manual_seed(0), []
    positions = SIZE[0] * SIZE[1]
    for name, layer, channels, textbook, each in cases():
        for parameter in layer.parameters():
            nn.init.normal_(parameter, std=channels**-0.5, generator=generator)
        x = torch.randn(1, channels, *SIZE, generator=generator).requires_grad_()
        outside = positions * channels * 64 * (1 if name == "local_relation" else 1.5)
        work = int(SIDE**2 * positions * each + outside)
        least = 4 * positions * (channels + 64)
        title = f"{name} 1x{channels}x56x56"
        for train, what, times in ((False, "forward", 1), (True, "training", 3)):
            calls = peers(layer, x, textbook, train=train)
            found.append(Row(f"{title} {what}", calls, times * work, times * least))
    return found
