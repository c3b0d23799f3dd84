"""The recurrent attention model on MNIST: published weights, and learning it here.

    python benchmarks/ram.py checkpoint MNIST --weights ram_6_8x8_2_model_best.pth.tar
    python benchmarks/ram.py mnist MNIST
    python benchmarks/ram.py translated MNIST

MNIST is a folder with the IDX files of the 60,000 training digits. 10,000 of them, stratified, are
kept to measure by (seed 0 of the split); the other 50,000 are learned from. Errors are told for one
look at each picture, and for the mean over the log-probabilities of ten, whose first glimpses are
spread over the picture, or are each drawn by itself (alone). Training is `saccade train` with the
choices that it makes for these models; in it one look measures, and the best of the epochs is kept
by it. The published weights learned from most of the pictures that measure them here, so theirs is
an error on known pictures.

`translated` puts each digit at a random place of 60 x 60 pixels, at a new one every epoch; those
that measure stay where they are. The paper's model there has 12 x 12 x 3 glimpses too.

Results are kept in benchmarks/results/ram.json after each part, with minutes by the clock and of
the processor (all processes).
"""

import argparse
import json
import resource
import tempfile
import time
from pathlib import Path
from typing import Any

import torch
from rounds import RESULTS, save_json

from saccade.checkpoints.load import load_model
from saccade.data.batches import Batches
from saccade.data.images import open_images
from saccade.data.sets import ImageSet
from saccade.data.transforms import Preprocessing
from saccade.training.config import TrainConfig
from saccade.training.evaluate import evaluate
from saccade.training.run import train

KEPT = 1 / 6  # of 60,000 pictures
LOOKS: dict[str, dict[str, Any]] = {
    "error_1": {"runs": 1},
    "error_10": {"runs": 10},
    "error_10_alone": {"runs": 10, "spread": False},
}
PLANS: dict[str, dict[str, Any]] = {
    "mnist": {"model": "ram_mnist", "source": "{}"},
    "translated": {"model": "ram_translated", "source": "translated-60:{}"},
}
PAPER = {
    "mnist": {"RAM, 6 glimpses of 8x8x1": 1.12, "fully connected": 1.69, "convolutional": 1.21},
    "translated": {
        "RAM, 4 glimpses of 12x12x3": 1.54,
        "RAM, 6 glimpses of 12x12x3": 1.22,
        "RAM, 8 glimpses of 12x12x3": 1.20,
        "fully connected, 256 units": 2.63,
        "convolutional": 1.62,
    },
}


def errors(weights: Path, images: ImageSet) -> dict[str, float]:
    """Measure weights by one look and by ten, in percent."""
    found = {}
    for name, changes in LOOKS.items():
        loaded = load_model(weights, changes=changes)
        pixels = Preprocessing.from_dict(loaded.card.preprocessing)
        scores = evaluate(loaded.model.eval(), Batches(images, pixels, batch_size=200))
        found[name] = round(100 * (1 - scores.accuracy), 2)
    return found


def spent() -> float:
    """Seconds of the processor, those of ended worker processes included."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def checkpoint(arguments: argparse.Namespace) -> dict[str, Any]:
    """Measure the published weights."""
    images = open_images(arguments.folder, val_fraction=KEPT).part("val")
    images = images.subset("val", range(min(arguments.limit or len(images), len(images))))
    told = {"weights": arguments.weights.name, "pictures": len(images)}
    return {**told, **errors(arguments.weights, images)}


def learn(arguments: argparse.Namespace, out: Path) -> dict[str, Any]:
    """Train, and measure the best epoch."""
    plan = PLANS[arguments.part]
    source = plan["source"].format(arguments.folder)
    splits = open_images(source, val_fraction=KEPT)
    if arguments.limit:
        parts = {
            name: splits.part(name).subset(name, range(arguments.limit))
            for name in ("train", "val")
        }
        splits = type(splits)(parts["train"], parts["val"], None, splits.classes)
    config = TrainConfig(
        model=plan["model"], epochs=arguments.epochs, val_fraction=KEPT, seed=arguments.seed,
        workers=arguments.workers, device=arguments.device, out=str(out),
        model_kwargs={"runs": 1, **arguments.options},
    )  # fmt: skip
    clock, used = time.perf_counter(), spent()
    run = train(source, config, splits=splits, progress=show)
    minutes = (time.perf_counter() - clock) / 60, (spent() - used) / 60
    rows = [json.loads(line) for line in (run.folder / "metrics.jsonl").read_text().splitlines()]
    curve = [round(100 * (1 - row["val_accuracy"]), 2) for row in rows if row["event"] == "epoch"]
    chosen = {choice.name: choice.value for choice in run.choices}
    return {
        "model": plan["model"],
        "options": arguments.options,
        "epochs": arguments.epochs,
        "seed": arguments.seed,
        "recipe": {name: chosen[name] for name in ("batch_size", "lr", "ema_decay", "shift")},
        "minutes": round(minutes[0], 1),
        "processor_minutes": round(minutes[1], 1),
        **errors(run.best, splits.part("val")),
        "error_1_by_epoch": curve,
        "paper": PAPER[arguments.part],
    }


def show(event: Any) -> None:
    if event.get("event") == "epoch":
        print({key: event[key] for key in ("epoch", "train_accuracy", "val_accuracy")}, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("part", choices=["checkpoint", *PLANS])
    parser.add_argument("folder")
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--options", type=json.loads, default={}, help="of the model, as JSON")
    parser.add_argument("--limit", type=int, help="pictures of each part, to try the command")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as place:
        part = arguments.part
        row = checkpoint(arguments) if part == "checkpoint" else learn(arguments, Path(place))
    print(json.dumps(row))
    if not arguments.limit:
        path = RESULTS / "ram.json"
        kept = json.loads(path.read_text()) if path.is_file() else {}
        runs = [] if part == "checkpoint" else list(kept.get(part, []))
        same = [one for one in runs if one["seed"] != row["seed"]] if runs else []
        save_json("ram", {**kept, part: row if part == "checkpoint" else [*same, row]})


if __name__ == "__main__":
    main()
