"""How well does a pretrained ViT-Tiny adapt to 400 flowers with the recipe nobody chose, how fast?

    python benchmarks/finetune.py ../shared/data [--seeds 3]

What `saccade finetune WEIGHTS flowers --folds 5 --val-fraction 0` does, once for each seed, which
shares the pictures out anew and gives the order and the changes. Each fold is measured with the
weights of its last epoch, by pictures that chose nothing. Results go to
benchmarks/results/finetune.json.
"""

import argparse
import statistics
import tempfile
import time
import zipfile
from pathlib import Path
from typing import Any

from rounds import save_json

from saccade.data.images import open_images
from saccade.training.config import TrainConfig
from saccade.training.folding import cross_validate
from saccade.training.run import train

NAME = "vit_tiny_patch16_224"


def measured(weights: Path, pictures: Path, seed: int, out: Path) -> dict[str, Any]:
    """Train and measure five folds."""
    config = TrainConfig(checkpoint=str(weights), val_fraction=0.0, seed=seed, out=str(out))
    images = open_images(str(pictures), val_fraction=0.0).part("train")
    start, cpu = time.perf_counter(), time.process_time()
    found = cross_validate(str(pictures), config, images, 5, train=train)
    row = {
        "seed": seed,
        "pictures": len(images),
        "accuracy": round(100 * found.mean, 2),
        "deviation of folds": round(100 * found.spread, 2),
        "folds": [round(100 * one["accuracy"], 2) for one in found.folds],
        "seconds": round(time.perf_counter() - start, 1),
        "processor seconds": round(time.process_time() - cpu, 1),
    }
    print(row, flush=True)
    return row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("shared", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    weights = options.shared / f"weights/{NAME}_imagenet1k/{NAME}.safetensors"
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(next((options.shared / "flowers").glob("*.zip"))) as archive:
            archive.extractall(folder)
        pictures = Path(folder) / "train"
        rows = [
            measured(weights, pictures, seed, Path(folder) / f"run{seed}")
            for seed in range(options.seeds)
        ]
    found = [row["accuracy"] for row in rows]
    mean = round(statistics.mean(found), 2)
    spread = round(statistics.stdev(found), 2) if len(found) > 1 else 0.0
    print(f"{mean} % ({spread})")
    save_json("finetune", {"model": NAME, "accuracy": mean, "spread": spread, "rows": rows})


if __name__ == "__main__":
    main()
