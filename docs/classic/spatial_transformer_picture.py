"""Make docs/classic/spatial_transformer.png: what four ST-CNNs look at.

    python docs/classic/spatial_transformer_picture.py

Scikit-learn's handwritten digits, 8x8 pixels, are enlarged to 20x20 on a black ground of 28x28, as
MNIST's are. For each of the four distortions a small ST-CNN learns to name them, distorted anew in
every step. What is drawn are digits that it did not learn from: the grid on the distorted picture,
and beside it what the network reads.
"""

import time
from pathlib import Path

import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from saccade.data.digits import open_digits
from saccade.data.distortions import DISTORTIONS
from saccade.data.sets import ArrayImages, ImageSet
from saccade.inspection import record
from saccade.models import build
from saccade.models.classifier import Classifier
from saccade.training.optimizers import make_optimizer
from saccade.viewer.warp_figure import joined, warp_figure

STEPS, BATCH, RATE, FACTOR = 500, 64, 2e-3, 0.3
SIDE, SHOWN = 112, 5
WARPS = {"r": "affine", "rts": "affine", "p": "projective", "e": "thin_plate"}
FILTERS = {"filters": (12, 24)}


def digits(images: ImageSet | None) -> tuple[Tensor, Tensor]:
    """Give digits (n h w) as bytes that look like MNIST's, and their labels (n)."""
    if not isinstance(images, ArrayImages):
        raise SystemExit("scikit-learn's digits have changed")
    small = torch.from_numpy(images.pixels[images.rows])[:, None].float()
    large = F.interpolate(small, (20, 20), mode="bicubic").clamp(0, 255).round()
    return F.pad(large, (4, 4, 4, 4))[:, 0].byte(), torch.tensor(images.labels)


def network(kind: str) -> Classifier:
    """Make the network for a distortion."""
    size = {"img_size": 42, "pool": 2} if kind == "rts" else {"img_size": 28}
    return build("cnn_mnist", warp=WARPS[kind], **FILTERS, **size)


def learn(model: Classifier, kind: str, data: tuple[Tensor, Tensor]) -> None:
    """Train a network on digits that are distorted anew for each step."""
    chance, (pictures, labels) = torch.Generator().manual_seed(0), data
    optimizer = make_optimizer(model, lr=RATE, weight_decay=0.0, localisation_factor=FACTOR)
    rates = [RATE * group.get("lr_scale", 1.0) for group in optimizer.param_groups]
    for step in range(STEPS):
        for group, rate in zip(optimizer.param_groups, rates, strict=True):
            group["lr"] = rate * min(1.0, 2 * (1 - step / STEPS))
        chosen = torch.randint(len(pictures), (BATCH,), generator=chance)
        seen = DISTORTIONS[kind](pictures[chosen], chance)
        loss = F.cross_entropy(model(seen[:, None].float() / 255), labels[chosen])
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()


def row(kind: str, train: tuple[Tensor, Tensor], test: tuple[Tensor, Tensor]) -> Image.Image:
    """Train a network, and draw what it looks at."""
    torch.manual_seed(0)
    start, model = time.process_time(), network(kind)
    learn(model, kind, train)
    made = DISTORTIONS[kind](test[0], torch.Generator().manual_seed(1))
    inputs = made[:, None].float() / 255
    with torch.inference_mode(), record(model.eval()) as trace:
        wrong = (model(inputs).argmax(1) != test[1]).double().mean()
    taken = time.process_time() - start
    print(f"{kind}: error {100 * float(wrong):.1f} %, {taken:.0f} s", flush=True)
    shown = [Image.fromarray(picture.numpy()).convert("RGB") for picture in made[:SHOWN]]
    panels = [
        warp_figure(trace.layers[0], picture, image=number, side=SIDE)
        for number, picture in enumerate(shown)
    ]
    return joined(panels, down=False)


def main() -> None:
    """Draw a row for each distortion."""
    torch.set_num_threads(1)
    train, test = (digits(images) for images in open_digits())
    rows = [row(kind, train, test) for kind in DISTORTIONS]
    joined(rows, down=True).save(Path(__file__).with_name("spatial_transformer.png"), optimize=True)


if __name__ == "__main__":
    main()
