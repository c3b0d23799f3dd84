"""Do non-local blocks carry what a clip showed from its beginning to its end?

    python benchmarks/video.py [MNIST] [--nets NAMES] [--seeds 0 1 2] [--picture FILE]

Clips of eight frames of 32 x 32 pixels: two frames of a moving digit, four of noise, two of another
moving digit. Are both of one class? A C2D network sees two frames at most before it takes the mean,
so it answers by a sum over moments, which cannot be right more often than `limit_of_sums` says.
`nl_c2d` has two non-local blocks besides, `c2d_wide` is C2D with at least as many parameters. All
first learn to read: single frames of one digit, ten classes, STEPS / 4 steps of AdamW; then the
question, STEPS steps. Digits are scikit-learn's, or those of a folder with MNIST's
IDX files, brought to 16 pixels; every fifth is kept for the test. Read: what the cells of the last
digit read in the first non-local block (4 x 4 cells, four moments of two frames), the share of it
that lies in the first moment, over right answers of "same" and of "different"; an even map gives
0.25. Minutes: of one core. A row for each run goes to benchmarks/results/video.json at once.
"""

import argparse
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from sklearn.datasets import load_digits
from torch import Tensor
from word_runs import keep

from saccade.data.idx import read_idx
from saccade.data.moving_digits import SameClips, SameRules, limit_of_sums, moving, same_clips
from saccade.inspection import record
from saccade.inspection.render import overlay
from saccade.models.video_config import VideoResNetConfig
from saccade.models.video_resnet import VideoResNet

RULES = SameRules()
BATCH, TEST, DIGIT, ZOOM, GAP = 32, 2000, 16, 4, 4
SIZES: Mapping[str, Any] = MappingProxyType(
    {"in_chans": 1, "depths": (1, 1, 1, 1), "pool": "none", "drop_rate": 0.0}
)
NETS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "c2d": {"width": 16},
        "c2d_wide": {"width": 19},
        "nl_c2d": {"width": 16, "non_local": 5},
    }
)


class Digits(NamedTuple):
    """Pictures (m h w) and their classes (m)."""

    pictures: Tensor
    labels: Tensor


def read(folder: Path | None) -> tuple[Digits, Digits]:
    """Give the digits to learn from and those of the test."""
    if folder is not None:
        named = ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz")
        bright, labels = (torch.from_numpy(np.array(read_idx(folder / name))) for name in named)
        every = bright.float() / 255
    else:
        found = load_digits()
        every, labels = torch.from_numpy(found.images).float() / 16, torch.from_numpy(found.target)
    every = F.interpolate(every[:, None], (DIGIT, DIGIT), mode="bilinear", antialias=True)[:, 0]
    labels = labels.long()
    kept = torch.arange(len(every)) % 5 == 0
    return Digits(every[~kept], labels[~kept]), Digits(every[kept], labels[kept])


def learn(model: VideoResNet, digits: Digits, steps: int, generator: torch.Generator) -> float:
    """Teach a network to read single frames, or, with two outputs, the question."""
    question = model.config.num_classes == 2
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=0.02)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2e-3, total_steps=steps, pct_start=0.1)
    model.train()
    total = 0.0
    for step in range(steps):
        if question:
            made = same_clips(*digits, BATCH, generator, RULES)
            clips, labels = made.clips, made.same
        else:
            some = torch.randint(len(digits.labels), (4 * BATCH,), generator=generator)
            clips = moving(digits.pictures[some][:, None], RULES.side, 1, generator)[:, None]
            labels = digits.labels[some]
        loss = F.cross_entropy(model(clips), labels)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        rate.step()
        total = loss.item() if not step else 0.98 * total + 0.02 * loss.item()
        if step % 200 == 199:
            print(f"  {step + 1}/{steps} loss {total:.3f}", flush=True)
    model.eval()
    return total


@torch.inference_mode()
def judged(model: VideoResNet, made: SameClips) -> tuple[Tensor, dict[str, float]]:
    """Tell which clips are answered right, and what the cells of the last digit read."""
    right, shares = [], []
    parts = (torch.split(own, 100) for own in (made.clips, made.same, made.corners))
    for clips, same, corners in zip(*parts, strict=True):
        if model.config.non_local:
            with record(model) as trace:
                logits = model(clips)
            shares.append(begun(trace.layers[0], corners))
        else:
            logits = model(clips)
        right.append(logits.argmax(dim=1) == same)
    fine = torch.cat(right)
    if not shares:
        return fine, {}
    begin = torch.cat(shares)
    groups = {"same": made.same == 1, "different": made.same == 0}
    return fine, {
        f"read {name}": round(float(begin[fine & own].mean()), 4) for name, own in groups.items()
    }


def begun(layer: Any, corners: Tensor) -> Tensor:
    """Share of what the cells of the last digit read that lies in the first moment (b)."""
    times = layer.place.keys[0]
    read_by = last_reads(layer, corners)
    return read_by.view(len(read_by), times, -1)[:, 0].sum(dim=1)


def last_reads(layer: Any, corners: Tensor) -> Tensor:
    """What the cells that the last digit covers read, in the mean (b j)."""
    times, rows, columns = layer.place.queries
    cells = torch.stack(torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij"))
    middle = (cells.flatten(1).T + 0.5) * RULES.side / rows
    edge = corners[:, -1, None].float()
    # A digit is two cells wide, so there is always one whose middle it covers.
    inside = ((middle >= edge) & (middle < edge + DIGIT)).all(dim=2).float()
    weights = layer.weights.view(len(edge), times, rows * columns, -1)[:, -1]
    return (inside[:, None] @ weights)[:, 0] / inside.sum(dim=1, keepdim=True)


def measured(name: str, seed: int, digits: tuple[Digits, Digits], steps: int) -> tuple[Any, ...]:
    """Train and test one network."""
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    model = VideoResNet(VideoResNetConfig(**{**SIZES, **NETS[name], "num_classes": 10}))
    before = time.process_time()
    reading = learn(model, digits[0], max(steps // 4, 1), generator)
    model.reset_classifier(2)
    loss = learn(model, digits[0], steps, generator)
    minutes = (time.process_time() - before) / 60
    made = same_clips(*digits[1], TEST, torch.Generator().manual_seed(99), RULES)
    fine, looks = judged(model, made)
    row = {
        "net": name,
        "seed": seed,
        "steps": steps,
        "parameters": sum(p.numel() for p in model.parameters()),
        "reading loss": round(reading, 4),
        "loss": round(loss, 4),
        "accuracy": round(100 * float(fine.float().mean()), 2),
        "limit": round(100 * limit_of_sums(10), 2),
        **looks,
        "minutes": round(minutes, 2),
    }
    return model, made, fine, row


@torch.inference_mode()
def drawn(model: VideoResNet, made: SameClips, fine: Tensor) -> Image.Image:
    """Draw a clip of each kind: its frames, and below them what the last digit reads."""
    side, frames = RULES.side * ZOOM, RULES.frames
    sheet = Image.new("RGB", (frames * (side + GAP) + GAP, 4 * (side + GAP) + GAP), "white")
    # A right answer of each kind where there is one.
    picked = [int((2 * (made.same == one) + fine).argmax()) for one in (1, 0)]
    with record(model) as trace:
        model(made.clips[picked])
    layer: Any = trace.layers[0]
    times, rows, columns = layer.place.keys
    maps = last_reads(layer, made.corners[picked]).view(2, times, rows, columns)
    for line, clip in enumerate(picked):
        top = float(maps[line].max())
        for frame in range(frames):
            pixels = (made.clips[clip, 0, frame] * 255).byte().numpy()
            photo = Image.fromarray(pixels).convert("RGB").resize((side, side), 0)
            left = GAP + frame * (side + GAP)
            sheet.paste(photo, (left, GAP + 2 * line * (side + GAP)))
            # One scale for the clip, so that frames can be compared: the brightest stays in sight.
            heat = maps[line, frame * times // frames] / top
            box = (0.0, 0.0, float(side), float(side))
            laid = overlay(photo, heat, box, opacity=0.75)
            shown = Image.blend(Image.new("RGB", photo.size), laid, 0.15 + 0.85 * float(heat.max()))
            sheet.paste(shown, (left, GAP + (2 * line + 1) * (side + GAP)))
    return sheet


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("data", type=Path, nargs="?")
    parser.add_argument("--nets", nargs="*", choices=NETS, default=list(NETS))
    parser.add_argument("--seeds", type=int, nargs="*", default=[0, 1, 2])
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--picture", type=Path)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    digits = read(arguments.data)
    source = "scikit-learn" if arguments.data is None else "MNIST"
    for seed in arguments.seeds:
        for name in arguments.nets:
            model, made, fine, row = measured(name, seed, digits, arguments.steps)
            numbers = ("accuracy", "read same", "read different", "minutes")
            keep("video", {"digits": source, **row}, ("digits", "net", "steps", "seed"), numbers)
            if arguments.picture is not None and name == "nl_c2d" and seed == arguments.seeds[0]:
                drawn(model, made, fine).save(arguments.picture)


if __name__ == "__main__":
    main()
