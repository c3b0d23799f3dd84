"""A tiny run that any number of processes can share: a script for torchrun, and its results."""

import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import torch

from saccade.checkpoints.card import Card
from saccade.data.augmentation import Augmentation
from saccade.data.batches import Batches, Feed
from saccade.models import build
from saccade.training.config import TrainConfig
from saccade.training.journal import Journal
from saccade.training.lesson import Lesson
from saccade.training.loop import Loop
from saccade.training.objectives import classify
from saccade.training.randomness import own_randomness
from saccade.training.scale.processes import World, joined
from saccade.training.scale.shares import find_shares
from saccade.training.scale.sharing import sharded
from saccade.training.task import Task
from tests.training.conftest import CLASSES, PIXELS, stripes

TOTAL = 8  # pictures in a step of all processes together


def make_task(world: World, strategy: str, folder: Path, show=None) -> Task:
    """Set up the run in one process; nothing in it draws but the order and the shifts."""
    with own_randomness(0, torch.device("cpu")):
        model = build(
            "vit_tiny_patch16_224",
            img_size=6,
            patch_size=3,
            in_chans=1,
            num_classes=3,
            embed_dim=8,
            depth=2,
            num_heads=2,
            weight_init="jax",
        )
    folder.mkdir(parents=True, exist_ok=True)
    config = TrainConfig(
        epochs=4,
        batch_size=TOTAL // world.size,
        lr=3e-3,
        weight_decay=0.05,
        warmup_epochs=1,
        ema_decay=0.9,
        clip_grad=1.0,
        strategy=strategy,
    )
    lesson = Lesson(model, classify)
    sharded(lesson, world, strategy)
    train = Batches(
        stripes(22),
        PIXELS,
        batch_size=config.batch_size,
        seed=0,
        augmentation=Augmentation(shift=0.2),
        feed=Feed(rank=world.rank, processes=world.size),
    )
    return Task(
        lesson=lesson,
        train=train,
        val=Batches(stripes(9, seed=1, name="val"), PIXELS, batch_size=4),
        config=config,
        card=Card(model="vit_tiny_patch16_224", config={}, classes=CLASSES),
        folder=folder,
        journal=Journal(folder, show=show, silent=not world.main),
        world=world,
    )


def main(strategy: str, folder: str, stop_after: str, die: str) -> None:
    """Run in one of the processes; the first one writes the losses of its steps."""
    torch.set_num_threads(1)
    losses: list[float] = []

    def show(record) -> None:
        if record["event"] == "step":
            losses.append(record["loss"])

    with joined("cpu") as world:
        task = make_task(world, strategy, Path(folder), show)
        loop = Loop(task)
        shares = find_shares(Path(folder) / "last")
        if shares is not None:
            loop.resume_shares(shares)
        if die and world.rank == 1:
            task.lesson.register_forward_pre_hook(lambda *_: _die_at(task, loop, int(die)))
        place = loop.run(stop_after=int(stop_after) or None)
        if world.main:
            told = {"losses": losses, "epoch": place.epoch, "history": place.history}
            (Path(folder) / "told.json").write_text(json.dumps(told))


def _die_at(task: Task, loop: Loop, step: int) -> None:
    if loop.place.step == step:
        os._exit(9)


def launch(
    processes: int, folder: Path, *, strategy: str = "ddp", stop_after: int = 0, die: str = ""
) -> subprocess.CompletedProcess[str]:
    """Start so many processes by torchrun, and wait for them."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port = door.getsockname()[1]
    command = [sys.executable, "-m", "torch.distributed.run", f"--nproc-per-node={processes}"]
    command += ["--master-addr=127.0.0.1", f"--master-port={port}", "-m", __name__]
    command += [strategy, str(folder), str(stop_after), die or ""]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as agent:
        try:
            out, err = agent.communicate(timeout=600)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(agent.pid, signal.SIGKILL)  # its workers too, where it was too slow
    return subprocess.CompletedProcess(command, agent.returncode, out, err)


def told(folder: Path) -> dict:
    """Read what the first process wrote."""
    return json.loads((folder / "told.json").read_text())


if __name__ == "__main__":
    main(*sys.argv[1:], *([""] * (5 - len(sys.argv))))
