"""Does a small vision transformer learn from a teacher on 9,000 pictures? From scratch, 32 px.

    python benchmarks/small_data.py FOLDER

FOLDER has train/ and dev/ with a folder for each class (CIFAR-10, 9,000 and 1,000 pictures). A
vision transformer (dim 60, depth 4, patch 4) and a residual network (16, 32, 64 channels) have
nearly the same number of parameters. Each learns with light changes of the pictures (crop, mirror)
and with all of DeiT's; the transformer also from the residual network of the same seed, by hard
distillation through its second token. Everything else is the same: AdamW, the same rate, epochs and
batch. Each seed has its own first weights, order and changes; the pictures are the same.

A run that is done is not done again: results are kept after each in
benchmarks/results/small_data.json, with accuracy on dev in the last epoch. Runs take one thread;
two calls with other --seeds share the work of two cores and the file.
"""

import argparse
import json
import statistics
import tempfile
from pathlib import Path
from typing import Any

import torch
from rounds import RESULTS, save_json

from saccade.training.config import TrainConfig
from saccade.training.options import AugmentOptions, DistillOptions
from saccade.training.run import train

VIT = {
    "img_size": 32,
    "patch_size": 4,
    "model_kwargs": {"embed_dim": 60, "depth": 4, "num_heads": 3},
}
RESNET = {"model": "resnet14_small_32"}
LIGHT = AugmentOptions(auto="none", jitter=0.0, mixup=0.0, cutmix=0.0, erase=0.0, repeats=1)
DEIT = AugmentOptions(
    auto="rand-m9-mstd0.5-inc1", jitter=0.0, mixup=0.8, cutmix=1.0, erase=0.25, repeats=3
)
PLANS: dict[str, dict[str, Any]] = {
    "resnet, light": {**RESNET, "augment": LIGHT},
    "resnet, deit": {**RESNET, "augment": DEIT},
    "vit, light": {**VIT, "model": "vit_tiny_patch16_224", "augment": LIGHT},
    "vit, deit": {**VIT, "model": "vit_tiny_patch16_224", "augment": DEIT},
    "distilled vit, light": {
        **VIT,
        "model": "deit_tiny_distilled_patch16_224",
        "augment": LIGHT,
    },
    "distilled vit, deit": {**VIT, "model": "deit_tiny_distilled_patch16_224", "augment": DEIT},
}


def run(name: str, seed: int, source: str, arguments: argparse.Namespace, out: Path) -> dict:
    """Train once, and give the numbers of the last epoch."""
    teacher = out / f"resnet, light {seed}" / "1" / "best.safetensors"
    distill = DistillOptions(teacher=str(teacher)) if "distilled" in name else DistillOptions()
    config = TrainConfig(
        **PLANS[name], distill=distill, preset="scratch-small", epochs=arguments.epochs,
        warmup_epochs=arguments.epochs / 10, batch_size=128, lr=1e-3, min_lr=1e-5,
        weight_decay=0.05, smoothing=0.1, clip_grad=1.0, ema_decay=0.0, crop=0.5, shift=0.0,
        zoom=0.0, rotate=0.0, flip=True, seed=seed, threads=1, out=str(out / f"{name} {seed}"),
    )  # fmt: skip
    found = train(source, config)
    rows = [json.loads(line) for line in (found.folder / "metrics.jsonl").read_text().splitlines()]
    last = [row for row in rows if row["event"] == "epoch"][-1]
    start = next(row for row in rows if row["event"] == "start")
    kept = ("train_loss", "train_accuracy", "train_agree")
    values = {key: value for key, value in last.items() if key.startswith("val_") or key in kept}
    return {
        "plan": name,
        "seed": seed,
        "epochs": arguments.epochs,
        "parameters": start["parameters"],
        **values,
        "best_val_accuracy": found.metrics["val_accuracy"],
        "seconds": round(found.seconds),
    }


def done() -> list[dict]:
    """Give the runs that are kept."""
    path = RESULTS / "small_data.json"
    runs: list[dict] = json.loads(path.read_text())["runs"] if path.is_file() else []
    return runs


def same(row: dict, name: str, seed: int, epochs: int | None = None) -> bool:
    """Is this the run of a plan and a seed?"""
    return (row["plan"], row["seed"]) == (name, seed) and epochs in (None, row["epochs"])


def show(runs: list[dict]) -> list[dict[str, Any]]:
    """Sum up the runs of each plan."""
    rows = []
    for name in PLANS:
        own = [100 * row["val_accuracy"] for row in runs if row["plan"] == name]
        if own:
            spread = statistics.stdev(own) if len(own) > 1 else 0.0
            row = {"plan": name, "seeds": len(own), "accuracy": round(statistics.mean(own), 2)}
            rows.append({**row, "spread": round(spread, 2), "each": [round(x, 1) for x in own]})
            print(rows[-1])
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("folder")
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--seeds", type=int, nargs="*", default=[0, 1, 2])
    parser.add_argument("--plans", nargs="*", default=list(PLANS))
    parser.add_argument("--out", type=Path, help="keep the runs here, and the teachers for later")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as place:
        out = arguments.out or Path(place)
        for seed in arguments.seeds:
            for name in arguments.plans:
                if not any(same(row, name, seed, arguments.epochs) for row in done()):
                    row = run(name, seed, arguments.folder, arguments, out)
                    runs = [r for r in done() if not same(r, name, seed)] + [row]
                    save_json("small_data", {"rows": show(runs), "runs": runs})


if __name__ == "__main__":
    main()
