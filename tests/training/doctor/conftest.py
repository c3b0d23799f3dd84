"""Folders of runs, written by hand."""

import csv
import json

import pytest
import torch
from safetensors.torch import save_file

from saccade.training.config import TrainConfig


@pytest.fixture
def run_folder(tmp_path):
    """Write a run: `run_folder(train_loss=[2, 1], val_loss=[2, 1], events=[...], epochs=2)`."""

    def write(*, events=(), resume=True, best=None, lr=None, columns=None, **options):
        folder = tmp_path / "run"
        folder.mkdir()
        config = TrainConfig(**{"model": "vit_tiny_patch16_224", "lr": 1e-3, **options})
        data = {"source": "pictures", "train": 100}
        told = {"config": config.to_dict(), "data": data}
        (folder / "config.json").write_text(json.dumps(told))
        table = columns or {}
        count = max(map(len, table.values()), default=0)
        rows = [
            {"epoch": n + 1, "lr": lr or 1e-3, "seconds": 30.0}
            | {name: values[n] for name, values in table.items()}
            for n in range(count)
        ]
        with (folder / "metrics.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]) if rows else ["epoch"])
            writer.writeheader()
            writer.writerows(rows)
        lines = [json.dumps(event) + "\n" for event in events]
        (folder / "metrics.jsonl").write_text("".join(lines))
        if resume is not None:
            place = {"epoch": count, "best_epoch": best or count, "skipped": 0}
            card = json.dumps({"training": {"place": place}})
            names = ["w", *(["resume/random/0/cpu"] if resume else [])]
            tensors = {name: torch.zeros(1) for name in names}
            save_file(tensors, folder / "last.safetensors", metadata={"saccade": card})
        return folder

    return write
