"""How many pictures a second do training loops learn from, reading them included?

    python benchmarks/training.py            the tiny vision transformer, 32 px, batch 128
    python benchmarks/training.py --small    ViT-S/16, 224 px, batch 16

Ours, timm's (its loader, optimizer factory and loss, in the order of its train script), the Trainer
of transformers and Lightning train the same network with the same batch on the same JPEG files:
random crop, mirror, cross-entropy with smoothing, AdamW, clipped gradient. Each reads by its own
usual way: ours by `Batches`, timm by `create_loader`, the other two by torchvision's transforms and
torch's DataLoader; all with the same number of workers. They take turns in one process. A rate is
that of the steps after the first two of an epoch. Results go to benchmarks/results/.
"""

import argparse
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from rounds import save_json
from torch import Tensor, nn

from saccade.checkpoints.card import Card
from saccade.checkpoints.peer import imported
from saccade.data.augmentation import Augmentation
from saccade.data.batches import Batches
from saccade.data.images import open_images
from saccade.data.transforms import Preprocessing
from saccade.models import build
from saccade.training.config import TrainConfig
from saccade.training.journal import Journal
from saccade.training.lesson import Lesson
from saccade.training.loop import Loop
from saccade.training.objectives import classify
from saccade.training.task import Task

warnings.filterwarnings("ignore")
timm = imported("timm")
for part in ("data", "loss", "models", "optim", "utils"):
    imported(f"timm.{part}")
transformers, torchvision = imported("transformers"), imported("torchvision")
TINY = {"img_size": 32, "patch_size": 4, "embed_dim": 192, "depth": 6, "num_heads": 3}
SMALL = {"img_size": 224, "patch_size": 16, "embed_dim": 384, "depth": 12, "num_heads": 6}
CLASSES, SKIP = 10, 2


class Clock:
    """Notes when each step ends; the first ones warm up."""

    def __init__(self, batch: int) -> None:
        self.batch, self.times = batch, [time.perf_counter()]

    def tick(self) -> None:
        self.times.append(time.perf_counter())

    def rate(self) -> float:
        used = self.times[SKIP:]
        return self.batch * (len(used) - 1) / (used[-1] - used[0])


def write_pictures(folder: Path, count: int, side: int) -> None:
    """Write smooth random photographs as JPEG files, in a folder for each class."""
    chances = np.random.default_rng(0)
    for index in range(count):
        rough = chances.integers(0, 256, (8, 8, 3), np.uint8)
        size = (side, side) if side < 64 else (500, 375)
        path = folder / "train" / f"class{index % CLASSES}" / f"{index:05}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rough).resize(size, Image.Resampling.BICUBIC).save(path, quality=92)


def ours(folder: Path, sizes: dict[str, int], batch: int, workers: int, out: Path) -> float:
    """Our loop."""
    clock = Clock(batch)
    model = build("vit_tiny_patch16_224", num_classes=CLASSES, **sizes)
    model.set_lean_training()  # as a run does
    pixels = Preprocessing(img_size=(sizes["img_size"],) * 2, interpolation="bilinear")
    out.mkdir(exist_ok=True)

    def show(record: dict[str, Any]) -> None:
        if record["event"] == "step":
            clock.tick()

    images = open_images(str(folder), val_fraction=0.0).part("train")
    config = TrainConfig(
        epochs=1, batch_size=batch, lr=1e-3, weight_decay=0.05, smoothing=0.1, clip_grad=1.0,
        warmup_epochs=0, workers=workers, save_minutes=0,
    )  # fmt: skip
    changes = Augmentation(crop_scale=(0.08, 1.0), flip=True)
    Loop(
        Task(
            lesson=Lesson(model, lambda m, b: classify(m, b, smoothing=0.1)),
            train=Batches(
                images, pixels, batch_size=batch, seed=0, augmentation=changes, workers=workers
            ),
            val=None,
            config=config,
            card=Card(model="vit_tiny_patch16_224", config={}, classes=images.classes),
            folder=out,
            journal=Journal(out, show=show),
        )
    ).run()
    return clock.rate()


def network(sizes: dict[str, int]) -> nn.Module:
    """The same network as timm builds it."""
    model: nn.Module = timm.models.vision_transformer.VisionTransformer(
        num_classes=CLASSES, **sizes
    )
    return model


def by_timm(folder: Path, sizes: dict[str, int], batch: int, workers: int, out: Path) -> float:
    """The steps of timm's train script, with its loader, optimizer and loss."""
    clock, model = Clock(batch), network(sizes)
    data = timm.data.create_dataset("folder", root=str(folder / "train"))
    loader = timm.data.create_loader(
        data, input_size=(3, sizes["img_size"], sizes["img_size"]), batch_size=batch,
        is_training=True, use_prefetcher=False, scale=(0.08, 1.0), hflip=0.5, color_jitter=None,
        interpolation="bilinear", num_workers=workers, persistent_workers=False,
    )  # fmt: skip
    optimizer = timm.optim.create_optimizer_v2(model, opt="adamw", lr=1e-3, weight_decay=0.05)
    loss_fn = timm.loss.LabelSmoothingCrossEntropy(smoothing=0.1)
    meter = timm.utils.AverageMeter()
    model.train()
    for images, labels in loader:
        loss = loss_fn(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        timm.utils.dispatch_clip_grad(model.parameters(), 1.0)
        optimizer.step()
        meter.update(loss.item(), len(images))
        clock.tick()
    return clock.rate()


def folder_data(folder: Path, side: int) -> Any:
    """The folder with torchvision's usual transforms."""
    tv = torchvision.transforms
    steps = [tv.RandomResizedCrop(side), tv.RandomHorizontalFlip(), tv.ToTensor()]
    steps.append(tv.Normalize((0.5,) * 3, (0.5,) * 3))
    return torchvision.datasets.ImageFolder(str(folder / "train"), tv.Compose(steps))


class WithLoss(nn.Module):
    """A network as the Trainer wants it."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, pixel_values: Tensor, labels: Tensor) -> dict[str, Tensor]:
        logits = self.model(pixel_values)
        loss = nn.functional.cross_entropy(logits, labels, label_smoothing=0.1)
        return {"loss": loss, "logits": logits}


def by_transformers(
    folder: Path, sizes: dict[str, int], batch: int, workers: int, out: Path
) -> float:
    """The Trainer of transformers."""
    clock = Clock(batch)

    class Ticking(transformers.TrainerCallback):
        def on_step_end(self, *_: object, **__: object) -> None:
            clock.tick()

    arguments = transformers.TrainingArguments(
        output_dir=str(out), per_device_train_batch_size=batch, num_train_epochs=1,
        learning_rate=1e-3, weight_decay=0.05, max_grad_norm=1.0, logging_strategy="no",
        save_strategy="no", report_to=[], dataloader_num_workers=workers, use_cpu=True,
        remove_unused_columns=False, disable_tqdm=True, dataloader_drop_last=True,
    )  # fmt: skip

    def collate(rows: list[tuple[Tensor, int]]) -> dict[str, Tensor]:
        images, labels = zip(*rows, strict=True)
        return {"pixel_values": torch.stack(images), "labels": torch.tensor(labels)}

    transformers.Trainer(
        model=WithLoss(network(sizes)), args=arguments, data_collator=collate,
        train_dataset=folder_data(folder, sizes["img_size"]), callbacks=[Ticking()],
    ).train()  # fmt: skip
    return clock.rate()


def by_lightning(folder: Path, sizes: dict[str, int], batch: int, workers: int, out: Path) -> float:
    """Lightning's Trainer."""
    lightning = imported("lightning")
    clock = Clock(batch)

    class Net(lightning.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.model = network(sizes)

        def training_step(self, batch: list[Tensor], _: int) -> Tensor:
            logits = self.model(batch[0])
            return nn.functional.cross_entropy(logits, batch[1], label_smoothing=0.1)

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return torch.optim.AdamW(self.parameters(), lr=1e-3, weight_decay=0.05)

        def on_train_batch_end(self, *_: object) -> None:
            clock.tick()

    loader = torch.utils.data.DataLoader(
        folder_data(folder, sizes["img_size"]), batch_size=batch, shuffle=True,
        num_workers=workers, drop_last=True,
    )  # fmt: skip
    lightning.Trainer(
        max_epochs=1, accelerator="cpu", logger=False, enable_checkpointing=False,
        enable_progress_bar=False, enable_model_summary=False, gradient_clip_val=1.0,
        default_root_dir=str(out),
    ).fit(Net(), loader)  # fmt: skip
    return clock.rate()


PEERS: dict[str, Callable[..., float]] = {
    "ours": ours,
    "timm": by_timm,
    "transformers Trainer": by_transformers,
    "Lightning": by_lightning,
}


def measured(arguments: argparse.Namespace, root: Path) -> Iterator[dict[str, float]]:
    """One round after another: pictures a second of each."""
    sizes, batch = (SMALL, 16) if arguments.small else (TINY, 128)
    batch = arguments.batch or batch
    write_pictures(root / "data", batch * (arguments.steps + SKIP), sizes["img_size"])
    for number in range(arguments.rounds):
        yield {
            name: peer(root / "data", sizes, batch, arguments.workers, root / f"{number}{name[:4]}")
            for name, peer in PEERS.items()
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--small", action="store_true", help="ViT-S/16 at 224 pixels")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--batch", type=int)
    parser.add_argument("--workers", type=int, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as root:
        rounds = list(measured(arguments, Path(root)))
    rows = []
    for name in PEERS:
        rates = [own[name] for own in rounds]
        ratios = [own["ours"] / own[name] for own in rounds]
        rows.append(
            {
                "peer": name,
                "images_per_second": round(statistics.median(rates), 2),
                "least": round(min(rates), 2),
                "most": round(max(rates), 2),
                "ours_times": round(statistics.median(ratios), 3),
                "ours_least": round(min(ratios), 3),
                "ours_most": round(max(ratios), 3),
            }
        )
        print(rows[-1])
    kind = "small" if arguments.small else "tiny"
    save_json(f"training_{kind}", {"options": vars(arguments), "rows": rows})


if __name__ == "__main__":
    main()
