"""Comparing callables honestly: one process, rounds that take turns, medians, spread, the limit.

    from rounds import Row, measure, show, write

A `Row` names one computation and the peers that do it; the first peer is the reference. In every
round each peer is called until a tenth of a second has passed, once at least, and the mean is its
time; so are a matrix product and a copy, which say what the machine could do in that minute. A
speed-up is the median of the ratios of one round, its spread their smallest and largest. Memory is
counted by torch's profiler: the most that lives at once beyond what lived before the call, so
scratch counts where it is made as tensors.
"""

import json
import platform
import statistics
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path

import torch

from saccade.files import write_text

Call = Callable[[], object]
RESULTS = Path(__file__).parent / "results"
GEMM, COPY = 1024, 1 << 24  # side of the matrices, floats that are copied
TURN = 0.1  # seconds that a peer is called for in each round


@dataclass(frozen=True)
class Row:
    """One computation, and the ways to do it.

    Args:
        name: what is computed, such as "local 1x64x56x56 k7 forward".
        peers: name to call; the first one is the reference.
        work: multiply-adds of the computation itself, 0 if unknown.
        bytes: bytes that must be read and written at least, 0 if unknown.
    """

    name: str
    peers: Mapping[str, Call]
    work: int = 0
    bytes: int = 0


@dataclass(frozen=True)
class Timing:
    """How one peer did: seconds, and how many times faster than the reference."""

    seconds: float
    ratio: float
    least: float
    most: float


@dataclass(frozen=True)
class Compared:
    """All peers of one comparison, and the machine's two rates in the same rounds."""

    timings: dict[str, Timing]
    gemm: float  # multiply-adds per second
    copy: float  # bytes read and written per second
    rounds: int


@dataclass(frozen=True)
class Measured:
    """A row with its numbers.

    Args:
        name: that of the row.
        limit_seconds: the larger of work at the GEMM rate and bytes at the copy rate.
        bound: which of the two it is.
        peers: per peer: ms, ratio, least, most, peak_bytes, memory_ratio, times_limit.
    """

    name: str
    rounds: int
    gemm_gmacs: float
    copy_gbs: float
    limit_seconds: float
    bound: str
    peers: dict[str, dict[str, float]] = field(default_factory=dict)


def compare(peers: Mapping[str, Call], *, rounds: int = 7, warmup: int = 1) -> Compared:
    """Time calls in turns; ratios are those of one round."""
    rulers = {"gemm": _gemm(), "copy": _copy()}
    for _ in range(warmup):
        for call in (*peers.values(), *rulers.values()):
            call()
    seconds: dict[str, list[float]] = {name: [] for name in (*peers, *rulers)}
    for _ in range(rounds):
        for name, call in {**peers, **rulers}.items():
            seconds[name].append(_seconds(call))
    reference = seconds[next(iter(peers))]
    timings = {}
    for name in peers:
        ratios = [r / s for r, s in zip(reference, seconds[name], strict=True)]
        median = statistics.median(ratios)
        timings[name] = Timing(statistics.median(seconds[name]), median, min(ratios), max(ratios))
    return Compared(
        timings,
        GEMM**3 / statistics.median(seconds["gemm"]),
        8 * COPY / statistics.median(seconds["copy"]),
        rounds,
    )


def peak_bytes(call: Call) -> int:
    """The most memory in tensors that lives at once during a call, beyond what lived before it."""
    call()
    with torch.autograd.profiler.profile(profile_memory=True) as profile:
        kept = call()
    del kept
    events = profile.kineto_results.events()
    memory = [(event.start_ns(), event.nbytes()) for event in events if event.name() == "[memory]"]
    live = most = 0
    for _, change in sorted(memory, key=lambda event: event[0]):
        live += change
        most = max(most, live)
    return most


def gemm_rate(rounds: int = 5) -> float:
    """Multiply-adds per second of a large fp32 matrix product, median."""
    call = _gemm()
    return GEMM**3 / statistics.median(_seconds(call) for _ in range(rounds))


def copy_rate(rounds: int = 5) -> float:
    """Bytes per second, read plus written, of a large copy, median."""
    call = _copy()
    return 8 * COPY / statistics.median(_seconds(call) for _ in range(rounds))


def measure(row: Row, *, rounds: int = 7, warmup: int = 1) -> Measured:
    """Time the peers of a row and weigh their memory."""
    compared = compare(row.peers, rounds=rounds, warmup=warmup)
    by_work, by_bytes = row.work / compared.gemm, row.bytes / compared.copy
    limit = max(by_work, by_bytes)
    peaks = {name: peak_bytes(call) for name, call in row.peers.items()}
    first = peaks[next(iter(peaks))]
    peers = {}
    for name, timing in compared.timings.items():
        peers[name] = {
            "ms": 1000 * timing.seconds,
            "ratio": timing.ratio,
            "least": timing.least,
            "most": timing.most,
            "peak_bytes": peaks[name],
            "memory_ratio": first / max(peaks[name], 1),
            "times_limit": timing.seconds / limit if limit else float("nan"),
        }
    bound = "multiply-adds" if by_work >= by_bytes else "bytes"
    rates = compared.gemm / 1e9, compared.copy / 1e9
    return Measured(row.name, compared.rounds, *rates, limit, bound if limit else "", peers)


def show(measured: Measured) -> None:
    """Print a row: times, ratios with spread, memory, and how far from the limit."""
    limit = f"; limit {1000 * measured.limit_seconds:.2f} ms ({measured.bound})"
    print(
        f"{measured.name}: {measured.rounds} rounds; {measured.gemm_gmacs:.1f} G multiply-adds/s,"
        f" {measured.copy_gbs:.1f} GB/s{limit if measured.bound else ''}"
    )
    print(
        f"  {'':<22}{'ms':>9} {'ratio':>7} {'spread':>15} {'peak MB':>9} {'less':>7} {'x limit':>8}"
    )
    for name, peer in measured.peers.items():
        spread = f"[{peer['least']:.1f}..{peer['most']:.1f}]"
        print(
            f"  {name:<22}{peer['ms']:>9.2f} {peer['ratio']:>7.2f} {spread:>15}"
            f" {peer['peak_bytes'] / 1e6:>9.2f} {peer['memory_ratio']:>7.1f}"
            f" {peer['times_limit']:>8.2f}",
            flush=True,
        )


def machine() -> dict[str, object]:
    """What the numbers were measured on."""
    model = platform.processor()
    facts = Path("/proc/cpuinfo")
    if facts.is_file():
        lines = facts.read_text().splitlines()
        model = next((x.split(": ")[1] for x in lines if x.startswith("model name")), model)
    return {
        "date": date.today().isoformat(),
        "machine": f"{model} ({platform.machine()})",
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
    }


def write(name: str, rows: Iterable[Measured]) -> None:
    """Keep rows as benchmarks/results/<name>.json."""
    save_json(name, {"rows": [asdict(row) for row in rows]})


def save_json(name: str, told: Mapping[str, object]) -> None:
    """Keep numbers as benchmarks/results/<name>.json, with the machine they are from."""
    write_text(RESULTS / f"{name}.json", json.dumps({**machine(), **told}, indent=1) + "\n")


def _seconds(call: Call) -> float:
    calls, start, taken = 0, time.perf_counter(), 0.0
    while taken < TURN:
        kept = call()
        taken, calls = time.perf_counter() - start, calls + 1
        del kept
    return taken / calls


def _gemm() -> Call:
    left, right = torch.rand(GEMM, GEMM), torch.rand(GEMM, GEMM)
    return lambda: left @ right


def _copy() -> Call:
    source, target = torch.rand(COPY), torch.empty(COPY)
    return lambda: target.copy_(source)
