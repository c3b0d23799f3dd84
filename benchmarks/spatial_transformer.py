"""Does a spatial transformer halve the error on distorted digits? CNN against ST-CNN, same budget.

    python benchmarks/spatial_transformer.py MNIST [--device cuda] [--steps 3000]

MNIST is a folder with IDX files of training digits; a tenth of them, split off by class, is
measured and never learned from or chosen by. Four networks (plain, affine, projective, thin-plate)
learn four sets (R, RTS, P, E of `saccade.data.distortions`) with the same steps, batch, optimizer
and course of the rate, and about the same number of parameters: a warped network has fewer filters.
On RTS its output is averaged over 2x2, as in the paper. Digits are distorted anew for each step and
once for measuring; a seed decides first weights, order and distortions, and all networks of a seed
see the same pictures in the same order.

Steps are made here and not by `saccade train`, which draws one picture at a time; the model, the
distortions and the optimizer are the library's. A row is kept after each run in
benchmarks/results/spatial_transformer.json: error of the last weights in percent, and the minutes
that the process computed while it learned. A run that is done is not done again.
"""

import argparse
import json
import math
import time
from collections.abc import Iterator, Mapping
from typing import Any

import torch
import torch.nn.functional as F
from rounds import RESULTS
from torch import Tensor
from word_runs import keep

from saccade.data.distortions import DISTORTIONS
from saccade.data.images import open_images
from saccade.data.sets import ArrayImages, Part
from saccade.models import build
from saccade.models.classifier import Classifier
from saccade.training.optimizers import make_optimizer

NAME = "spatial_transformer"
KEYS = ("steps", "rate", "factor", "distortion", "model", "seed")
NUMBERS = ("error", "parameters", "minutes")
MODELS = ("cnn_mnist", "st_cnn_affine", "st_cnn_projective", "st_cnn_tps")
Data = tuple[Tensor, Tensor]
WARM = 0.05  # share of the steps in which the rate rises


def digits(folder: str, part: Part, device: str) -> Data:
    """Give the digits (n h w) of a part as bytes, and their labels (n)."""
    images = open_images(folder, seed=0, val_fraction=0.1).part(part)
    if not isinstance(images, ArrayImages):
        raise SystemExit("a folder with the IDX files of MNIST")
    pixels = torch.from_numpy(images.pixels[images.rows])
    return pixels.to(device), torch.tensor(images.labels, device=device)


def sizes(name: str, distortion: str) -> dict[str, Any]:
    """Give the options of a model, so that all have about as many parameters."""
    plain, large = name == "cnn_mnist", distortion == "rts"
    filters = 32 if plain else 31 if large else 28
    own: dict[str, Any] = {"filters": (filters, filters), "img_size": 42 if large else 28}
    return own if plain or not large else {**own, "pool": 2}


def ready(pictures: Tensor) -> Tensor:
    """Turn bytes (n h w) into the input of a network (n 1 h w), black at 0."""
    return pictures[:, None].float() / 255


def steps(count: int, given: argparse.Namespace, generator: torch.Generator) -> Iterator[Tensor]:
    """Give which digits each step learns from, every digit once before any comes again."""
    where = generator.device
    order = torch.empty(0, dtype=torch.int64, device=where)
    for _ in range(given.steps):
        while len(order) < given.batch:
            order = torch.cat((order, torch.randperm(count, generator=generator, device=where)))
        yield order[: given.batch]
        order = order[given.batch :]


def share_of(step: int, given: argparse.Namespace) -> float:
    """Give the rate of a step over the highest: a short rise, then half a cosine."""
    warm = max(round(WARM * given.steps), 1)
    if step < warm:
        return (step + 1) / warm
    return (1 + math.cos(math.pi * (step - warm) / max(given.steps - warm, 1))) / 2


def learn(model: Classifier, data: Data, kind: str, seed: int, given: argparse.Namespace) -> None:
    """Train a model on digits that are distorted anew for each step."""
    pictures, labels = data
    generator = torch.Generator(given.device).manual_seed(seed)
    optimizer = make_optimizer(
        model, opt="adamw", lr=given.rate, weight_decay=0.0, localisation_factor=given.factor
    )
    rates = [given.rate * group.get("lr_scale", 1.0) for group in optimizer.param_groups]
    model.train()
    for step, chosen in enumerate(steps(len(pictures), given, generator)):
        for group, rate in zip(optimizer.param_groups, rates, strict=True):
            group["lr"] = rate * share_of(step, given)
        seen = ready(DISTORTIONS[kind](pictures[chosen], generator))
        loss = F.cross_entropy(model(seen), labels[chosen])
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()


@torch.inference_mode()
def error_of(model: Classifier, data: Data, kind: str, given: argparse.Namespace) -> float:
    """Measure the error in percent on digits that are distorted once and for all."""
    pictures, labels = data
    made = DISTORTIONS[kind](pictures, torch.Generator(given.device).manual_seed(10_000))
    model.eval()
    said = [model(ready(some)).argmax(1) for some in made.split(500)]
    return round(100 * float((torch.cat(said) != labels).double().mean()), 3)


def run(
    name: str, kind: str, seed: int, parts: Mapping[Part, Data], given: argparse.Namespace
) -> None:
    """Train and measure one network on one set, and keep the row."""
    torch.manual_seed(seed)
    model = build(name, **sizes(name, kind)).to(given.device)
    before, wall = time.process_time(), time.perf_counter()
    learn(model, parts["train"], kind, seed, given)
    row = {
        "distortion": kind,
        "model": name,
        "seed": seed,
        "steps": given.steps,
        "batch": given.batch,
        "rate": given.rate,
        "factor": given.factor,
        "device": given.device,
        "parameters": sum(one.numel() for one in model.parameters()),
        "minutes": round((time.process_time() - before) / 60, 2),
        "wall minutes": round((time.perf_counter() - wall) / 60, 2),
        "error": error_of(model, parts["val"], kind, given),
    }
    keep(NAME, row, KEYS, NUMBERS)


def done(given: argparse.Namespace) -> set[tuple[Any, ...]]:
    """Give the runs that are kept and had the same options."""
    path = RESULTS / f"{NAME}.json"
    rows = json.loads(path.read_text())["runs"] if path.is_file() else []
    same = ("steps", "batch", "rate", "factor", "device")
    kept = [row for row in rows if all(row[key] == getattr(given, key) for key in same)]
    return {(row["distortion"], row["model"], row["seed"]) for row in kept}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("--models", nargs="*", default=MODELS)
    parser.add_argument("--distortions", nargs="*", default=list(DISTORTIONS))
    parser.add_argument("--seeds", type=int, nargs="*", default=[0, 1, 2])
    parser.add_argument("--steps", type=int, default=1600)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--rate", type=float, default=5e-3)
    parser.add_argument("--factor", type=float, default=1.0, help="the localisation's rate over it")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    wanted: tuple[Part, ...] = ("train", "val")
    parts = {part: digits(given.folder, part, given.device) for part in wanted}
    kept = done(given)
    for seed in given.seeds:
        for kind in given.distortions:
            for name in given.models:
                if (kind, name, seed) not in kept:
                    run(name, kind, seed, parts, given)


if __name__ == "__main__":
    main()
