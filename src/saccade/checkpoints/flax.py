"""How Flax lays out the arrays of attention layers, and names of blocks that were scanned.

Axes: d features of a token, h heads, e features of a head, r width of an output.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from saccade.checkpoints.mapping import Reshape, Sizes, Stack

_ENDING = re.compile(r"(encoderblock)/(.+)")


@dataclass(frozen=True, slots=True)
class ToHeads:
    """A projection into heads: kernel (d h e), bias (h e); ours (h·e d) and (h·e).

    `heads` must be among the sizes when it is written.
    """

    def read(self, parts: Sequence[Tensor], sizes: Sizes) -> list[Tensor]:
        """Put the heads side by side."""
        return [part.flatten(1).T if part.ndim == 3 else part.flatten() for part in parts]

    def write(self, parts: Sequence[Tensor], sizes: Sizes) -> list[Tensor]:
        """Cut the features into heads."""
        heads = sizes["heads"]
        return [
            part.T.reshape(part.shape[1], heads, -1) if part.ndim == 2 else part.reshape(heads, -1)
            for part in parts
        ]


@dataclass(frozen=True, slots=True)
class FromHeads:
    """The projection out of heads: kernel (h e r); ours (r h·e).

    `heads` must be among the sizes when it is written.
    """

    def read(self, parts: Sequence[Tensor], sizes: Sizes) -> list[Tensor]:
        """Put the heads side by side."""
        return [part.flatten(0, 1).T for part in parts]

    def write(self, parts: Sequence[Tensor], sizes: Sizes) -> list[Tensor]:
        """Cut the features into heads."""
        return [part.T.reshape(sizes["heads"], -1, part.shape[0]) for part in parts]


@dataclass(frozen=True, slots=True)
class Squeezed:
    """A dense kernel (in out) or bias (out) among axes of length one; ours (out in) and (out)."""

    def read(self, parts: Sequence[Tensor], sizes: Sizes) -> list[Tensor]:
        """Drop the axes of length one."""
        return [part.squeeze().T if part.squeeze().ndim == 2 else part.flatten() for part in parts]

    def write(self, parts: Sequence[Tensor], sizes: Sizes) -> list[Tensor]:
        """Give them without such axes, which every reader takes."""
        return [part.T if part.ndim == 2 else part for part in parts]


TO_HEADS = ToHeads()
FROM_HEADS = FromHeads()
QKV = Stack(3, TO_HEADS)
KV = Stack(2, TO_HEADS)
SQUEEZED = Squeezed()
ALONG_CHANNELS = Reshape((-1,), (1, 1, 1, -1))  # the norms of Google's residual networks


def unscan(state: Mapping[str, Tensor]) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Cut arrays that hold all blocks of an encoder, one after another, into one for each block.

    "…/encoderblock/x" (l …) becomes "…/encoderblock_0/x" (…), "…/encoderblock_1/x" and so on; they
    are views.

    Args:
        state: by name.

    Returns:
        The weights, and for each name the name that it came from.
    """
    found: dict[str, Tensor] = {}
    origin: dict[str, str] = {}
    for name, value in state.items():
        if _ENDING.search(name) is None or value.ndim == 0:
            found[name], origin[name] = value, name
            continue
        for number, part in enumerate(value):
            one = _ENDING.sub(rf"\1_{number}/\2", name)
            found[one], origin[one] = part, name
    return found, origin


def scan(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Put the arrays of all blocks of an encoder together, as `unscan` takes them apart.

    Args:
        state: by name.
    """
    numbered = re.compile(r"encoderblock_(\d+)/")
    blocks: dict[str, dict[int, Tensor]] = {}
    found: dict[str, Tensor] = {}
    for name, value in state.items():
        number = numbered.search(name)
        if number is None:
            found[name] = value
        else:
            together = numbered.sub("encoderblock/", name)
            blocks.setdefault(together, {})[int(number[1])] = value
    for name, parts in blocks.items():
        found[name] = torch.stack([parts[number] for number in sorted(parts)])
    return found
