"""The manifest of a run: all that would be needed to do it again, and what came of it."""

import json
import os
import platform
import shlex
import sys
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from saccade import __version__
from saccade.errors import DataError
from saccade.files import write_text
from saccade.training.config import TrainConfig
from saccade.training.hashes import code_hash, weights_hash

FORMAT = 1
NAME = "manifest.json"
_PACKAGES = ("torch", "numpy", "pillow", "safetensors", "scikit-learn", "simplejpeg")


def start_manifest(
    folder: Path,
    *,
    config: TrainConfig,
    data: Mapping[str, Any],
    source: str,
    weights: Mapping[str, Tensor],
    device: torch.device,
    processes: int = 1,
) -> None:
    """Write down what a run starts with, before its first step.

    Args:
        folder: of the run.
        config: with nothing left open.
        data: hashes of its parts.
        source: where they came from.
        weights: of the model before the first step.
        device: that it computes on.
        processes: that share the run.

    Raises:
        OutputError: the file cannot be written.
    """
    told = {
        "format": FORMAT,
        "command": shlex.join(sys.argv),
        "seed": config.seed,
        "environment": environment(device, processes=processes, threads=config.threads),
        "code": code_hash(),
        "source": source,
        "data": dict(data),
        "config": config.to_dict(),
        "start": {"weights": weights_hash(weights)},
        "resumed": [],
        "end": None,
    }
    _write(folder, told)


def resume_manifest(folder: Path, *, epoch: int, device: torch.device, processes: int = 1) -> None:
    """Write down that a run goes on, and with what; nothing where it has no manifest.

    Args:
        folder: of the run.
        epoch: whole epochs done before.
        device: that it computes on now.
        processes: that share the run now.
    """
    told = _read(folder)
    if told is not None:
        now = {"epoch": epoch, "command": shlex.join(sys.argv), "code": code_hash()}
        told["resumed"] = [
            *told.get("resumed", []),
            {**now, "environment": environment(device, processes=processes)},
        ]
        _write(folder, told)


def finish_manifest(
    folder: Path, *, metrics: Mapping[str, Any], weights: Mapping[str, Tensor], finished: bool
) -> None:
    """Write down what came of a run; nothing where it has no manifest.

    Args:
        folder: of the run.
        metrics: of the best epoch, and on the test part.
        weights: of the last epoch, as they are used.
        finished: all epochs are done, or the run has ended itself.
    """
    told = _read(folder)
    if told is not None:
        hashed = weights_hash(weights)
        told["end"] = {"finished": finished, "metrics": dict(metrics), "weights": hashed}
        _write(folder, told)


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read the manifest of a run.

    Raises:
        DataError: there is none, or it is damaged.
    """
    told = _read(folder)
    if told is None:
        raise DataError(
            f"the manifest of a run at {folder / NAME}",
            "no such file" if not (folder / NAME).exists() else "a damaged one",
            "the folder of a run, such as runs/train/1",
        )
    return told


def environment(
    device: torch.device, *, processes: int = 1, threads: int | None = None
) -> dict[str, str | int]:
    """Tell what computes: versions, system, processor, threads, device.

    Args:
        device: that it computes on.
        processes: that share the run.
        threads: that the run computes with; torch's own number when None.
    """
    return {
        "saccade": __version__,
        **{name: _version(name) for name in _PACKAGES},
        "python": platform.python_version(),
        "system": platform.platform(),
        "processor": _processor(),
        "instructions": torch.backends.cpu.get_cpu_capability(),
        "threads": threads or torch.get_num_threads(),
        "device": _device(device),
        "processes": processes,
    }


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"


def _processor() -> str:
    """Name the processor; Linux tells it in a file, other systems by `platform`."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    name = named[0] if named else platform.processor() or platform.machine()
    return f"{name}, {os.cpu_count()} cores"


def _device(device: torch.device) -> str:
    if device.type != "cuda":
        return str(device)
    return f"cuda {torch.cuda.get_device_name(device)}, CUDA {torch.version.cuda}"


def _read(folder: Path) -> dict[str, Any] | None:
    try:
        told = json.loads((folder / NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return told if isinstance(told, dict) and isinstance(told.get("config"), dict) else None


def _write(folder: Path, told: Mapping[str, Any]) -> None:
    write_text(folder / NAME, json.dumps(told, ensure_ascii=False, indent=1) + "\n")
