"""How good are the features of the pretrained ViT-Tiny on 400 flowers, and how fast is it known?

    python benchmarks/linear_probe.py ../shared/data [--seeds 3] [--threads 2]

The features of all pictures are computed once. Each seed cuts them into five folds anew; the
penalty is chosen on the training folds alone. Rows: what the head sees and the class token beside
the mean of the patches, with features divided by one number or each by its own deviation, and the
votes of 20 neighbours. Results go to benchmarks/results/linear_probe.json.
"""

import argparse
import json
import os
import platform
import statistics
import tempfile
import time
import zipfile
from datetime import date
from pathlib import Path

os.environ.setdefault("GOMP_SPINCOUNT", "1000")  # as the command line does, for busy machines

import torch

from saccade import __version__
from saccade.data.batches import Batches
from saccade.data.images import open_images
from saccade.files import write_text
from saccade.predict import load
from saccade.training.measures.features import Reading, features_of
from saccade.training.measures.judging import Judge, cross_judge

RESULTS = Path(__file__).parent / "results"
NAME = "vit_tiny_patch16_224"
ROWS = (
    ("head", Judge()),
    ("head", Judge(scaling="each")),
    ("cls+mean", Judge()),
    ("cls+mean", Judge(scaling="each")),
    ("head", Judge(method="knn")),
)


def measured(features, judge: Judge, classes: int, seeds: int) -> dict[str, object]:
    """Judge the features in five folds, once for each seed; accuracies in percent."""
    start, cpu = time.perf_counter(), time.process_time()
    scores = [
        cross_judge(features, judge, classes=classes, folds=5, seed=seed) for seed in range(seeds)
    ]
    seconds = (time.perf_counter() - start) / seeds
    found = [100 * score.accuracy for score in scores]
    folds = [100 * share for score in scores for share in score.folds]
    return {
        "method": judge.method,
        "scaling": judge.scaling if judge.method == "linear" else None,
        "accuracy": round(statistics.mean(found), 2),
        "by seed": [round(one, 2) for one in found],
        "deviation of folds": round(statistics.stdev(folds), 2),
        "least fold": round(min(folds), 2),
        "penalties": sorted({penalty for score in scores for penalty in score.penalties}),
        "seconds a seed": round(seconds, 2),
        "processor seconds a seed": round((time.process_time() - cpu) / seeds, 2),
    }


def main() -> None:
    """Compute, judge, print and keep the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("shared", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(next((options.shared / "flowers").glob("*.zip"))) as archive:
            archive.extractall(folder)
        model = load(str(options.shared / f"weights/{NAME}_imagenet1k/{NAME}.safetensors"))
        images = open_images(str(Path(folder) / "train"), val_fraction=0).part("train")
        batches = Batches(images, model.preprocessing, batch_size=32)
        known = {}
        for take, judge in ROWS:
            if take not in known:
                start, cpu = time.perf_counter(), time.process_time()
                found = features_of(model.model, batches, reading=Reading(take=take))
                seconds = time.perf_counter() - start, time.process_time() - cpu
                known[take] = (
                    found,
                    {
                        "seconds of features": round(seconds[0], 2),
                        "processor seconds of features": round(seconds[1], 2),
                    },
                )
            found, took = known[take]
            row = measured(found, judge, len(images.classes), options.seeds)
            rows.append({"features": take, **took, **row})
            print(json.dumps(rows[-1]), flush=True)
    told = {
        "source": "flowers",
        "pictures": len(images),
        "model": NAME,
        "date": date.today().isoformat(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "threads": options.threads,
        "torch": torch.__version__,
        "saccade": __version__,
        "rows": rows,
    }
    write_text(RESULTS / "linear_probe.json", json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    main()
