"""Aggregation by `aggregation.c`: what it is given, and the room it works in.

Axes: b batch, c channels, h height, w width, groups of channels that share weights, j the k²
    positions of a window.
Cost: memory for padded copies of the maps that are read and, for the gradient, for the same maps
    once more with a halo for each band of rows.
"""

import ctypes
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from saccade.errors import ConfigError
from saccade.kernels import compiler
from saccade.kernels.operators import Windows
from saccade.layers.neighbours import reflected

SOURCE = "aggregation.c"
KINDS = ("given", "relation", "pairwise", "moments")
SIMILARITIES = ("product", "squared", "absolute")
_NAMES = {torch.float32: "float", torch.float64: "double"}
_LINE = 16  # most numbers of a vector; lines of windows are read in whole vectors
_TASKS = 16  # bands of rows that are wanted for all threads together


def _structure(name: str, fields: Mapping[str, str]) -> type[ctypes.Structure]:
    """A C structure of 64-bit numbers or of pointers."""
    kinds = {"number": ctypes.c_int64, "pointer": ctypes.c_void_p}
    listed = [(field, kinds[kind]) for kind, names in fields.items() for field in names.split()]
    return type(name, (ctypes.Structure,), {"_fields_": listed})


Shape = _structure(
    "Shape",
    {
        "number": "kind images channels groups interleaved share oh ow k stride dilation "
        "rows pitch left compared hidden products dot similarity masked bands tall threads"
    },
)
Padding = _structure(
    "Padding", {"number": "images channels h w rows pitch bands tall step threads"}
)
Data = _structure(
    "Data",
    {
        "pointer": "given left right values prior shift first middle second at start outside "
        "out kept gradient d_given d_left d_right d_values d_small sums pivot"
    },
)


@dataclass(frozen=True)
class Padded:
    """How maps of a size are padded for their windows.

    Columns are sorted by their remainder modulo the stride, so that neighbouring windows read
    neighbouring columns.

    Args:
        windows: the windows.
        size: (h, w) of the maps.
    """

    windows: Windows
    size: tuple[int, int]

    @cached_property
    def count(self) -> tuple[int, int]:
        """Rows and columns of windows."""
        return self.windows.count(self.size[0]), self.windows.count(self.size[1])

    @cached_property
    def part(self) -> int:
        """Columns of one remainder."""
        reach = 2 * self.windows.reach // self.windows.stride
        return -(-self.count[1] // _LINE) * _LINE + reach + 1

    @cached_property
    def rows(self) -> Tensor:
        """Which row of the map each padded row is, -1 for none."""
        span = (self.count[0] - 1) * self.windows.stride + 2 * self.windows.reach + 1
        return self._sources(torch.arange(span), self.size[0])

    @cached_property
    def columns(self) -> Tensor:
        """Which column of the map each padded column is, -1 for none."""
        stride, span = self.windows.stride, self.count[1]
        span = (span - 1) * stride + 2 * self.windows.reach + 1
        at = torch.arange(stride)[:, None] + stride * torch.arange(self.part)
        found = self._sources(at.flatten(), self.size[1])
        return torch.where(at.flatten() < span, found, -1)

    @cached_property
    def at(self) -> Tensor:
        """Padded column of the j-th column of the first window."""
        x = torch.arange(self.windows.kernel_size) * self.windows.dilation
        return x % self.windows.stride * self.part + x // self.windows.stride

    def outside(self, like: Tensor) -> Tensor:
        """Per padded column 0, or a large negative number beyond the border."""
        return torch.where(self.columns < 0, -1e30, 0.0).to(like.dtype)

    def _sources(self, padded: Tensor, size: int) -> Tensor:
        positions = padded - self.windows.reach
        if self.windows.boundary == "reflect":
            return reflected(positions, size)
        return torch.where((positions >= 0) & (positions < size), positions, -1)


@dataclass(frozen=True, kw_only=True)
class Sums:
    """One aggregation, ready to run.

    Args:
        kind: of `KINDS`.
        like: a tensor of the images, precision and device of all of them.
        padded: how maps are padded.
        groups: of channels.
        channels: of the values.
        left: channels of what windows compare; 0 for given weights.
        hidden: units of the pairwise mapping.
        products: how many of the leading compared channels are multiplied.
        dot: whether they are added up.
        similarity: of `SIMILARITIES`.
    """

    kind: str
    like: Tensor
    padded: Padded
    groups: int = 0
    channels: int = 0
    left: int = 0
    hidden: int = 0
    products: int = 0
    dot: bool = False
    similarity: str = "product"

    @property
    def compared(self) -> int:
        """Channels of what is compared."""
        return self.left - (self.products - 1 if self.dot else 0)

    @cached_property
    def library(self) -> ctypes.CDLL:
        """The compiled source.

        Raises:
            ConfigError: there is none, or the numbers are not in single or double precision.
        """
        library = compiler.library(SOURCE)
        if library is None:
            why = compiler.reason(SOURCE)
            raise ConfigError("a compiled kernel", why, "kernels.using('torch')")
        if self.like.dtype not in _NAMES or self.like.device.type != "cpu":
            got = f"{self.like.dtype} on {self.like.device}"
            raise ConfigError("float32 or float64 on the CPU", got, "x.float()")
        return library

    @cached_property
    def tall(self) -> int:
        """Rows of windows in a band of the gradient; it does not depend on the threads."""
        height, reach = self.padded.count[0], self.padded.windows.reach
        thinnest = max(1, 2 * reach // self.padded.windows.stride)
        bands = max(1, min(-(-_TASKS // max(1, len(self.like))), height // thinnest))
        return -(-height // bands)

    @property
    def halo(self) -> int:
        """Padded rows that a band reads."""
        return (self.tall - 1) * self.padded.windows.stride + 2 * self.padded.windows.reach + 1

    @property
    def bands(self) -> int:
        """Bands of an image."""
        return -(-self.padded.count[0] // self.tall)

    def pad(self, x: Tensor) -> Tensor:
        """Give a map (b c h w) as (b c rows columns)."""
        rows, columns = self.padded.rows, self.padded.columns
        to = x.new_empty(*x.shape[:2], len(rows), len(columns))
        self._call("pad", self._padding(x.shape[1]), x.contiguous(), rows, columns, to)
        return to

    def unpad(self, bands: Tensor) -> Tensor:
        """The gradient of `pad`, out of one of each band (b bands c rows columns)."""
        to = bands.new_zeros(bands.shape[0], bands.shape[2], *self.padded.size)
        padding = self._padding(bands.shape[2])
        self._call("unpad", padding, bands, self.padded.rows, self.padded.columns, to)
        return to

    def new_bands(self, channels: int) -> Tensor:
        """Zeros for `unpad`."""
        sizes = (self.halo, len(self.padded.columns))
        return self.like.new_zeros(len(self.like), self.bands, channels, *sizes)

    def run(self, tensors: Mapping[str, Tensor | None]) -> None:
        """Compute; the gradient, if there is one among the tensors.

        Args:
            tensors: what comes in and goes out, by the names of `Data`.
        """
        backward = tensors.get("gradient") is not None
        shape = self._shape(backward)
        fixed = {
            "at": self.padded.at,
            "start": self.padded.rows,
            "outside": self.padded.outside(self.like),
        }
        kept = {name: x if x is None else x.contiguous() for name, x in tensors.items()}
        pointers = {name: _pointer(x) for name, x in {**fixed, **kept}.items()}
        measure = getattr(self.library, f"aggregation_room_{_NAMES[self.like.dtype]}")
        measure.restype = ctypes.c_int64
        size = measure(ctypes.byref(shape), ctypes.c_int64(backward))
        room = torch.empty(size, dtype=torch.uint8)
        self._call("aggregation", shape, Data(**pointers), room)

    def _shape(self, backward: bool) -> ctypes.Structure:
        windows, padded = self.padded.windows, self.padded
        return Shape(
            kind=KINDS.index(self.kind),
            images=len(self.like),
            channels=self.channels,
            groups=self.groups,
            interleaved=windows.layout == "interleaved",
            share=-(-self.channels // max(1, self.groups)),
            oh=padded.count[0],
            ow=padded.count[1],
            k=windows.kernel_size,
            stride=windows.stride,
            dilation=windows.dilation,
            rows=len(padded.rows),
            pitch=len(padded.columns),
            left=self.left,
            compared=self.compared,
            hidden=self.hidden,
            products=self.products,
            dot=self.dot,
            similarity=SIMILARITIES.index(self.similarity),
            masked=windows.boundary == "mask",
            bands=self.bands if backward else padded.count[0],
            tall=self.tall if backward else 1,
            threads=compiler.threads(),
        )

    def _padding(self, channels: int) -> ctypes.Structure:
        return Padding(
            images=len(self.like),
            channels=channels,
            h=self.padded.size[0],
            w=self.padded.size[1],
            rows=len(self.padded.rows),
            pitch=len(self.padded.columns),
            bands=self.bands,
            tall=self.halo,
            step=self.tall * self.padded.windows.stride,
            threads=compiler.threads(),
        )

    def _call(self, name: str, *arguments: Tensor | ctypes.Structure) -> None:
        function = getattr(self.library, f"{name}_{_NAMES[self.like.dtype]}")
        function(*(_pointer(x) if isinstance(x, Tensor) else ctypes.byref(x) for x in arguments))


def _pointer(x: Tensor | None) -> ctypes.c_void_p:
    return ctypes.c_void_p(None if x is None else x.data_ptr())
