"""A tiny run of DINO that any number of processes can share: a script for torchrun."""

import json
import socket
import subprocess
import sys
from pathlib import Path

import torch

from saccade.checkpoints.card import Card
from saccade.data.batches import Batches, Feed
from saccade.models import build
from saccade.training.config import TrainConfig
from saccade.training.journal import Journal
from saccade.training.loop import Loop
from saccade.training.pretraining.dino import Dino
from saccade.training.pretraining.dino_head import HeadSizes
from saccade.training.pretraining.multi_crop import first_view, views_of
from saccade.training.randomness import own_randomness
from saccade.training.scale.processes import World, joined
from saccade.training.scale.sharing import sharded
from saccade.training.task import Task
from tests.training.conftest import PIXELS, stripes

TOTAL = 8  # pictures in a step of all processes together


def make_task(world: World, strategy: str, folder: Path, show) -> Task:
    """Set up the run in one process."""
    sizes = {"img_size": 6, "patch_size": 3, "in_chans": 1, "embed_dim": 8, "depth": 2}
    with own_randomness(0, torch.device("cpu")):
        model = build("vit_tiny_patch16_224", num_classes=3, num_heads=2, **sizes)
        known = Batches(stripes(22), PIXELS, batch_size=8)
        lesson = Dino(
            model, HeadSizes(hidden=16, bottleneck=128, prototypes=32, reason=""), known=known
        )
    config = TrainConfig(
        epochs=4,
        objective="dino",
        batch_size=TOTAL // world.size,
        patch_size=3,
        lr=3e-3,
        weight_decay=0.04,
        weight_decay_end=0.4,
        warmup_epochs=1,
        clip_grad=0.0,
        flip=True,
        strategy=strategy,
        pretrain={"local_crops": 2, "local_size": 3},
    )
    folder.mkdir(parents=True, exist_ok=True)
    sharded(lesson, world, strategy)
    views = views_of(config, PIXELS)
    train = Batches(
        stripes(22),
        PIXELS,
        batch_size=config.batch_size,
        seed=0,
        augmentation=first_view(config, PIXELS).augmentation,
        feed=Feed(rank=world.rank, processes=world.size, views=views),
    )
    return Task(
        lesson=lesson,
        train=train,
        val=Batches(stripes(9, seed=1, name="val"), PIXELS, batch_size=4),
        config=config,
        card=Card(model="vit_tiny_patch16_224", config={}),
        folder=folder,
        journal=Journal(folder, show=show, silent=not world.main),
        world=world,
    )


def main(strategy: str, folder: str) -> None:
    """Run in one of the processes; the first one writes what it saw."""
    torch.set_num_threads(1)
    losses: list[float] = []

    def show(record) -> None:
        if record["event"] == "step":
            losses.append(record["loss"])

    with joined("cpu") as world:
        task = make_task(world, strategy, Path(folder), show)
        place = Loop(task).run()
        if world.main:
            told = {"losses": losses, "history": place.history}
            (Path(folder) / "told.json").write_text(json.dumps(told))


def launch(processes: int, folder: Path, strategy: str = "ddp") -> dict:
    """Run so many processes by torchrun, and give what the first one wrote."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port = door.getsockname()[1]
    command = [sys.executable, "-m", "torch.distributed.run", f"--nproc-per-node={processes}"]
    command += ["--master-addr=127.0.0.1", f"--master-port={port}", "-m", __name__]
    command += [strategy, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads((folder / "told.json").read_text())


if __name__ == "__main__":
    main(*sys.argv[1:])
