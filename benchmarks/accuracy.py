"""How good is the default recipe? Train on a source over several seeds, print accuracy and time.

    python benchmarks/accuracy.py digits
    python benchmarks/accuracy.py ../shared/data/fashion_mnist --seeds 3

Results go to benchmarks/results/accuracy_<name>.json with date, machine and versions.
"""

import argparse
import json
import os
import platform
import statistics
import tempfile
import time
from datetime import date
from pathlib import Path

import torch

from saccade import __version__
from saccade.files import write_text
from saccade.recipes import RECIPES
from saccade.training.config import TrainConfig
from saccade.training.run import train

RESULTS = Path(__file__).parent / "results"


def measure(source: str, seed: int, folder: str) -> dict[str, float]:
    """Train once; give accuracies in percent and seconds, wall clock and processor time."""
    config = RECIPES["digits"].config if source == "digits" else TrainConfig()
    values = {**config.to_dict(), "seed": seed, "out": folder}
    wall, cpu = time.perf_counter(), time.process_time()
    run = train(source, TrainConfig.from_dict(values))
    row = {"seed": seed, "wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu}
    if run.metrics.get("val_accuracy") is not None:
        row["val"] = 100 * run.metrics["val_accuracy"]
    if run.test is not None:
        row["test"] = 100 * run.test.accuracy
    return row


def main() -> None:
    """Run, print and keep the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source")
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(options.seeds):
            rows.append(measure(options.source, seed, folder))
            print("  ".join(f"{key} {value:.2f}" for key, value in rows[-1].items()), flush=True)
    name = Path(options.source).name
    told = {
        "source": name,
        "date": date.today().isoformat(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}",
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "saccade": __version__,
        "rows": rows,
        "mean": {
            key: statistics.mean(row[key] for row in rows) for key in rows[0] if key != "seed"
        },
        "spread": {
            key: max(r[key] for r in rows) - min(r[key] for r in rows)
            for key in rows[0]
            if key != "seed"
        },
    }
    write_text(RESULTS / f"accuracy_{name}.json", json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    main()
