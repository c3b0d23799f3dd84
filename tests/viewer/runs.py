"""Folders of runs that were watched, with numbers that are known."""

import csv
import json
import math
from pathlib import Path

import numpy as np
import torch

from saccade.data.transforms import Preprocessing
from saccade.training.watching import lapse
from saccade.training.watching.glance import Glance, LayerSeen
from saccade.training.watching.probe_set import open_probes
from tests.samples import paint

GRID = (2, 3)


def maps_at(epoch: int, layers: int = 2, pictures: int = 2, heads: int = 2) -> torch.Tensor:
    """Maps (layer picture head rows columns), other ones after each epoch."""
    random = np.random.default_rng(epoch)
    rows = random.random((layers, pictures, heads, *GRID), np.float32)
    return torch.from_numpy(rows / (1 + epoch))


def glance_at(epoch: int, layers: int = 2, pictures: int = 2, heads: int = 2) -> Glance:
    """What a model shows after an epoch: head 1.1 reads ever fewer tokens."""
    seen = []
    for number, maps in enumerate(maps_at(epoch, layers, pictures, heads)):
        entropy = torch.full((pictures, heads), math.log(7))
        entropy[:, -1] -= 0.1 * epoch * number
        distance = torch.full((pictures, heads), 8.0 - epoch)
        seen.append(LayerSeen(f"blocks.{number}", 7, maps, entropy, distance, 9.0))
    logits = torch.zeros(pictures, 3)
    logits[:, epoch % 3] = 2.0
    return Glance(tuple(seen), logits)


def watched(folder: Path, epochs=(0, 1, 2, 4), names=("one.png", "two.png"), **sizes) -> Path:
    """Write a run of four epochs that was looked at."""
    pixels = Preprocessing(img_size=(8, 12), crop_mode="squash")
    shown = [paint(12, 8, seed=number) for number in range(len(names))]
    probes = open_probes(shown, pixels)
    probes = type(probes)(tuple(names), probes.pixels)
    about = {"model": "toy", "classes": ["cat", "dog", "고양이"]}
    lapse.write_probes(folder / lapse.FOLDER, probes, about)
    for epoch in epochs:
        found = glance_at(epoch, pictures=len(names), **sizes)
        if sizes.get("layers") == 0:
            found = Glance((), found.logits)
        rest = {"step": 10 * epoch, "weights": "own", "seen": (0, 0, 12, 8)}
        lapse.write_frame(folder / lapse.FOLDER, found, epoch=epoch, **rest)
    rows = [
        {"epoch": n, "train_loss": 2 / n, "train_accuracy": 0.2 * n, "val_loss": 2.5 / n}
        for n in range(1, 5)
    ]
    with (folder / "metrics.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, [*rows[0], "val_accuracy"])
        writer.writeheader()
        writer.writerows({**row, "val_accuracy": 0.15 * row["epoch"]} for row in rows)
    alarm = {"event": "alarm", "epoch": 2, "sentence": "attention collapsed in blocks.1"}
    lines = "".join(json.dumps(event) + "\n" for event in (alarm, alarm))
    (folder / "metrics.jsonl").write_text(lines)
    return folder
