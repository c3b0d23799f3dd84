"""What devices can do, as their makers publish it; a forecast is made from these numbers.

Sources: NVIDIA's data sheets of V100, T4, A100, L4, L40S, H100, H200 and HGX B200, and its white
papers of GeForce RTX 3090 and 4090; products of matrices without sparsity, 16-bit numbers added up
in 32 bits.
Memory is what the driver reports, which is less than the name says where a part pays for error
correction. Links count one direction. The network is that of the maker's reference machine (DGX; of
L4, T4 and V100 the largest cloud machines), divided by its devices.
"""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Literal

import torch

from saccade.errors import ConfigError
from saccade.table import Table

Precision = Literal["bf16", "fp16", "fp32"]
GIB = 1 << 30


@dataclass(frozen=True, kw_only=True, slots=True)
class Device:
    """One accelerator, or one processor.

    Args:
        name: as people call it.
        memory: bytes.
        peak: floating point operations a second, by precision; a precision that is not there is
            not computed fast.
        bandwidth: of the memory, bytes a second.
        link: to the other devices of the machine, bytes a second in one direction.
        network: to other machines, a device's share, bytes a second in one direction.
        per_node: devices of a usual machine.
        reserve: bytes that are gone before a tensor is made; assumed.
        hides: whether devices talk while they compute.
        compute: what it computes with.
    """

    name: str
    memory: float
    peak: Mapping[str, float]
    bandwidth: float
    link: float
    network: float
    per_node: int = 8
    reserve: float = GIB
    hides: bool = True
    compute: Literal["cuda", "cpu"] = "cuda"

    @property
    def fastest(self) -> Precision:
        """The precision that is computed fastest, the wider range first."""
        kinds: tuple[Precision, ...] = ("bf16", "fp16", "fp32")
        return max(kinds, key=lambda kind: self.peak.get(kind, 0.0))

    def flops(self, precision: Precision) -> float:
        """Give the peak in a precision.

        Raises:
            ConfigError: the device has no fast way for it.
        """
        if precision not in self.peak:
            known = " or ".join(self.peak)
            raise ConfigError(
                f"a precision that {self.name} computes fast ({known})",
                precision,
                f"--precision {next(iter(self.peak))}",
            )
        return self.peak[precision]


def _gpu(
    name: str, memory: float, half: float, full: float, *speeds: float, per_node: int = 8
) -> Device:
    """Write down a device in GiB, TFLOP/s, and GB/s of memory, link and network."""
    bandwidth, link, network = (1e9 * speed for speed in speeds)
    kinds = ("fp16", "fp32") if name in ("t4", "v100") else ("bf16", "fp16", "fp32")
    return Device(
        name=name,
        memory=memory * GIB,
        peak={kind: 1e12 * (full if kind == "fp32" else half) for kind in kinds},
        bandwidth=bandwidth,
        link=link,
        network=network,
        per_node=per_node,
    )


DEVICES: Table[Device] = Table(
    "device",
    {
        "b200": _gpu("b200", 179, 2250, 75, 7700, 900, 50),
        "h200": _gpu("h200", 140.4, 989, 67, 4800, 450, 50),
        "h100": _gpu("h100", 79.6, 989, 67, 3350, 450, 50),
        "h100-pcie": _gpu("h100-pcie", 79.6, 756, 51, 2000, 64, 25),
        "a100-80": _gpu("a100-80", 80, 312, 19.5, 2039, 300, 25),
        "a100-40": _gpu("a100-40", 40, 312, 19.5, 1555, 300, 25),
        "l40s": _gpu("l40s", 45, 362, 91.6, 864, 32, 12.5),
        "l4": _gpu("l4", 22.5, 121, 30.3, 300, 32, 1.56),
        "t4": _gpu("t4", 15, 65, 8.1, 320, 16, 1.56, per_node=4),
        "v100": _gpu("v100", 16, 125, 15.7, 900, 150, 3.12),
        "rtx-4090": _gpu("rtx-4090", 24, 165, 82.6, 1008, 32, 1.25, per_node=4),
        "rtx-3090": _gpu("rtx-3090", 24, 71, 35.6, 936, 32, 1.25, per_node=4),
    },
)


def find_device(name: str) -> Device:
    """Give a device by its name; "cpu" is the processor of this machine, measured in a second.

    Raises:
        UnknownName: there is none of this name; the nearest are offered.
    """
    return this_processor() if name.lower() == "cpu" else DEVICES[name.lower()]


def this_processor(*, rounds: int = 3, side: int = 768) -> Device:
    """Measure the processor of this machine: a product of matrices, and a copy.

    Processes on one machine talk through its memory; a tenth of the copy's rate is assumed, and
    that nothing is hidden behind computing, since both need the same cores.

    Args:
        rounds: of which the best counts.
        side: of the matrices.
    """
    left, right = torch.ones(side, side), torch.ones(side, side)
    source, target = torch.ones(1 << 22), torch.empty(1 << 22)
    product = min(_seconds(partial(torch.mm, left, right)) for _ in range(rounds))
    copying = min(_seconds(partial(target.copy_, source)) for _ in range(rounds))
    speed = 2 * source.nbytes / copying
    return Device(
        name="cpu",
        memory=float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")),
        peak={"fp32": 2 * side**3 / product},
        bandwidth=speed,
        link=speed / 10,
        network=1.25e9,
        per_node=1,
        reserve=GIB / 4,
        hides=False,
        compute="cpu",
    )


def _seconds(call: partial[torch.Tensor]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start
