"""Make docs/mechanisms/<name>.png: what the map of each mechanism shows.

python docs/mechanisms/pictures.py                     # all
python docs/mechanisms/pictures.py non_local vector    # some

Scenes are two of scikit-learn's handwritten digits on a black ground. A few convolutions, the eye,
learn to name the digit of each stroke and are then held fixed. On what they see, all mechanisms but
two learn to name at each stroke its own digit, or the other one, which a stroke can only know by
looking over there. The scene that is drawn is made of digits that no network was trained on.

The spatial transformer moves a window of half the size, and learns to name one digit on the ground.
The glimpse learns nothing: it looks where it is told, on a photograph that scikit-learn ships.
Alignment reads no picture: a translator with each of three scores learns to write digits backwards.
"""

import functools
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageDraw
from sklearn.datasets import load_sample_image
from torch import Tensor, nn

import saccade
from saccade.attention import Glimpse, SpatialTransformer
from saccade.data.digits import open_digits
from saccade.inspection import draw
from saccade.layers.warps import AttentionWarp
from saccade.models.seq2seq import Seq2Seq
from saccade.models.seq2seq_config import Seq2SeqConfig

HERE = Path(__file__).parent
SIDE, DIGIT, GRID, CHANNELS = 32, 14, 16, 32
VIEW = 16  # side of what the spatial transformer cuts out, half of the ground
TILE, GAP = 232, 8
STEPS, BATCH, RATE = 400, 48, 4e-3
STROKE = 0.4  # grey above which a pixel belongs to a digit
SCENE = 8  # of those drawn: a 9 and a 4, neither in the same rows nor in the same columns
# Mechanism: what it names ("own" or "other" digit), its options, the parts that are drawn.
TRAINED: Mapping[str, tuple[str, Mapping[str, object], tuple[int | None, ...]]] = {
    "multi_head": ("other", {"heads": 2}, (0, 1)),
    "additive": ("other", {}, (None,)),
    "non_local": ("other", {}, (None,)),
    "criss_cross": ("other", {}, (0, None)),
    "augmented_conv": (
        "other",
        {"heads": 2, "key_channels": 16, "value_channels": 16, "size": (GRID, GRID)},
        (0, 1),
    ),
    "reduced": ("other", {"heads": 2}, (0, 1)),
    "windowed": ("own", {"heads": 2, "window_size": 8}, (0, 1)),
    "local_self": ("own", {"heads": 4}, (0, 1, 2, 3)),
    "local_relation": ("own", {}, (0, 1)),
    "vector": ("own", {"relation_channels": 8}, (0, 1)),
    "squeeze_excitation": ("own", {"reduction": 4}, (None,)),
}


class Eye(nn.Module):
    """See strokes: features (b 32 16 16) of scenes (b 1 32 32), the last two their positions."""

    def __init__(self) -> None:
        super().__init__()
        inner = CHANNELS - 2
        self.layers = nn.Sequential(
            *_convolution(1, 16, 1),
            *_convolution(16, 30, 2),
            *_convolution(30, 30, 1),
            *_convolution(30, inner, 1),
        )
        self.head = nn.Conv2d(CHANNELS, 10, 1)

    def forward(self, scenes: Tensor) -> Tensor:
        """See."""
        steps = torch.linspace(-1, 1, GRID)
        where = torch.stack(torch.meshgrid(steps, steps, indexing="xy"))
        return torch.cat([self.layers(scenes), where.expand(len(scenes), -1, -1, -1)], 1)


class Reader(nn.Module):
    """Name a digit at every position of a scene, by what the eye saw and a mechanism read."""

    def __init__(self, eye: Eye, name: str, options: Mapping[str, object]) -> None:
        super().__init__()
        self.eye = eye
        self.attention = saccade.create_attention(name, CHANNELS, **options)
        self.head = nn.Sequential(
            nn.BatchNorm2d(CHANNELS), nn.Conv2d(CHANNELS, 64, 1), nn.ReLU(), nn.Conv2d(64, 10, 1)
        )

    def named(self, features: Tensor) -> Tensor:
        """Give scores (b digit h w) for what the eye saw."""
        scores: Tensor = self.head(self.attention(features))
        return scores

    def forward(self, scenes: Tensor) -> Tensor:
        """Give scores (b digit h w) for scenes (b 1 h w)."""
        return self.named(self.eye(scenes))


def _convolution(channels: int, out: int, stride: int) -> tuple[nn.Module, ...]:
    convolution = nn.Conv2d(channels, out, 3, stride, 1, bias=False)
    return convolution, nn.BatchNorm2d(out), nn.ReLU()


class Finder(nn.Module):
    """Cut one digit out of a scene, and name it."""

    def __init__(self) -> None:
        super().__init__()
        self.cut = SpatialTransformer(1, warp=AttentionWarp(scale=0.5), size=(VIEW, VIEW))
        self.read = nn.Sequential(
            nn.Conv2d(1, CHANNELS, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(CHANNELS, CHANNELS, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(CHANNELS * (VIEW // 4) ** 2, 10),
        )

    def forward(self, scenes: Tensor) -> Tensor:
        """Give scores (b digit) for scenes (b 1 h w)."""
        scores: Tensor = self.read(self.cut(scenes))
        return scores


class Scenes:
    """Scenes of one or two digits, drawn at random.

    Args:
        part: "train" or "test", of scikit-learn's digits.
        seed: of the draws.
    """

    def __init__(self, part: str, seed: int) -> None:
        train, test = open_digits()
        images = train if part == "train" or test is None else test
        pixels = torch.stack([_grey(images.load(n).image) for n in range(len(images))])
        self.digits = F.interpolate(pixels, size=(DIGIT, DIGIT), mode="bilinear")
        self.labels = torch.tensor(images.labels)
        self.chance = torch.Generator().manual_seed(seed)

    def draw(self, count: int, digits: int) -> tuple[Tensor, Tensor, Tensor]:
        """Draw scenes (n 1 32 32), their labels (n digits), their strokes (n digits 32 32)."""
        half = SIDE // 2
        quarters = torch.rand(count, 4, generator=self.chance).argsort(1)[:, :digits]
        corners = torch.stack([quarters // 2 * half, quarters % 2 * half], -1)
        corners = corners + self._whole(half - DIGIT + 1, count, digits, 2)
        chosen = self._whole(len(self.labels), count, digits)
        span = torch.arange(DIGIT)
        rows = corners[..., 0, None, None] + span[:, None]
        columns = corners[..., 1, None, None] + span
        n, k = torch.arange(count)[:, None, None, None], torch.arange(digits)[:, None, None]
        scenes = torch.zeros(count, digits, SIDE, SIDE)
        scenes[n, k, rows, columns] = self.digits[chosen, 0]
        return scenes.sum(1, keepdim=True), self.labels[chosen], scenes > STROKE

    def _whole(self, below: int, *shape: int) -> Tensor:
        return torch.randint(below, shape, generator=self.chance)


def wanted_at(labels: Tensor, strokes: Tensor, task: str) -> Tensor:
    """Say which digit each position is to name (n 16 16); -1 on the ground."""
    mine = F.max_pool2d(strokes.float(), SIDE // GRID)
    names = labels if task == "own" else labels.flip(1)
    names = torch.where(mine[:, 0] > mine[:, 1], names[:, 0, None, None], names[:, 1, None, None])
    return torch.where(mine.amax(1) > 0, names, -1)


def fit(model: nn.Module, loss: Callable[[], Tensor], steps: int) -> None:
    """Train a model."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps)
    model.train()
    for _ in range(steps):
        optimizer.zero_grad()
        loss().backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
    model.eval()


def right(scores: Tensor, names: Tensor) -> float:
    """Share of strokes that are named right, in percent."""
    return float((scores.argmax(1) == names)[names >= 0].float().mean()) * 100


@functools.cache
def seeing() -> tuple[Eye, Tensor, Tensor, Tensor]:
    """Train the eye to name the digit of each stroke, and let it look at the scenes to learn from.

    Returns:
        The eye, held fixed, and its features, the labels and the strokes of 2,000 scenes.
    """
    torch.manual_seed(0)
    eye, scenes = Eye(), Scenes("train", seed=0)

    def loss() -> Tensor:
        pictures, labels, strokes = scenes.draw(BATCH, 2)
        names = wanted_at(labels, strokes, "own")
        return F.cross_entropy(eye.head(eye(pictures)), names, ignore_index=-1)

    fit(eye, loss, STEPS)
    eye.requires_grad_(requires_grad=False)
    pictures, labels, strokes = Scenes("test", seed=1).draw(200, 2)
    score = right(eye.head(eye(pictures)), wanted_at(labels, strokes, "own"))
    print(f"the eye alone names the own digit at {score:.1f} % of strokes", flush=True)
    pictures, labels, strokes = scenes.draw(2000, 2)
    return eye, torch.cat([eye(part) for part in pictures.split(100)]), labels, strokes


def trained(name: str) -> list[Image.Image]:
    """Train the reader with one mechanism, and draw what it reads in one scene."""
    task, options, parts = TRAINED[name]
    eye, features, labels, strokes = seeing()
    names = wanted_at(labels, strokes, task)
    torch.manual_seed(0)
    model = Reader(eye, name, options)

    def loss() -> Tensor:
        some = torch.randint(len(features), (BATCH,))
        return F.cross_entropy(model.named(features[some]), names[some], ignore_index=-1)

    model.eye.eval()
    fit(model, loss, STEPS)
    pictures, labels, strokes = Scenes("test", seed=1).draw(200, 2)
    with torch.no_grad():
        score = right(model(pictures), wanted_at(labels, strokes, task))
    print(f"{name}: names the {task} digit at {score:.1f} % of strokes that it never saw")
    with torch.no_grad(), saccade.record(model) as trace:
        model(pictures[SCENE : SCENE + 1])
    layer, ground = trace.layers[0], _picture(pictures[SCENE])
    if name == "squeeze_excitation":
        return _opened(model, pictures[:2])
    tiles = [_enlarged(ground)]
    asked = strokes[SCENE] if len(parts) <= 2 else strokes[SCENE, :1]
    for digit in asked:
        at = _middle(digit)
        tiles += [draw(layer, ground, at=at, part=part, side=TILE) for part in parts]
    return tiles


def _opened(model: nn.Module, pictures: Tensor) -> list[Image.Image]:
    """Draw scenes (n 1 32 32), each with the gates of the channels beside it."""
    with torch.no_grad(), saccade.record(model) as trace:
        model(pictures)
    tiles = []
    for n, scene in enumerate(pictures):
        ground = _picture(scene)
        tiles += [_enlarged(ground), draw(trace.layers[0], ground, image=n, side=TILE)]
    return tiles


def transformed() -> list[Image.Image]:
    """Train the finder, and draw what it cuts out of three scenes."""
    model, scenes = Finder(), Scenes("train", seed=0)

    def loss() -> Tensor:
        pictures, labels, _ = scenes.draw(BATCH, 1)
        return F.cross_entropy(model(pictures), labels[:, 0])

    fit(model, loss, 2 * STEPS)
    pictures, labels, _ = Scenes("test", seed=1).draw(200, 1)
    with torch.no_grad(), saccade.record(model) as trace:
        score = right(model(pictures), labels[:, 0])
    print(f"spatial_transformer: names {score:.1f} % of digits that it never saw")
    return [draw(trace.layers[0], _picture(pictures[n]), image=n, side=TILE) for n in (0, 1, 2, 3)]


class Look(nn.Module):
    """Look at one place after the other."""

    def __init__(self) -> None:
        super().__init__()
        self.sensor = Glimpse(3, size=16, scales=3)

    def forward(self, image: Tensor, places: Tensor) -> Tensor:
        """Give the patches (s c size size) of the last place."""
        return [self.sensor(image, place[None]) for place in places][-1][0]


def glimpsed() -> list[Image.Image]:
    """Look at three places of a photograph, chosen by hand, and show the last as it is sensed."""
    pixels = torch.tensor(load_sample_image("china.jpg")).permute(2, 0, 1)[None] / 255
    image = F.interpolate(pixels, size=(213, 320), mode="area")
    model, photo = Look(), _picture(image[0])
    with saccade.record(model) as trace:
        patches = model(image, torch.tensor([(0.75, 0.25), (-0.1, 0.45), (-0.38, -0.55)]))
    return [draw(trace.layers[0], photo, side=2 * TILE), *(_enlarged(_picture(p)) for p in patches)]


def backwards(count: int, longest: int, chance: torch.Generator) -> tuple[Tensor, Tensor]:
    """Draw rows of 3 or more digits, END behind (n s), and START, the same backwards, END (n t).

    Numbers 4 to 13 are the digits 0 to 9.
    """
    lengths = torch.randint(3, longest + 1, (count, 1), generator=chance)
    digits = torch.randint(4, 14, (count, longest), generator=chance)
    source, target = (torch.zeros(count, longest + n, dtype=torch.long) for n in (1, 2))
    target[:, 0] = 1
    for row, length in enumerate(lengths[:, 0].tolist()):
        source[row, : length + 1] = torch.tensor([*digits[row, :length], 2])
        target[row, 1 : length + 2] = torch.tensor([*digits[row, :length].flip(0), 2])
    return source, target


def aligned() -> list[Image.Image]:
    """Train translators with three scores, and draw where they look for each word of one row."""
    tiles = []
    for score in ("dot", "concat", "location"):
        torch.manual_seed(0)
        config = Seq2SeqConfig(
            source_words=14,
            target_words=14,
            embedding=32,
            hidden=48,
            order="luong",
            attention=score,  # type: ignore[arg-type]
            bidirectional=score != "dot",
            max_source=8,
        )
        model, chance = Seq2Seq(config), torch.Generator().manual_seed(0)

        def loss(model: Seq2Seq = model, chance: torch.Generator = chance) -> Tensor:
            source, target = backwards(BATCH, 7, chance)
            scores = model(source, target[:, :-1]).logits
            return F.cross_entropy(scores.transpose(1, 2), target[:, 1:], ignore_index=0)

        fit(model, loss, STEPS // 2)
        source, target = backwards(200, 7, torch.Generator().manual_seed(1))
        with torch.no_grad():
            written = model(source, target[:, :-1])
        real = target[:, 1:] > 0
        share = (written.logits.argmax(-1) == target[:, 1:])[real].float().mean()
        print(f"alignment: {score} writes {float(share) * 100:.1f} % of the words right")
        row = int((source > 0).sum(1).argmax())
        tiles.append(_matrix(written.weights[row], source[row], target[row, 1:]))
    return tiles


def _matrix(weights: Tensor, read: Tensor, written: Tensor) -> Image.Image:
    """Draw a map (t j), darker for more: words read along the top, written ones at the left."""
    cell = TILE // (len(read) + 1)
    tile = Image.new("L", (cell * (len(read) + 1), cell * (len(written) + 1)), 255)
    pen = ImageDraw.Draw(tile)
    for n, word in enumerate(read.tolist()):
        pen.text(((n + 1.5) * cell, cell / 2), _sign(word), 0, anchor="mm")
    for i, word in enumerate(written.tolist()):
        pen.text((cell / 2, (i + 1.5) * cell), _sign(word), 0, anchor="mm")
        for j, share in enumerate(weights[i].tolist()):
            corner = ((j + 1) * cell, (i + 1) * cell)
            pen.rectangle(
                (corner, (corner[0] + cell - 2, corner[1] + cell - 2)), round(245 * (1 - share))
            )
    return tile.convert("RGB")


def _sign(word: int) -> str:
    return "end" if word == 2 else str(word - 4)


def _grey(image: Image.Image) -> Tensor:
    return torch.tensor(np.asarray(image.convert("L"))[None] / 255, dtype=torch.float32)


def _picture(pixels: Tensor) -> Image.Image:
    """Turn values (c h w) in 0-1 into a picture."""
    values = (pixels.expand(3, -1, -1).clamp(0, 1) * 255).round().byte()
    return Image.fromarray(values.permute(1, 2, 0).contiguous().numpy())


def _enlarged(image: Image.Image) -> Image.Image:
    return image.resize((TILE, TILE), Image.Resampling.NEAREST)


def _middle(strokes: Tensor) -> tuple[float, float]:
    """The stroke (x, y) that is nearest to the middle of its digit."""
    found = strokes.nonzero().float()
    nearest = (found - found.mean(0)).norm(dim=1).argmin()
    return float(found[nearest, 1]), float(found[nearest, 0])


def sheet(tiles: list[Image.Image]) -> Image.Image:
    """Put pictures of one height beside each other."""
    height = max(tile.height for tile in tiles)
    width = sum(tile.width + GAP for tile in tiles) - GAP
    page, left = Image.new("RGB", (width, height), "white"), 0
    for tile in tiles:
        page.paste(tile, (left, (height - tile.height) // 2))
        left += tile.width + GAP
    return page.quantize(128, dither=Image.Dither.NONE)


def main(names: list[str]) -> None:
    """Make the pictures of some mechanisms, or of all."""
    torch.set_num_threads(1)
    special = {"spatial_transformer": transformed, "glimpse": glimpsed, "alignment": aligned}
    for name in names or [*TRAINED, *special]:
        torch.manual_seed(0)
        start = time.perf_counter()
        page = sheet(special[name]() if name in special else trained(name))
        path = HERE / f"{name}.png"
        page.save(path, optimize=True)
        told = f"{path.stat().st_size / 1000:.0f} kB in {time.perf_counter() - start:.0f} s"
        print(f"{path.name}: {told}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
