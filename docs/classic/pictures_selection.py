"""Make the pictures of docs/classic/selection.md, and print the numbers that stand there.

python docs/classic/pictures_selection.py

All data are generated or scikit-learn's. The network of the third picture learns in some seconds.
"""

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from saccade.attention.squeeze_excitation import SqueezeExcitation
from saccade.classic.channel_mask import (
    ChannelMask,
    channel_features,
    compare_gates,
    select_channels,
)
from saccade.classic.honest_selection import honest_accuracy
from saccade.classic.selection import select_features
from saccade.data.bundled_tables import bundled_table
from saccade.inspection.render import colour_map
from saccade.viewer.figure_pens import PngPen
from saccade.viewer.selection_figure import write_selection_figure

HERE = Path(__file__).parent
METHODS = ("fisher", "auc", "mutual_information", "relief", "l1", "trees", "mrmr", "trace")
SIDE, GAP = 144, 14
CHANNELS, KEPT, EPOCHS = 16, 8, 12


class Small(nn.Module):
    """Two convolutions with a channel gate between them, for pictures of 8 x 8 pixels."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(1, CHANNELS, 3, padding=1)
        self.gate = SqueezeExcitation(CHANNELS, reduction=4)
        self.second = nn.Conv2d(CHANNELS, 32, 3, padding=1, stride=2)
        self.head = nn.Linear(32, 10)

    def maps(self, images: Tensor) -> Tensor:
        """Give what the gate sees (b c h w)."""
        return F.relu(self.first(images))

    def forward(self, images: Tensor, mask: ChannelMask | None = None) -> Tensor:
        """Turn images (b 1 8 8) into logits (b 10), some channels closed."""
        x = self.gate(self.maps(images))
        x = x if mask is None else mask.apply(x)
        return self.head(F.relu(self.second(x)).mean((2, 3)))


def lesson() -> None:
    """Four features, of which two are kept."""
    table = bundled_table("four_features")
    found = select_features(table.values, table.labels, k=2, names=table.names)
    path = HERE / "selection.png"
    write_selection_figure(path, table.values, table.labels, found, table="four features")
    print("four features: mask", *found.mask, f"trace {found.trace:.2f}")


def pixels() -> None:
    """Which pixels of handwritten digits each method keeps, ten of 64."""
    table = bundled_table("digits")
    pen = PngPen((4 * (SIDE + GAP) + GAP, 2 * (SIDE + 2 * GAP + 8) + GAP), "#ffffff", "#1b1e24")
    cell = SIDE / 8
    for place, method in enumerate(METHODS):
        found = select_features(table.values, table.labels, k=10, method=method)
        left = GAP + place % 4 * (SIDE + GAP)
        top = GAP + place // 4 * (SIDE + 2 * GAP + 8) + 20
        shown = torch.tensor(found.scores).clamp_min(0)
        image = colour_map((shown / shown.max()).reshape(8, 8)).numpy()
        large = image.repeat(18, axis=0).repeat(18, axis=1)
        pen.text((left, top - 6), method, size=13)
        pen.picture((left, top), (SIDE, SIDE), large)
        for column in found.columns:
            corner = (left + column % 8 * cell + 5, top + column // 8 * cell + 5)
            pen.rectangle(corner, (cell - 10, cell - 10), "#ffffff")
            pen.rectangle((corner[0] + 2, corner[1] + 2), (cell - 14, cell - 14), "#d3382f")
        honesty = honest_accuracy(table.values, table.labels, found)
        print(f"digits, ten pixels by {method}: accuracy {np.mean(honesty.inside):.3f}")
    print(f"digits, all 64: {np.mean(honesty.everything):.3f}")
    pen.save(HERE / "selection_digits.png")


def leak() -> None:
    """What a choice that saw the judges makes of features that know nothing."""
    x = np.random.default_rng(0).normal(size=(50, 2000))
    y = np.arange(50) % 2
    found = honest_accuracy(x, y, select_features(x, y, k=10))
    print(f"noise, 50 rows, 2000 features: leaky {np.mean(found.leaky):.2f}", end=", ")
    print(f"honest {np.mean(found.inside):.2f}, chance {found.chance:.2f}")


def channels() -> None:
    """A fixed mask of channels beside the gates of a squeeze-and-excitation layer."""
    table = bundled_table("digits")
    images = torch.tensor(table.values, dtype=torch.float32).reshape(-1, 1, 8, 8) / 16
    labels = torch.tensor([int(label) for label in table.labels])
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(0))
    train, test = order[:1437], order[1437:]
    model = learned(images[train], labels[train])
    heard: list[Tensor] = []
    model.gate.tap.listeners.append(lambda tap, gates, place: heard.append(gates))
    with torch.no_grad():
        maps = model.maps(images[train])
        model(images[train])
        model.gate.tap.listeners.clear()
        mask = select_channels(channel_features(maps), labels[train], k=KEPT)
        beside = compare_gates(mask, heard[0], labels[train])
        accuracy = {"all channels": judged(model, images[test], labels[test], None)}
        accuracy[f"the {KEPT} chosen"] = judged(model, images[test], labels[test], mask)
        others = ChannelMask(1 - mask.bits, mask.selection)
        accuracy["the others"] = judged(model, images[test], labels[test], others)
    for name, share in accuracy.items():
        print(f"digits network, {name}: {share:.3f}")
    print(f"overlap of mask and largest mean gates {beside.overlap:.2f}", end=", ")
    print(f"chance {beside.chance:.2f}, spread of gates up to {beside.spread.max():.2f}")
    draw_channels(mask, beside.mean, beside.spread)


def learned(images: Tensor, labels: Tensor) -> Small:
    """Train the network."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = Small()
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    draw = torch.Generator().manual_seed(1)
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(labels), generator=draw).split(64):
            optimizer.zero_grad()
            F.cross_entropy(model(images[batch]), labels[batch]).backward()
            optimizer.step()
    return model.eval()


def judged(model: Small, images: Tensor, labels: Tensor, mask: ChannelMask | None) -> float:
    """Give the share of images that are classified as labelled."""
    return float((model(images, mask).argmax(dim=1) == labels).double().mean())


def draw_channels(mask: ChannelMask, mean: Tensor, spread: Tensor) -> None:
    """Draw a column for each channel: its score, its bit, its gate and how the gate moves."""
    wide, tall, step = 70 + CHANNELS * 36 + GAP, 330, 36
    pen = PngPen((wide, tall), "#ffffff", "#1b1e24")
    scores = np.array(mask.selection.scores)
    pen.text((GAP, 20), "Fisher score of each channel, and the fixed mask", size=13)
    pen.text((GAP, 190), "SE's gates: the mean over pictures, and one deviation each way", size=13)
    for channel in range(CHANNELS):
        left = 70 + channel * step
        kept = bool(mask.selection.mask[channel])
        high = 100 * scores[channel] / scores.max()
        pen.rectangle((left, 134 - high), (24, high), "#2f5bd0" if kept else "#b9c6ea")
        pen.text((left + 12, 152), str(int(kept)), size=14, anchor="middle")
        gate, moves = 100 * float(mean[channel]), 100 * float(spread[channel])
        pen.rectangle((left, 304 - gate), (24, gate), "#1f9d61" if kept else "#b5dcc9")
        pen.rectangle((left + 11, 304 - gate - moves), (2, 2 * moves), "#1b1e24")
        pen.text((left + 12, 322), str(channel), size=11, anchor="middle")
    for text, height in (("score", 90), ("mask", 152), ("gate", 260), ("channel", 322)):
        pen.text((GAP, height), text, size=12)
    pen.save(HERE / "selection_channels.png")


if __name__ == "__main__":
    torch.set_num_threads(1)
    lesson()
    leak()
    channels()
    pixels()
