"""How much faster and smaller are the local mechanisms than the textbook with its unfolded windows?

    python benchmarks/local_attention.py [--rounds 7] [--threads 2]

Same inputs, threads and precision for all peers, fp32, checked to agree before anything is timed;
see rounds.py for how. Memory is what lives at once beyond the inputs: the result and its gradients
count for all peers. Results go to benchmarks/results/local_attention.json.
"""

import argparse
import sys
from collections.abc import Callable

import aggregation_rows
import torch
import torch.nn.functional as F
from rounds import Call, Row, measure, show, write
from torch import Tensor

from saccade.kernels import using
from saccade.kernels.local_window import local_window

Attend = Callable[[list[Tensor]], Tensor]
HEADS, SIDE = 8, 7
SHAPES = ((1, 64, 56, 56), (8, 256, 28, 28))


def textbook(tensors: list[Tensor]) -> Tensor:
    """Local self-attention as it is usually written: every window of keys and values unfolded."""
    q, k, v, rows, columns = tensors
    b, c, h, w = q.shape
    d, reach = c // HEADS, SIDE // 2
    k, v = (F.pad(x, (reach,) * 4).unfold(2, SIDE, 1).unfold(3, SIDE, 1) for x in (k, v))
    k = k.reshape(b, HEADS, d, h, w, SIDE, SIDE)
    v = v.reshape(b, HEADS, d, h, w, SIDE * SIDE)
    first, second = k.split(d // 2, dim=2)
    first = first + rows.mT.view(d // 2, 1, 1, SIDE, 1)
    second = second + columns.mT.view(d // 2, 1, 1, 1, SIDE)
    k = torch.cat((first, second), dim=2).flatten(-2)
    weights = (q.view(b, HEADS, d, h, w, 1) * k).sum(2).softmax(-1)
    return (weights[:, :, None] * v).sum(-1).view(b, c, h, w)


def ours(wish: str) -> Attend:
    """Local attention by one of our implementations."""

    def attend(tensors: list[Tensor]) -> Tensor:
        q, k, v, rows, columns = tensors
        with using(wish):
            return local_window(q, k, v, (rows, columns), HEADS, SIDE)

    return attend


def forward(attend: Attend, tensors: list[Tensor]) -> Call:
    """A call without gradients."""

    def call() -> Tensor:
        with torch.no_grad():
            return attend(tensors)

    return call


def both(attend: Attend, tensors: list[Tensor], gradient: Tensor) -> Call:
    """A call with the gradients of everything."""
    return lambda: torch.autograd.grad(attend(tensors), tensors, gradient)


def rows() -> list[Row]:
    """Stand-alone self-attention at two sizes, forward and with gradients."""
    found = []
    generator = torch.Generator().manual_seed(0)
    peers: dict[str, Attend] = {"textbook unfold": textbook, "torch tiles": ours("torch")}
    peers["C kernel"] = ours("c")
    for shape in SHAPES:
        d = shape[1] // HEADS
        sizes = (shape, shape, shape, (1, SIDE, d // 2), (1, SIDE, d // 2))
        tensors = [torch.randn(size, generator=generator).requires_grad_() for size in sizes]
        gradient = torch.randn(shape, generator=generator)
        numbers = tensors[0].numel()
        name = "x".join(map(str, shape))
        work = (2 * SIDE * SIDE + SIDE) * numbers  # q·k, the mixing, and q·r by row and column
        calls = {peer: forward(attend, tensors) for peer, attend in peers.items()}
        found.append(Row(f"local_self {name} forward", calls, work, 16 * numbers))
        calls = {peer: both(attend, tensors, gradient) for peer, attend in peers.items()}
        found.append(Row(f"local_self {name} forward+backward", calls, 3 * work, 44 * numbers))
    return found


def check(row: Row, near: float = 1e-4) -> None:
    """Stop if peers disagree by more than `near` of the largest number."""
    results = {}
    for name, call in row.peers.items():
        result = call()
        results[name] = [result] if isinstance(result, Tensor) else list(result)
    first = next(iter(results.values()))
    for name, result in results.items():
        for mine, wanted in zip(result, first, strict=True):
            difference = float((mine - wanted).abs().max() / wanted.abs().max())
            if difference > near:
                sys.exit(f"{row.name}: {name} is off by {difference:.1e}")


def main() -> None:
    """Measure every row, print and keep the numbers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    measured = []
    for row in (*rows(), *aggregation_rows.rows()):
        check(row)
        measured.append(measure(row, rounds=options.rounds))
        show(measured[-1])
    write("local_attention", measured)


if __name__ == "__main__":
    main()
