"""The axis alphabet: one letter or word for each axis, everywhere in the library."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

import torch
from torch import Tensor

from saccade.errors import ShapeError

AXES: Mapping[str, str] = MappingProxyType(
    {
        "b": "image",
        "c": "channel",
        "h": "row",
        "w": "column",
        "n": "token",
        "i": "query",
        "j": "key",
        "d": "feature",
        "heads": "head",
        "t": "time",
        "v": "word",
        "k": "kernel",
        "p": "patch",
        "groups": "channel group",
        "xy": "coordinate",
        "xyz": "coordinate in space",
        "r": "pass",
        "s": "scale",
        "box": "edge",
        "windows": "window",
    }
)


def expect(x: Tensor, axes: str, name: str = "the input", **sizes: int) -> None:
    """Check the rank of a tensor, and the size of the axes that are given.

    Args:
        x: the tensor.
        axes: its axes in order, such as "b c h w".
        name: what the tensor is, for the message.
        **sizes: axis name to expected size.

    Raises:
        ShapeError: the rank or one of the sizes differs.
    """
    names = axes.split()
    wanted = {axis: size for axis, size in sizes.items() if axis in names}
    fits = x.dim() == len(names) and all(x.shape[names.index(a)] == s for a, s in wanted.items())
    if not fits:
        detail = "".join(f", {axis}={size}" for axis, size in wanted.items())
        rank = "" if x.dim() == len(names) else f" with {len(names)} axes"
        raise ShapeError(
            f"{name} as ({axes}){rank}{detail}",
            str(tuple(x.shape)),
            f"a tensor whose axes are {', '.join(AXES.get(n, n) for n in names)}",
        )


def expect_dtype(x: Tensor, kind: Literal["floats", "booleans"], name: str = "the input") -> None:
    """Check that a tensor holds floating point numbers, or booleans.

    Raises:
        ShapeError: it holds something else.
    """
    if kind == "floats" and not x.is_floating_point():
        raise ShapeError(f"{name} as floating point numbers", str(x.dtype), "x.float()")
    if kind == "booleans" and x.dtype != torch.bool:
        raise ShapeError(f"{name} as booleans", str(x.dtype), "mask > 0, True where one may read")
