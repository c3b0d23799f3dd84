"""Tiny runs of words that any number of processes can share: a script for torchrun."""

import json
import socket
import subprocess
import sys
from pathlib import Path

import torch

from saccade.training.config import TrainConfig
from saccade.training.run import train
from tests.training.words.small import small, source_of

TOTAL = 6  # texts in a step of all processes together
VIT = {"embed_dim": 8, "depth": 1, "num_heads": 2}
READERS = {"model": "vit_tiny_patch16_224", "model_kwargs": VIT, "patch_size": 8}
RUNS = {
    "caption": ("caption", {**READERS, "words": {"dropout": 0.0, "alpha_c": 1.0}}),
    "frozen": ("caption", {"words": {"dropout": 0.0, "tuned": 0}}),
    "hard": ("caption", {**READERS, "words": {"dropout": 0.0, "attention": "hard"}}),
    "translate": ("translate", {"words": {"dropout": 0.0}, "grad_accum": 2}),
    "transformer": (
        "translate",
        {"words": {"writer": "transformer", "embed": None, "heads": 2, "dropout": 0.0}},
    ),
    "ask": ("ask", {**READERS, "words": {"dropout": 0.0}}),
}


def config_of(name: str, out: Path, processes: int) -> TrainConfig:
    """The config of one of `processes`."""
    task, changes = RUNS[name]
    told = {"epochs": 3, "lr": 3e-3, "device": "cpu", "out": str(out), **changes}
    return small(task, batch_size=TOTAL // processes, **told)


def main(name: str, data: str, out: str, processes: str) -> None:
    """Run in one of the processes; the first one writes what it saw."""
    torch.set_num_threads(1)
    losses: list[float] = []

    def show(record) -> None:
        if record["event"] == "step":
            losses.append(record["loss"])

    config = config_of(name, Path(out), int(processes))
    run = train(source_of(Path(data), config.task), config, progress=show)
    if run.main:
        told = {"losses": losses, "metrics": run.metrics}
        Path(out, "told.json").write_text(json.dumps(told))


def launch(name: str, data: Path, out: Path, processes: int) -> dict:
    """Start so many processes by torchrun, wait for them, and read what the first one wrote."""
    out.mkdir()
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port = door.getsockname()[1]
    command = [sys.executable, "-m", "torch.distributed.run", f"--nproc-per-node={processes}"]
    command += ["--master-addr=127.0.0.1", f"--master-port={port}", "-m", __name__]
    command += [name, str(data), str(out), str(processes)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads((out / "told.json").read_text())


if __name__ == "__main__":
    main(*sys.argv[1:])
