"""What does criss-cross attention give where a network labels pixels? CamVid, four heads.

    python benchmarks/segmentation.py CAMVID WEIGHTS [--heads R0 R1 R2 non-local] [--seeds 0 1 2]
    python benchmarks/segmentation.py CAMVID WEIGHTS --frozen
    python benchmarks/segmentation.py --cost WEIGHTS

CAMVID is a folder with train/, trainannot/, val/, valannot/ and classes.txt (367 and 101 pictures
of 240 x 180 here), WEIGHTS a ViT-Tiny. The options are those that `saccade train CAMVID --task
segment --checkpoint WEIGHTS` chooses, but for the head and the epochs. All heads see the same
pictures in the same order. The numbers are those of val in the last epoch, not in the best one,
because val would choose it. R0 is the same head without attention. Minutes are of one core. Rows
are kept as they come, in benchmarks/results/segmentation.json.

--frozen reads the third block of twelve instead, and no block learns: so early a patch has not read
much of the picture yet. Those rows go to benchmarks/results/segmentation_frozen.json.

--cost times one step forward and backward of each attention alone, on maps of 97 x 97 positions and
512 channels as in the paper's table, and of the whole network with each head, and counts the memory
that is taken; it goes to benchmarks/results/segmentation_cost.json.
"""

import argparse
import json
import tempfile
from dataclasses import asdict
from functools import partial
from typing import Any

import torch
from rounds import Row, measure, show, write
from torch import nn
from word_runs import keep, trained

from saccade.attention.criss_cross import CrissCrossAttention
from saccade.attention.non_local import NonLocal
from saccade.checkpoints.load import load_model
from saccade.models.ccnet_grid import CCNetGrid, CCNetGridConfig
from saccade.training.config import TrainConfig
from saccade.training.objectives.segment import pixel_loss
from saccade.training.segment_options import SegmentOptions

EPOCHS = 6
HEADS: dict[str, dict[str, Any]] = {
    "R0": {"recurrence": 0},
    "R1": {"recurrence": 1},
    "R2": {"recurrence": 2},
    "non-local": {"context": "non_local"},
}
FROZEN: dict[str, Any] = {"steps": "2", "tuned": 0}
NUMBERS = ("miou", "accuracy", "class_accuracy", "train_loss", "minutes")
SIZE = (272, 368)  # of the images, as the recipe chooses for these pictures


def run(data: tuple[str, str], head: str, seed: int, given: argparse.Namespace) -> dict[str, Any]:
    """Train one head with one seed on CamVid, from weights."""
    camvid, weights = data
    options = SegmentOptions(**HEADS[head], **(FROZEN if given.frozen else {}))
    with tempfile.TemporaryDirectory() as folder:
        config = TrainConfig(
            task="segment",
            checkpoint=weights,
            segment=options,
            epochs=given.epochs,
            seed=seed,
            threads=1,
            device="cpu",
            out=folder,
        )
        done, minutes = trained(camvid, config)
        rows = (done.folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
        epochs_told = [row for row in map(json.loads, rows) if row["event"] == "epoch"]
    last = epochs_told[-1]
    return {
        "head": head,
        "seed": seed,
        "epochs": given.epochs,
        "miou": round(last["val_miou"], 4),
        "accuracy": round(last["val_accuracy"], 4),
        "class_accuracy": round(last["val_class_accuracy"], 4),
        "train_loss": round(last["train_loss"], 4),
        "iou": {name: round(value, 4) for name, value in last["iou"].items()},
        "minutes": minutes,
        "best_miou": round(max(row["val_miou"] for row in epochs_told), 4),
    }


def cost(weights: str, *, channels: int = 512, side: int = 97, batch: int = 8) -> None:
    """Time a step forward and backward of each attention alone, and of each whole network."""
    x = torch.randn(1, channels, side, side, requires_grad=True)
    alone: dict[str, nn.Module] = {
        "non-local": NonLocal(channels, hidden=channels // 2),
        "R1": CrissCrossAttention(channels, recurrence=1),
        "R2": CrissCrossAttention(channels, recurrence=2),
    }
    images = torch.randn(batch, 3, *SIZE)
    labels = torch.randint(0, 11, (batch, *SIZE))
    nets = {head: network(weights, head) for head in ("non-local", "R0", "R1", "R2")}

    def step(part: nn.Module) -> None:
        part(x).sum().backward()

    def learn(net: nn.Module) -> None:
        pixel_loss(net(images), labels).backward()

    rows = [
        Row(
            f"attention, {channels} channels, {side} x {side}",
            {name: partial(step, part) for name, part in alone.items()},
        ),
        Row(
            f"a whole step, {batch} pictures of {SIZE[1]} x {SIZE[0]}",
            {name: partial(learn, net) for name, net in nets.items()},
        ),
    ]
    measured = [measure(row, rounds=5) for row in rows]
    for one in measured:
        show(one)
    write("segmentation_cost", measured)


def network(weights: str, head: str) -> nn.Module:
    """Make the network that a run would train, with 11 classes."""
    loaded = load_model(weights, changes={"img_size": SIZE})
    fields = asdict(loaded.model.config)
    fields.pop("num_classes")
    config = CCNetGridConfig(
        network=loaded.model.name,
        options=fields,
        steps=(5, 8, 11),
        tuned=4,
        num_classes=11,
        width=64,
        **HEADS[head],
    )
    return CCNetGrid(config, loaded.model).train()


def main() -> None:
    """Train the heads, or measure their cost."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("paths", nargs="*")
    parser.add_argument("--heads", nargs="+", choices=tuple(HEADS), default=list(HEADS))
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--frozen", action="store_true")
    parser.add_argument("--cost", action="store_true")
    given = parser.parse_args()
    torch.set_num_threads(1)
    if given.cost:
        cost(given.paths[0])
        return
    name = "segmentation_frozen" if given.frozen else "segmentation"
    for seed in given.seeds:
        for head in given.heads:
            row = run(tuple(given.paths), head, seed, given)
            keep(name, row, ("head", "epochs", "seed"), NUMBERS)


if __name__ == "__main__":
    main()
