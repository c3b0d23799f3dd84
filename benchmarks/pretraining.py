"""Does a masked autoencoder learn features worth having from 9,000 pictures without labels?

    python benchmarks/pretraining.py FOLDER [--epochs 20] [--seeds 0 1 2]

FOLDER has train/ and dev/ with a folder for each class (CIFAR-10, 9,000 and 1,000 pictures). A
vision transformer (dim 60, depth 4, patch 4, 32 px) learns from the pictures of train alone, with
the options that `saccade train FOLDER --objective mae` chooses, epochs aside. Then a linear probe
of its features that do not learn any more is fitted on train and judged on dev, beside the same
network with its first weights. Features: the class token, and the mean of the patches. Results go
to benchmarks/results/pretraining.json.
"""

import argparse
import json
import statistics
import tempfile
from pathlib import Path
from typing import Any

import torch
from rounds import RESULTS, save_json

from saccade.data.batches import Batches
from saccade.data.images import open_images
from saccade.models import build
from saccade.models.classifier import Classifier
from saccade.predict import load
from saccade.training.config import TrainConfig
from saccade.training.measures.features import Reading, features_of
from saccade.training.measures.judging import Judge, judge_features
from saccade.training.run import train

SIZES: dict[str, Any] = {"embed_dim": 60, "depth": 4, "num_heads": 3}
NAME = "vit_tiny_patch16_224"
TAKES = ("cls", "mean")


def judged(model: Classifier, batches: dict[str, Batches]) -> dict[str, float]:
    """Probe features: accuracy on dev in percent for each way to read them."""
    found = {}
    for take in TAKES:
        known, asked = (
            features_of(model, batches[part], reading=Reading(take=take))
            for part in ("train", "val")
        )
        score = judge_features(known, asked, Judge(), classes=10, seed=0)
        found[take] = round(100 * score.accuracy, 2)
    return found


def measured(source: str, epochs: int, seed: int, out: Path) -> dict[str, Any]:
    """Pre-train once; judge the network before and after."""
    config = TrainConfig(
        objective="mae", model=NAME, img_size=32, patch_size=4, model_kwargs=SIZES, epochs=epochs,
        val_fraction=0.0, seed=seed, threads=1, out=str(out),
    )  # fmt: skip
    run = train(source, config)
    rows = [json.loads(line) for line in (run.folder / "metrics.jsonl").read_text().splitlines()]
    losses = [row["train_loss"] for row in rows if row["event"] == "epoch"]
    learned = load(str(run.last))
    torch.manual_seed(seed)
    fresh = build(NAME, num_classes=10, img_size=32, patch_size=4, **SIZES)
    splits = open_images(source, val_fraction=0.0)
    batches = {
        part: Batches(splits.part(part), learned.preprocessing, batch_size=128)
        for part in ("train", "val")
    }
    row = {
        "seed": seed,
        "epochs": epochs,
        "parameters": sum(parameter.numel() for parameter in fresh.parameters()),
        "loss": [round(losses[0], 4), round(losses[-1], 4)],
        "random": judged(fresh, batches),
        "mae": judged(learned.model, batches),
        "seconds": round(run.seconds),
    }
    print(row, flush=True)
    return row


def summed_up(rows: list[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """Mean and standard deviation over the seeds, and of the gain of each seed."""
    told = {}
    for take in TAKES:
        columns = {kind: [row[kind][take] for row in rows] for kind in ("random", "mae")}
        columns["gain"] = [b - a for a, b in zip(columns["random"], columns["mae"], strict=True)]
        told[take] = {kind: round(statistics.mean(own), 2) for kind, own in columns.items()}
        spread = statistics.stdev(columns["gain"]) if len(rows) > 1 else 0.0
        told[take]["spread of gain"] = round(spread, 2)
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("folder")
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--seeds", type=int, nargs="*", default=[0, 1, 2])
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    path = RESULTS / "pretraining.json"
    with tempfile.TemporaryDirectory() as place:
        for seed in arguments.seeds:
            row = measured(arguments.folder, arguments.epochs, seed, Path(place) / str(seed))
            kept = json.loads(path.read_text())["runs"] if path.is_file() else []
            rows = [r for r in kept if (r["seed"], r["epochs"]) != (seed, arguments.epochs)]
            rows = [r for r in rows if r["epochs"] == arguments.epochs] + [row]
            save_json("pretraining", {"rows": summed_up(rows), "runs": rows})
    print(json.dumps(summed_up(rows), indent=1))


if __name__ == "__main__":
    main()
