"""Do we compute what timm computed? Logits, class-token attention and rollout on 100 photographs.

    python benchmarks/parity.py ../shared/data

The folder holds imagenet_samples/*.zip with photographs and reference.npz (timm 1.0.31), and
weights/vit_tiny_patch16_224_imagenet1k. Results go to benchmarks/results/parity.json.
"""

import csv
import io
import json
import sys
import tempfile
import zipfile
from datetime import date
from pathlib import Path

import numpy as np
import torch

import saccade
from saccade.files import write_text
from saccade.inspection import rollout, to_grid

RESULTS = Path(__file__).parent / "results"


def main() -> None:
    """Compare, print and keep the largest differences."""
    shared = Path(sys.argv[1])
    weights = shared / "weights/vit_tiny_patch16_224_imagenet1k/vit_tiny_patch16_224.safetensors"
    predictor = saccade.load(weights)
    worst = {"logits": 0.0, "cls_attention": 0.0, "rollout": 0.0}
    right = 0
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(next((shared / "imagenet_samples").glob("*.zip"))) as archive:
            archive.extractall(folder)
        reference = np.load(Path(folder) / "reference.npz")
        table = csv.DictReader(io.StringIO((Path(folder) / "index.csv").read_text()))
        truth = {row["file"]: int(row["class_index"]) for row in table}
        files = [str(name) for name in reference["files"]]
        place = 0
        for view in predictor.look([Path(folder) / name for name in files], batch_size=10):
            attention = view.trace.attention
            maps = to_grid(rollout(attention), view.trace.grid)
            for index, prediction in enumerate(view.predictions):
                expected = torch.from_numpy(reference["logits"][place])
                _grow(worst, "logits", prediction.logits, expected)
                wanted = torch.from_numpy(reference["rollout_mean_heads"][place])
                _grow(worst, "rollout", maps[index], wanted)
                if place < len(reference["attn_first"]):
                    first = torch.from_numpy(reference["attn_first"][place])
                    _grow(worst, "cls_attention", attention[index, :, :, 0], first)
                right += prediction.top[0][1] == truth[files[place]]
                place += 1
    told = {"photographs": place, "top1_percent": 100 * right / place, "largest_difference": worst}
    print(json.dumps(told, indent=1))
    kept = {"date": date.today().isoformat(), "saccade": saccade.__version__, **told}
    write_text(RESULTS / "parity.json", json.dumps(kept, indent=1) + "\n")


def _grow(worst: dict[str, float], name: str, ours: torch.Tensor, reference: torch.Tensor) -> None:
    worst[name] = max(worst[name], float((ours - reference).abs().max()))


if __name__ == "__main__":
    main()
