"""How far is `saccade plan` from what happens? Small vision transformers, one thread of a CPU.

    python benchmarks/plan.py                    all, in about ten minutes
    python benchmarks/plan.py --only memory      or speed, or two: two gloo processes

Memory: the most that tensors take at once in a step (forward, backward, clipping, AdamW), weights
and moments included, counted by torch's profiler, against the forecast. The terms of the forecast
were read off traces of other sizes than these. Speed: the peak is the rate of a large product of
matrices and the bandwidth that of a copy, measured in the same rounds; the utilisation is measured
on the first model, and its forecast for the others is compared with their times, medians of rounds
that take turns. Results go to benchmarks/results/plan.json.
"""

import argparse
import dataclasses
import json
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import torch
import torch.nn.functional as F
from rounds import RESULTS, compare, machine, peak_bytes, save_json
from torch import nn

from saccade.models import build
from saccade.training.scale.devices import Device
from saccade.training.scale.memory import Plan, memory
from saccade.training.scale.processes import World, joined
from saccade.training.scale.shape import Shape, shape_of
from saccade.training.scale.sharing import sharded, wrapped
from saccade.training.scale.speed import speed, traffic

NAME = "vit_tiny_patch16_224"
# side, patch, width, depth, heads, pictures, recomputed, precision
CASES = (
    (32, 4, 192, 6, 3, 16, False, "fp32"),
    (32, 4, 192, 6, 3, 16, True, "fp32"),
    (32, 4, 96, 4, 2, 32, False, "fp32"),
    (64, 8, 256, 8, 4, 8, False, "fp32"),
    (96, 8, 160, 10, 5, 4, True, "fp32"),
    (32, 4, 320, 5, 5, 4, False, "fp32"),
    (32, 4, 192, 6, 3, 16, False, "bf16"),
    (64, 8, 256, 8, 4, 8, True, "bf16"),
)


def sizes(case: tuple) -> dict[str, int]:
    side, patch, width, depth, heads, *_ = case
    return {
        "img_size": side,
        "patch_size": patch,
        "embed_dim": width,
        "depth": depth,
        "num_heads": heads,
        "num_classes": 10,
    }


def processor(gemm: float, copy: float, link: float = 1e9) -> Device:
    """What one thread of this machine can do; nothing is assumed beside."""
    return Device(
        name="one thread",
        memory=1e12,
        peak={"fp32": 2 * gemm, "bf16": 2 * gemm},
        bandwidth=copy,
        link=link,
        network=link,
        reserve=0,
        hides=False,
        compute="cpu",
    )


def plan_of(case: tuple, device: Device, **changes: object) -> Plan:
    shape: Shape = shape_of(NAME, sizes(case))
    *_, pictures, again, precision = case
    plan = Plan(
        shape=shape,
        device=device,
        batch=pictures,
        precision=precision,
        grad_checkpointing=again,
        utilisation=1.0,
    )
    return dataclasses.replace(plan, **changes)


def step_of(case: tuple, world: World, strategy: str) -> Callable[[], object]:
    """A step of training, as the loop takes it."""
    side, *_, pictures, again, precision = case
    model = build(NAME, **sizes(case)).train()
    model.set_grad_checkpointing(again)
    sharded(model, world, strategy)
    engine = wrapped(model, world, strategy, torch.device("cpu"))
    weights = list(model.parameters())
    optimizer = torch.optim.AdamW(weights, lr=1e-4, fused=True)
    images = torch.randn(pictures, 3, side, side)
    labels = torch.arange(pictures) % 10

    def step() -> None:
        optimizer.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16"):
            logits = engine(images).float()
            loss = F.cross_entropy(logits, labels)
        loss.backward()
        nn.utils.clip_grad_norm_(weights, 1.0)
        optimizer.step()
        optimizer.zero_grad()

    return step


def held(plan: Plan) -> float:
    """The forecast of a step: the most of all moments but that of measuring."""
    found = memory(plan)
    totals = {found.moment: found.total, **found.others}
    return max(total for name, total in totals.items() if name != "measuring")


def measure_memory() -> list[dict[str, object]]:
    rows = []
    for case in CASES:
        plan = plan_of(case, processor(1, 1))
        before = 12 * plan.shape.parameters + 4 * plan.batch * plan.shape.pixels
        measured = before + peak_bytes(step_of(case, World(), "ddp"))
        rows.append({"case": told(case), "measured": measured, "forecast": held(plan)})
        rows[-1]["error_percent"] = 100 * (held(plan) / measured - 1)
        rows[-1]["error_beside_weights_percent"] = (
            100 * (held(plan) - measured) / (measured - before)
        )
        print(
            f"{told(case):<58}{measured / 1e6:>9.2f} MB, forecast {held(plan) / 1e6:>9.2f}"
            f" ({rows[-1]['error_percent']:+.1f} %)",
            flush=True,
        )
    return rows


def measure_speed(rounds: int) -> dict[str, object]:
    cases = [case for case in CASES if case[-1] == "fp32"]
    compared = compare({told(case): step_of(case, World(), "ddp") for case in cases}, rounds=rounds)
    device = processor(compared.gemm, compared.copy)
    seconds = {case: compared.timings[told(case)].seconds for case in cases}
    first = speed(plan_of(cases[0], device))
    reached = first.computing / (seconds[cases[0]] - first.updating)
    rows = []
    for case in cases:
        wanted = speed(plan_of(case, device, utilisation=reached)).step
        error = 100 * (wanted / seconds[case] - 1)
        rows.append(
            {
                "case": told(case),
                "seconds": seconds[case],
                "forecast": wanted,
                "error_percent": error,
            }
        )
        print(
            f"{told(case):<58}{1000 * seconds[case]:>9.1f} ms, forecast {1000 * wanted:>9.1f}"
            f" ({error:+.1f} %)",
            flush=True,
        )
    rates = {"gemm_gflops": 2e-9 * compared.gemm, "copy_gbs": 1e-9 * compared.copy}
    print(f"utilisation {reached:.2f} of {rates['gemm_gflops']:.0f} GFLOP/s, on the first")
    return {"rows": rows, "utilisation": reached, "rounds": rounds, **rates}


def told(case: tuple) -> str:
    side, patch, width, depth, _, pictures, again, precision = case
    words = f"width {width} depth {depth}, {side} px / {patch}, {pictures} pictures, {precision}"
    return words + ", recomputed" * again


def inside(strategy: str, rounds: int) -> None:
    """One of the processes: times a step, sending, and the memory of the first process."""
    torch.set_num_threads(1)
    case = CASES[5]
    with joined("cpu") as world:
        step = step_of(case, World() if strategy == "apart" else world, strategy)
        step()
        seconds = [_once(step, world) for _ in range(rounds)]
        numbers = torch.ones(plan_of(case, processor(1, 1)).shape.parameters)
        sending = [_once(lambda: world.total(numbers), world) for _ in range(rounds)]
        peak = peak_bytes(step)
        if world.main:
            median = statistics.median
            print(json.dumps({"step": median(seconds), "sum": median(sending), "peak": peak}))


def _once(call: Callable[[], object], world: World) -> float:
    world.wait()
    start = time.perf_counter()
    call()
    world.wait()
    return time.perf_counter() - start


def launched(processes: int, strategy: str, rounds: int) -> dict[str, float]:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port = door.getsockname()[1]
    command = [sys.executable, "-m", "torch.distributed.run", f"--nproc-per-node={processes}"]
    command += ["--master-addr=127.0.0.1", f"--master-port={port}", __file__]
    command += ["--inside", strategy, "--rounds", str(rounds)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=280, check=False)
    lines = [line for line in ran.stdout.splitlines() if line.startswith("{")]
    if not lines:
        raise SystemExit(ran.stderr[-2000:])
    return json.loads(lines[-1])


def measure_two(rounds: int) -> list[dict[str, object]]:
    """Two processes that learn together against two that learn apart at the same time.

    What the link gives is measured by a sum of all gradients.
    """
    case, rows = CASES[5], []
    apart = launched(2, "apart", rounds)
    for strategy in ("ddp", "fsdp"):
        two = launched(2, strategy, rounds)
        plan = plan_of(case, processor(1, 1), gpus=2, batch=2 * case[5], strategy=strategy)
        link = 4 * plan.shape.parameters / two["sum"]  # a ring of two sends all bytes once
        wanted = apart["step"] + traffic(plan) / link
        copies = 1 if strategy == "ddp" else 2
        before = 12 * plan.shape.parameters / copies + 4 * case[5] * plan.shape.pixels
        if strategy == "ddp":
            before += 4 * plan.shape.parameters  # the buckets
        row = {
            "case": f"2 processes, {strategy}: {told(case)}",
            "apart_seconds": apart["step"],
            "seconds": two["step"],
            "forecast": wanted,
            "error_percent": 100 * (wanted / two["step"] - 1),
            "measured_bytes": before + two["peak"],
            "forecast_bytes": held(plan),
            "memory_error_percent": 100 * (held(plan) / (before + two["peak"]) - 1),
        }
        rows.append(row)
        print(
            f"2 processes, {strategy}: {1000 * two['step']:.1f} ms"
            f" (apart: {1000 * apart['step']:.1f}), forecast {1000 * wanted:.1f}"
            f" ({row['error_percent']:+.1f} %);"
            f" {row['measured_bytes'] / 1e6:.2f} MB, forecast {row['forecast_bytes'] / 1e6:.2f}"
            f" ({row['memory_error_percent']:+.1f} %)",
            flush=True,
        )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=("memory", "speed", "two"))
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--inside", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.inside:
        inside(given.inside, given.rounds)
        return
    os.environ.setdefault("KINETO_LOG_LEVEL", "99")
    torch.set_num_threads(1)
    parts = {
        "memory": measure_memory,
        "speed": lambda: measure_speed(given.rounds),
        "two": lambda: measure_two(given.rounds),
    }
    kept = RESULTS / "plan.json"
    found = json.loads(kept.read_text()) if kept.is_file() else {}
    for name in [given.only] if given.only else parts:
        found[name] = {**machine(), "found": parts[name]()}
    save_json("plan", {name: found[name] for name in parts if name in found})


if __name__ == "__main__":
    main()
