"""How fast do pictures become batches? One process, one thread, ours and the usual ways.

    python benchmarks/data_path.py

Photographs of 500 x 375 pixels are written as JPEG files of quality 92, cut out of the two that
scikit-learn brings. Every peer ends with the same thing: a normalised float batch of 32 pictures
of 224 pixels. The first row is torchvision's default training transform, a random crop that is
resized and mirrored at random; the second its evaluation, the shorter side to 256, the middle cut
out; both bilinear. torchvision and timm normalise each picture; "timm, batched" is what its loader
does, 8-bit batches that are normalised whole. Ours also runs without simplejpeg, and in evaluation
both exact and quick. Results go to benchmarks/results/data_path.json.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from rounds import RESULTS, machine
from sklearn.datasets import load_sample_images
from torch import Tensor

from saccade.checkpoints.peer import imported
from saccade.data import jpeg
from saccade.data.augmentation import Augmentation
from saccade.data.batches import Batches, Feed
from saccade.data.geometry import Geometry
from saccade.data.images import picture_files
from saccade.data.transforms import Preprocessing
from saccade.files import write_text

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
PICTURES, WIDTH, HEIGHT, QUALITY = 32, 500, 375, 92
OURS = Preprocessing(crop_pct=0.875, interpolation="bilinear", mean=MEAN, std=STD)
CHANGES = Augmentation(crop_scale=(0.08, 1.0), flip=True)

transforms = imported("torchvision.transforms")
timm = imported("timm.data")
Peer = Callable[[], Tensor]


def write_pictures(folder: Path) -> list[Path]:
    """Cut the photographs of scikit-learn into pictures of one size."""
    photographs = [Image.fromarray(pixels) for pixels in load_sample_images().images]
    chances, paths = np.random.default_rng(0), []
    for number in range(PICTURES):
        photograph = photographs[number % len(photographs)]
        left = int(chances.integers(0, photograph.width - WIDTH + 1))
        top = int(chances.integers(0, photograph.height - HEIGHT + 1))
        paths.append(folder / f"{number:02}.jpg")
        cut = photograph.crop((left, top, left + WIDTH, top + HEIGHT))
        cut.save(paths[-1], quality=QUALITY)
    return paths


def each(paths: list[Path], change: Callable[[Image.Image], Tensor]) -> Tensor:
    """torchvision's and timm's way: picture by picture, then the default collation."""
    loaded = []
    for path in paths:
        with path.open("rb") as file:
            loaded.append(change(Image.open(file).convert("RGB")))
    return torch.utils.data.default_collate(loaded)


def batched(paths: list[Path], change: Callable[[Image.Image], np.ndarray]) -> Tensor:
    """What timm's loader does: an 8-bit batch, normalised whole."""
    loaded = []
    for path in paths:
        with path.open("rb") as file:
            loaded.append((change(Image.open(file).convert("RGB")), 0))
    images, _ = timm.loader.fast_collate(loaded)
    mean = torch.tensor([255 * m for m in MEAN]).view(1, 3, 1, 1)
    std = torch.tensor([255 * s for s in STD]).view(1, 3, 1, 1)
    return images.float().sub_(mean).div_(std)


def ours(
    paths: list[Path], changes: Augmentation | None = None, *, exact: bool = True, fast: bool = True
) -> Peer:
    """Our batches; without `fast` as where simplejpeg is not installed."""
    seed = 0 if changes else None
    batches = Batches(
        picture_files(paths),
        OURS,
        batch_size=len(paths),
        seed=seed,
        augmentation=changes,
        feed=Feed(exact=exact),
    )
    numbers, available = count(), jpeg.available

    def read() -> Tensor:
        jpeg.available = available if fast else lambda: False
        (batch,) = batches.epoch(next(numbers))
        jpeg.available = available
        return OURS.normalize(batch.images)

    return read


def training(paths: list[Path]) -> dict[str, Peer]:
    """Random crops, mirrored at random."""
    tail = [transforms.ToTensor(), transforms.Normalize(MEAN, STD)]
    crop = [transforms.RandomResizedCrop(224), transforms.RandomHorizontalFlip()]
    plain = {"is_training": True, "color_jitter": None, "interpolation": "bilinear"}
    one = timm.create_transform(224, **plain, mean=MEAN, std=STD)
    whole = timm.create_transform(224, **plain, use_prefetcher=True)
    return {
        "torchvision": lambda: each(paths, transforms.Compose(crop + tail)),
        "timm": lambda: each(paths, one),
        "timm, batched": lambda: batched(paths, whole),
        "saccade without simplejpeg": ours(paths, CHANGES, fast=False),
        "saccade": ours(paths, CHANGES),
    }


def evaluation(paths: list[Path]) -> dict[str, Peer]:
    """The shorter side to 256, the middle 224 pixels."""
    tail = [transforms.ToTensor(), transforms.Normalize(MEAN, STD)]
    cut = [transforms.Resize(256), transforms.CenterCrop(224)]
    plain = {"crop_pct": 0.875, "interpolation": "bilinear"}
    one = timm.create_transform(224, **plain, mean=MEAN, std=STD)
    whole = timm.create_transform(224, **plain, use_prefetcher=True)
    return {
        "torchvision": lambda: each(paths, transforms.Compose(cut + tail)),
        "timm": lambda: each(paths, one),
        "timm, batched": lambda: batched(paths, whole),
        "saccade without simplejpeg": ours(paths, fast=False),
        "saccade": ours(paths),
        "saccade, quick": ours(paths, exact=False),
    }


def check(peers: dict[str, Peer]) -> dict[str, float]:
    """How far each peer's batch is from torchvision's, in levels of 255, at most."""
    want = peers["torchvision"]()
    std = torch.tensor(STD).view(1, 3, 1, 1)
    return {name: float(((peer() - want) * std).abs().max() * 255) for name, peer in peers.items()}


def off_pillow(paths: list[Path]) -> dict[str, float]:
    """How many values of a quick evaluation differ from the exact one, and by how much at most."""
    differences = []
    for path in paths:
        image = Image.open(path).convert("RGB")
        exact, _ = OURS.apply(image, Geometry.of(image.size))
        quick, _ = OURS.apply(image, Geometry.of(image.size), exact=False)
        differences.append(np.abs(exact.astype(int) - quick))
    off = np.stack(differences)
    return {"share": float((off > 0).mean()), "levels": int(off.max())}


def measure(name: str, peers: dict[str, Peer], rounds: int) -> dict[str, object]:
    """Let the peers take turns, print, and give the row to keep.

    Time is that of the processor, which others on the machine disturb less than a clock: what one
    core does in a second of its own.
    """
    seconds: dict[str, list[float]] = {peer: [] for peer in peers}
    for call in peers.values():
        call()
    for _ in range(rounds):
        for peer, call in peers.items():
            start = time.process_time()
            call()
            seconds[peer].append(time.process_time() - start)
    reference = seconds[next(iter(peers))]
    row = {}
    print(f"{name}: {rounds} rounds")
    for peer, own in seconds.items():
        ratios = [first / second for first, second in zip(reference, own, strict=True)]
        rate, ratio = PICTURES / statistics.median(own), statistics.median(ratios)
        row[peer] = {
            "pictures_per_second": round(rate, 1),
            "ratio": round(ratio, 3),
            "least": round(min(ratios), 3),
            "most": round(max(ratios), 3),
        }
        spread = f"[{min(ratios):.2f}..{max(ratios):.2f}]"
        print(f"  {peer:<28}{rate:>8.0f} /s {ratio:>6.2f} {spread:>14}", flush=True)
    return {"name": name, "rounds": rounds, "peers": row}


def main() -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--results", type=Path, default=RESULTS)
    options = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        paths = write_pictures(Path(folder))
        told = {
            **machine(),
            "load": round(os.getloadavg()[0], 2),
            "picture": f"{WIDTH}x{HEIGHT} JPEG, quality {QUALITY}, batches of {PICTURES}",
            "simplejpeg": jpeg.available(),
            "levels off torchvision": check(evaluation(paths)),
            "quick off exact": off_pillow(paths),
            "rows": [
                measure("training", training(paths), options.rounds),
                measure("evaluation", evaluation(paths), options.rounds),
            ],
        }
    write_text(options.results / "data_path.json", json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    main()
