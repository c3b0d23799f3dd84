"""Small models on disk, pictures, and files that are no pictures, for tests of whole paths."""

import dataclasses
import os
import struct
import zlib
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from saccade.checkpoints.native import Card, save
from saccade.models import build
from saccade.models.classifier import Classifier

PICO = "vit_pico_patch2_8"


def drawn_model(seed: int = 0, **changes) -> Classifier:
    """A small model of two layers whose weights are all drawn, so that its answers differ."""
    model = build(PICO, **{"num_classes": 3, "depth": 2, **changes}).eval()
    generator = torch.Generator().manual_seed(seed)
    for parameter in model.parameters():
        parameter.data.normal_(std=0.3, generator=generator)
    return model


def save_model(path: Path, classes=("cat", "dog", "고양이"), *, preprocessing=None, **changes):
    """Write a drawn model with its card; give the model."""
    model = drawn_model(num_classes=len(classes), **changes)
    config = dataclasses.asdict(model.config)
    pixels = {"crop_pct": 0.8, "in_chans": model.config.in_chans, **(preprocessing or {})}
    save(path, model, Card(model=PICO, config=config, classes=classes, preprocessing=pixels))
    return model


def paint(width: int = 12, height: int = 9, seed: int = 0, mode: str = "RGB") -> Image.Image:
    """Paint a picture whose pixels are drawn by a seed."""
    bands = len(Image.new(mode, (1, 1)).getbands())
    shape = (height, width, bands) if bands > 1 else (height, width)
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, shape, np.uint8), mode)


def write_good(folder: Path, count: int, *, start: int = 0) -> list[Path]:
    """Write pictures good_00.png, good_01.png, ... of different sizes."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"good_{number:02}.png" for number in range(start, start + count)]
    for number, path in enumerate(paths, start=start):
        paint(10 + number % 3, 9 + number % 2, seed=number).save(path)
    return paths


def write_bad(folder: Path) -> list[Path]:
    """Write ten things that have a picture's ending and are none."""
    folder.mkdir(parents=True, exist_ok=True)
    jpeg, png = folder / "cut.jpg", folder / "cut.png"
    paint(64, 64).save(jpeg)
    jpeg.write_bytes(jpeg.read_bytes()[:900])
    paint(64, 64).save(png)
    png.write_bytes(png.read_bytes()[:900])
    (folder / "empty.jpg").write_bytes(b"")
    (folder / "text.jpg").write_text("I am a letter, not a picture.\n")
    (folder / "huge.png").write_bytes(png_header(20_000, 20_000))
    (folder / "folder.jpg").mkdir()
    (folder / "circle.jpg").symlink_to("circle.jpg")
    (folder / "dangling.jpg").symlink_to("nowhere.jpg")
    (folder / "magic.png").write_bytes(b"\x89PNX\r\n\x1a\n" + png.read_bytes()[8:])
    locked = folder / "locked.jpg"
    paint(16, 16).save(locked)
    locked.chmod(0)
    if os.access(locked, os.R_OK):  # to the administrator nothing is locked
        locked.chmod(0o600)
        locked.write_bytes(b"\xff\xd8" + bytes(200))
    return sorted(path for path in folder.iterdir() if not path.name.startswith("good"))


def png_header(width: int, height: int) -> bytes:
    """A PNG file that says how large it is, and holds no pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = [(b"IHDR", header), (b"IDAT", b""), (b"IEND", b"")]
    chunks = [
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def dark_and_light(root: Path) -> None:
    """Write forty dark and light pictures of 8x8 pixels to train on, eight to test."""
    for part, count in (("train", 20), ("test", 4)):
        for shift, name in enumerate(("dark", "light")):
            (root / part / name).mkdir(parents=True)
            for number in range(count):
                picture = paint(8, 8, seed=number).point(lambda x, s=shift: x // 2 + 100 * s)
                picture.save(root / part / name / f"{number:02}.png")
