"""How much faster and smaller are the mechanisms that read the whole map than the textbook?

    python benchmarks/global_attention.py [--rounds 7] [--threads 2]

The textbook makes every map; ours are the layers of `saccade.create_attention`. Same weights,
inputs, threads and precision for all peers, fp32, checked to agree before anything is timed; see
rounds.py for how. Memory is what lives at once beyond the inputs, the result among it. Results go
to benchmarks/results/global_attention.json.
"""

import argparse
import sys
from collections.abc import Callable

import torch
from rounds import Call, Row, measure, show, write
from torch import Tensor, nn

from saccade import create_attention
from saccade.attention.non_local import non_local_attention, non_local_output

Layer = Callable[[Tensor], Tensor]
CROSS = (1, 512, 97, 97)


def drawn(name: str, channels: int, **options: object) -> nn.Module:
    """A mechanism in eval mode, none of whose weights is zero."""
    generator = torch.Generator().manual_seed(0)
    layer = create_attention(name, channels, **options).eval()
    for parameter in layer.parameters():
        parameter.data.normal_(std=parameter.shape[-1 if parameter.dim() < 2 else 1] ** -0.5,
                               generator=generator)  # fmt: skip
    return layer


def pairs(score: Tensor, theta: Tensor, phi: Tensor, g: Tensor) -> Tensor:
    """Concatenate each query with each key, as the public copies do."""
    left = theta[:, :, None].expand(-1, -1, phi.shape[1], -1)
    both = torch.cat((left, phi[:, None].expand_as(left)), dim=-1)
    return torch.matmul((both @ score).relu() / phi.shape[1], g)


def non_local(block: nn.Module) -> Layer:
    """A non-local block as it is usually written: by the map of all pairs."""

    def run(x: Tensor) -> Tensor:
        theta, phi, g = (
            layer(x).flatten(2).transpose(1, 2) for layer in (block.theta, block.phi, block.g)
        )
        if block.similarity == "concatenation":
            mixed = pairs(block.w_f, theta, phi, g)
        else:
            scores = torch.matmul(theta, phi.transpose(1, 2))
            softmax = block.similarity == "embedded_gaussian"
            mixed = torch.matmul(scores.softmax(-1) if softmax else scores / phi.shape[1], g)
        mixed = mixed.transpose(1, 2)
        return x + block.norm(block.w_z(mixed.reshape(*mixed.shape[:2], *x.shape[2:])))

    return run


def criss_cross(layer: nn.Module) -> Layer:
    """One pass of criss-cross attention by einsum."""

    def run(x: Tensor) -> Tensor:
        q, k, v = layer.query_conv(x), layer.key_conv(x), layer.value_conv(x)
        height = x.shape[2]
        own = torch.eye(height, dtype=torch.bool)[None, :, None]
        columns = torch.einsum("bdij,bdkj->bijk", q, k).masked_fill(own, float("-inf"))
        scores = torch.cat((columns, torch.einsum("bdij,bdik->bijk", q, k)), dim=-1)
        weights = scores.softmax(-1)
        mixed = torch.einsum("bijk,bckj->bcij", weights[..., :height], v)
        mixed = mixed + torch.einsum("bijk,bcik->bcij", weights[..., height:], v)
        return layer.gamma * mixed + x

    return run


def forward(layer: Layer, x: Tensor) -> Call:
    """A call without gradients."""

    def call() -> Tensor:
        with torch.no_grad():
            return layer(x)

    return call


def both(layer: Layer, x: Tensor, parameters: list[Tensor]) -> Call:
    """A call with all gradients."""
    wanted = [x.clone().requires_grad_(), *parameters]
    pull = torch.randn(x.shape, generator=torch.Generator().manual_seed(2))
    return lambda: torch.autograd.grad(layer(wanted[0]), wanted, pull)


def check(row: Row, near: float = 1e-4) -> None:
    """Stop if two peers differ by more than `near` of the largest number; some gradients are 0."""
    found = []
    for call in row.peers.values():
        result = call()
        found.append([result] if isinstance(result, Tensor) else list(result))
    largest = max(float(wanted.abs().max()) for wanted in found[0])
    for mine, wanted in zip(found[1], found[0], strict=True):
        difference = float((mine - wanted).abs().max()) / largest
        if difference > near:
            sys.exit(f"{row.name}: ours is off by {difference:.1e}")


def rows() -> list[Row]:
    """What is compared."""
    found = []
    for similarity, shape in (
        ("embedded_gaussian", (4, 64, 56, 56)),
        ("dot_product", (4, 64, 56, 56)),
        ("concatenation", (1, 64, 28, 28)),
    ):
        block = drawn("non_local", 64, similarity=similarity)
        found += _pair(f"non-local {similarity}", block, non_local(block), shape)
        found.append(_step(block, shape))
    layer = drawn("criss_cross", CROSS[1], recurrence=1)
    found += _pair("criss-cross, one pass", layer, criss_cross(layer), CROSS)
    return found


def _step(block: nn.Module, shape: tuple[int, ...]) -> Row:
    """The attention of a block alone, without its convolutions and its norm."""
    x = torch.randn(shape, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        parts = [layer(x).flatten(2).transpose(1, 2) for layer in (block.theta, block.phi, block.g)]
    options = {"similarity": block.similarity, "score": block.w_f}

    def textbook(_: Tensor) -> Tensor:
        if block.similarity == "concatenation":
            return pairs(block.w_f, *parts)
        return non_local_attention(*parts, **options).output

    def ours(_: Tensor) -> Tensor:
        return non_local_output(*parts, **options)

    peers = {"textbook": forward(textbook, x), "ours": forward(ours, x)}
    return Row(f"non-local {block.similarity} {'x'.join(map(str, shape))} attention alone", peers)


def _pair(name: str, layer: nn.Module, textbook: Layer, shape: tuple[int, ...]) -> list[Row]:
    x = torch.randn(shape, generator=torch.Generator().manual_seed(1))
    size, parameters = "x".join(map(str, shape)), list(layer.parameters())
    peers = {"textbook": textbook, "ours": layer}
    calls = {peer: forward(run, x) for peer, run in peers.items()}
    backs = {peer: both(run, x, parameters) for peer, run in peers.items()}
    return [Row(f"{name} {size} forward", calls), Row(f"{name} {size} forward+backward", backs)]


def main() -> None:
    """Check, run, print and keep the rows."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    kept = []
    for row in rows():
        check(row)
        kept.append(measure(row, rounds=options.rounds))
        show(kept[-1])
    side = CROSS[2] * CROSS[3]
    one = kept[-2].peers["ours"]["peak_bytes"] - 4 * CROSS[1] * side
    print(
        f"criss-cross beside its output: {one / 1e6:.1f} MB;"
        f" the dense map: {4e-6 * side**2:.1f} MB, {4 * side**2 / one:.1f} times as much"
    )
    write("global_attention", kept)


if __name__ == "__main__":
    main()
