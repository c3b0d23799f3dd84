"""What does the fused form of attention with relative positions in two dimensions save?

    python benchmarks/augmented_attention.py [--rounds 5] [--threads 1]

The reference tiles the relative logits of rows and of columns over all pairs, as the listing of
the paper does; "broadcast" is what runs while someone listens, "fused" what runs otherwise. fp32, 8
heads of 20 key channels. Results go to benchmarks/results/augmented_attention.json.
"""

import argparse

import torch
from local_attention import both, check, forward
from rounds import Row, measure, show, write
from torch import Tensor

from saccade.attention.augmented_conv import _fused, augmented_attention

SHAPES = ((8, 14, 14), (4, 32, 32), (1, 56, 56))  # images, rows, columns
HEADS, KEYS, VALUES = 8, 20, 4


def tiled(tensors: list[Tensor]) -> Tensor:
    """Every relative logit written out for every pair, twice."""
    q, k, v, rows, columns = tensors
    height, width = q.shape[2:4]
    q = q * KEYS**-0.5
    down, right = (torch.arange(side) for side in (height, width))
    vertical = torch.einsum("bmhwd,hkd->bmhwk", q, rows[down - down[:, None] + height - 1])
    horizontal = torch.einsum("bmhwd,wkd->bmhwk", q, columns[right - right[:, None] + width - 1])
    vertical = vertical[..., :, None].repeat(1, 1, 1, 1, 1, width).flatten(4).flatten(2, 3)
    horizontal = horizontal[..., None, :].repeat(1, 1, 1, 1, height, 1).flatten(4).flatten(2, 3)
    logits = q.flatten(2, 3) @ k.flatten(2, 3).mT + vertical + horizontal
    return logits.softmax(-1) @ v.flatten(2, 3)


def rows() -> list[Row]:
    """Three sizes, forward and with gradients."""
    generator = torch.Generator().manual_seed(0)
    peers = {
        "tiled": tiled,
        "broadcast": lambda tensors: augmented_attention(*tensors).output,
        "fused": lambda tensors: _fused(*tensors),
    }
    found = []
    for images, height, width in SHAPES:
        grid, positions = (images, HEADS, height, width), height * width
        sizes = [(*grid, KEYS), (*grid, KEYS), (*grid, VALUES)]
        sizes += [(2 * height - 1, KEYS), (2 * width - 1, KEYS)]
        tensors = [torch.randn(size, generator=generator).requires_grad_() for size in sizes]
        gradient = torch.randn(images, HEADS, positions, VALUES, generator=generator)
        work = images * HEADS * positions * (positions * (KEYS + VALUES) + KEYS * (height + width))
        name = f"augmented {images}x{height}x{width}"
        calls = {peer: forward(attend, tensors) for peer, attend in peers.items()}
        found.append(Row(f"{name} forward", calls, work))
        calls = {peer: both(attend, tensors, gradient) for peer, attend in peers.items()}
        found.append(Row(f"{name} forward+backward", calls, 3 * work))
    return found


def main() -> None:
    """Measure every row, print and keep the numbers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    measured = []
    for row in rows():
        check(row)
        measured.append(measure(row, rounds=options.rounds))
        show(measured[-1])
    write("augmented_attention", measured)


if __name__ == "__main__":
    main()
