"""A classifier without tokens whose taps show one map of every kind, each with a known look."""

import math
from collections.abc import Iterator
from types import SimpleNamespace

import torch
from torch import Tensor, nn

from saccade.attention.place import Place
from saccade.attention.tap import Tap
from saccade.data.transforms import Preprocessing
from saccade.layers.neighbours import neighbour_index
from saccade.models.classifier import Classifier
from saccade.predict import Predictor

KINDS = ("gate", "spatial", "both", "dense", "reduced", "local", "cross", "warp", "glance")


class Toy(Classifier):
    """Pools the image and shows maps of it on the side.

    Args:
        kinds: which maps, names of `KINDS`.
        grid: rows and columns of its feature map.
    """

    layout = None
    name = "toy"

    def __init__(self, kinds=KINDS, grid=(6, 8)) -> None:
        super().__init__()
        self.grid = grid
        self.config = SimpleNamespace(in_chans=3, num_classes=2)
        self.head = nn.Linear(3, 2)
        axes = {
            "gate": "b c",
            "spatial": "b h w",
            "both": "b c h w",
            "dense": "b heads i j",
            "reduced": "b heads i j",
            "local": "b groups i j",
            "cross": "b r i j",
            "warp": "b h w xy",
            "glance": "b s box",
        }
        self.parts = nn.ModuleDict({kind: Shown(axes[kind]) for kind in kinds})

    def walk(self, images: Tensor) -> Iterator[Tensor]:
        yield images

    def features(self, images: Tensor) -> Tensor:
        for kind, part in self.parts.items():
            for maps in MAPS[kind](images, self.grid):
                part(*maps)
        return images.mean(dim=(2, 3))

    def tokens(self, images: Tensor) -> Tensor:
        return images.flatten(2).mT

    def patch_kernel(self) -> None:
        return None

    def position_table(self) -> None:
        return None

    def set_input_size(self, img_size, *, rule="timm") -> None:
        raise NotImplementedError

    def reset_classifier(self, num_classes: int) -> None:
        raise NotImplementedError


class Shown(nn.Module):
    """A module that only shows what it is given."""

    def __init__(self, axes: str) -> None:
        super().__init__()
        self.tap = Tap(axes)

    def forward(self, weights: Tensor, place: Place | None = None) -> None:
        self.tap(weights, place)


def predictor(kinds=KINDS, grid=(6, 8), *, size=(48, 64)) -> Predictor:
    torch.manual_seed(0)
    model = Toy(kinds, grid).eval()
    names = ("cat", "dog")
    cut = Preprocessing(img_size=size)
    return Predictor(model=model, preprocessing=cut, classes=names, name="toy", origin="toy.pt")


def points(grid) -> Tensor:
    """Centres of the cells (h·w yx) in 0-1."""
    rows, columns = ((torch.arange(size) + 0.5) / size for size in grid)
    return torch.stack(torch.meshgrid(rows, columns, indexing="ij"), dim=-1).reshape(-1, 2)


def nearness(queries, keys, sharp: float) -> Tensor:
    """Rows that prefer what is near (i j)."""
    away = (points(queries)[:, None] - points(keys)).square().sum(-1)
    return (-sharp * away).softmax(-1)


def mean_of(images: Tensor) -> Tensor:
    """One number an image, so that no two images look alike (b)."""
    return images.mean(dim=(1, 2, 3)).sigmoid()


def gate(images, grid):
    steps = torch.linspace(0, 1, 12)
    yield (mean_of(images)[:, None] * (0.6 + 0.4 * torch.sin(9 * steps)),)


def spatial(images, grid):
    away = (points(grid) - 0.5).norm(dim=-1).reshape(grid)
    yield (mean_of(images)[:, None, None] * (1 - away),)


def both(images, grid):
    (row,), (column,) = next(gate(images, grid)), next(spatial(images, grid))
    yield (row[:, :, None, None] * column[:, None],)


def dense(images, grid):
    heads = torch.stack([nearness(grid, grid, sharp) for sharp in (4.0, 30.0, 200.0)])
    yield heads.expand(len(images), -1, -1, -1), Place(grid, grid)


def reduced(images, grid):
    coarse = (grid[0] // 2, grid[1] // 2)
    heads = torch.stack([nearness(grid, coarse, sharp) for sharp in (8.0, 90.0)])
    yield heads.expand(len(images), -1, -1, -1), Place(grid, coarse)


def local(images, grid):
    index = neighbour_index(grid, 3, boundary="mask")
    weights = (index >= 0) * torch.arange(1.0, 10.0)
    weights = torch.stack([weights, weights.flip(1) * (index >= 0)])
    weights = weights / weights.sum(-1, keepdim=True)
    yield weights.expand(len(images), -1, -1, -1), Place(grid, grid, index)


def cross(images, grid):
    height, width = grid
    every = torch.arange(height * width).reshape(grid)
    index = torch.stack(
        [
            torch.cat([every[row], torch.cat([every[:row, column], every[row + 1 :, column]])])
            for row in range(height)
            for column in range(width)
        ]
    )
    weights = torch.full((2, *index.shape), 1 / index.shape[1])
    yield weights.expand(len(images), -1, -1, -1), Place(grid, grid, index)


def warp(images, grid):
    turn = 0.4
    yx = 2 * points(grid) - 1
    x = 0.8 * (math.cos(turn) * yx[:, 1] - math.sin(turn) * yx[:, 0])
    y = 0.8 * (math.sin(turn) * yx[:, 1] + math.cos(turn) * yx[:, 0])
    warped = torch.stack([x, y], dim=-1).reshape(*grid, 2)
    yield (warped.expand(len(images), -1, -1, -1),)


def glance(images, grid):
    for time in range(4):
        x, y = math.cos(time) / 2, math.sin(time) / 2
        edges = torch.tensor([[x - s, y - s, x + s, y + s] for s in (0.15, 0.3)])
        yield (edges.expand(len(images), -1, -1),)


MAPS = {kind: globals()[kind] for kind in KINDS}
