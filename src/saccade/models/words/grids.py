"""Image encoders as grids: any network of images as a row of annotations with known places.

Source: Xu et al., arXiv:1502.03044, section 3.1.1: annotations are the columns of a convolutional
map, not the vector before the head, so that a place of the image can be looked at.
Axes: b batch, c channels, h height, w width, j places, row by row, special tokens first where they
are asked for; d features.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import torch
from torch import Tensor, nn

from saccade.data.transforms import Preprocessing
from saccade.errors import ConfigError
from saccade.layers.positions import sincos_positions
from saccade.models import build
from saccade.models.catalog import CATALOG
from saccade.models.classifier import Classifier
from saccade.models.words.freezing import freeze, rest, steps_by_order, steps_of
from saccade.models.words.timm_grid import TIMM, TimmGrid
from saccade.shapes import expect, expect_dtype


@dataclass(frozen=True, kw_only=True, slots=True)
class GridConfig:
    """Which network reads the images, and which part of it learns.

    Args:
        network: a name of the catalogue, or "timm:NAME" for a network of timm.
        options: fields of the network's config that differ, such as `img_size`; keywords of timm.
        step: which block or stage gives the grid, from 0, negative ones from the end; the normed
            end of the network when None. Not with timm.
        pool: (rows, columns) that the map is averaged or spread to; as it is when None.
        positions: add fixed sines and cosines of the place to each annotation ("sincos2d"), or
            nothing ("none"): transformers know places already, small convolutions do not.
        special: keep class tokens and registers, before the places of the grid.
        tuned: how many of the last blocks or stages learn; 0 freezes all, -1 none.
        frozen_norms: freeze every batch norm, also in stages that learn.
        preprocessing: how pictures are prepared, where it differs from the catalogue.

    Raises:
        ConfigError: a value that cannot work.
    """

    network: str = "vit_tiny_patch16_224"
    options: Mapping[str, Any] = field(default_factory=dict)
    step: int | None = None
    pool: tuple[int, int] | None = None
    positions: Literal["none", "sincos2d"] = "none"
    special: bool = False
    tuned: int = 0
    frozen_norms: bool = False
    preprocessing: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "options", {k: _tuples(v) for k, v in self.options.items()})
        pool = None if self.pool is None else tuple(self.pool)
        object.__setattr__(self, "pool", pool)
        if pool is not None and (len(pool) != 2 or min(pool) < 1):
            raise ConfigError("pool as two positive numbers", repr(pool), "pool=(14, 14)")
        if pool is not None and self.special:
            raise ConfigError("pool or special", "both", "special=False")
        if self.positions not in ("none", "sincos2d"):
            raise ConfigError("positions none or sincos2d", repr(self.positions), "none")
        if self.network.startswith(TIMM) and (self.step is not None or self.special):
            raise ConfigError("no step and no special tokens of timm's", self.network, "step=None")

    @classmethod
    def of(
        cls, network: Classifier, preprocessing: Mapping[str, Any] | None = None
    ) -> "GridConfig":
        """Describe a network that is there, such as one with pretrained weights.

        Args:
            network: of this library, with its name in the catalogue.
            preprocessing: of its weights.
        """
        fields = dataclasses.asdict(network.config)
        options = {name: value for name, value in fields.items() if name != "num_classes"}
        return cls(network=network.name, options=options, preprocessing=preprocessing or {})

    @classmethod
    def tutorial(cls) -> "GridConfig":
        """Give the tutorial's encoder: ResNet-101 on 256 pixels, spread to 14x14, frozen."""
        return cls(network="resnet101", options={"img_size": 256}, pool=(14, 14))

    def to_dict(self) -> dict[str, Any]:
        """The config as plain JSON."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "GridConfig":
        """Read what `to_dict` gave.

        Raises:
            ConfigError: a field is unknown or cannot work.
        """
        try:
            return cls(**values)
        except TypeError as error:
            raise ConfigError("the fields of a GridConfig", str(error)) from error


class GridEncoder(nn.Module):
    """Annotations of images: (b c h w) to (b j d), where the places j lie on `grid`.

    Args:
        config: which network, and how it is read.
        network: the network itself, when it is there already, perhaps with pretrained weights;
            otherwise one with fresh weights is made. Its head is left out.

    Attributes:
        grid: (rows, columns) of the places.
        prefix: names of the special tokens before them; empty unless they were asked for.
        features: size d of an annotation.
        img_size: (height, width) of the images in pixels.
        in_chans: channels of the images.

    Raises:
        ConfigError: the network has no such step, or gives no grid.
        UnknownName: no network has this name.
        MissingExtra: timm is asked for and cannot be imported.
    """

    places: Tensor | None

    def __init__(self, config: GridConfig, network: nn.Module | None = None) -> None:
        super().__init__()
        self.config = config
        made = _made(config) if network is None else network
        if isinstance(made, Classifier):
            made.reset_classifier(0)
            self.img_size, self.in_chans = made.config.image, int(made.config.in_chans)
            self.last = _step(config.step, made.steps)
            self.prefix = made.layout.prefix if config.special else ()
        else:
            made = made if isinstance(made, TimmGrid) else TimmGrid(made)
            self.img_size, self.in_chans = made.img_size, made.in_chans
            self.last, self.prefix = -1, ()
        self.network: Classifier | TimmGrid = made
        self._measure()
        self.train(self.training)

    @torch.no_grad()
    def _measure(self) -> None:
        """Send one blank image through: the grid, the features, and which parameters are used."""
        self.network.eval()
        blank = next(self.network.parameters()).new_zeros(1, self.in_chans, *self.img_size)
        _, patches = self._split(self._reached(blank))
        pooled = self._pooled(patches)
        self.features: int = pooled.shape[1]
        self.grid: tuple[int, int] = (pooled.shape[2], pooled.shape[3])
        marked = self.config.positions == "sincos2d"
        table = sincos_positions(self.grid, self.features).to(blank) if marked else None
        self.register_buffer("places", table, persistent=False)
        network = self.network
        if isinstance(network, TimmGrid):
            steps = steps_by_order(network, network.ends)
        else:
            steps = steps_of(network, blank, None if self.config.step is None else self.last)
        freeze(network, steps, self.config.tuned, norms=self.config.frozen_norms)

    @property
    def preprocessing(self) -> Preprocessing:
        """How a picture becomes the input: as its weights want it, else as the catalogue says."""
        known = (
            self.network.preprocessing
            if isinstance(self.network, TimmGrid)
            else CATALOG[self.config.network].preprocessing
        )
        size = {"img_size": self.img_size, "in_chans": self.in_chans}
        return Preprocessing.from_dict({**known, **self.config.preprocessing, **size})

    def train(self, mode: bool = True) -> "GridEncoder":
        """Set the mode of what learns; what is frozen stays in evaluation mode."""
        super().train(mode)
        rest(self.network, norms=self.config.frozen_norms)
        return self

    def forward(self, images: Tensor) -> Tensor:
        """Turn images (b c h w) into annotations (b j d).

        Raises:
            ShapeError: the images have another size or number of channels, or are not floats.
        """
        height, width = self.img_size
        expect(images, "b c h w", "the images", c=self.in_chans, h=height, w=width)
        expect_dtype(images, "floats", "the images")
        special, patches = self._split(self._reached(images))
        places = self._pooled(patches).flatten(2).mT
        if self.places is not None:
            places = places + self.places
        return torch.cat([special, places], dim=1) if self.prefix else places

    def _reached(self, images: Tensor) -> Tensor:
        """Run the network as far as is wanted: a map (b d h w), or tokens (b n d)."""
        if isinstance(self.network, TimmGrid):
            return self.network(images)
        if self.config.step is None:
            return self.network.end(images)
        steps = enumerate(self.network.walk(images))
        return self.network.finish(next(x for index, x in steps if index == self.last))

    def _split(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Split what the network gave into special tokens (b n d) and a map (b d h w)."""
        if x.dim() == 4:
            return x.flatten(2).mT[:, :0], x
        layout = self.network.layout
        count = 0 if layout is None else len(layout.prefix)
        special, patches = x[:, :count], x[:, count:]
        rows, columns = (0, 0) if layout is None else layout.grid
        if patches.shape[1] != rows * columns:
            got = f"{patches.shape[1]} tokens"
            raise ConfigError(f"a grid of {rows}x{columns} places", got, "step=None")
        return special, patches.mT.reshape(len(x), -1, rows, columns)

    def _pooled(self, patches: Tensor) -> Tensor:
        if self.config.pool is None or tuple(patches.shape[2:]) == self.config.pool:
            return patches
        return nn.functional.adaptive_avg_pool2d(patches, self.config.pool)


def _made(config: GridConfig) -> nn.Module:
    if config.network.startswith(TIMM):
        return TimmGrid.create(config.network.removeprefix(TIMM), config.options)
    if CATALOG[config.network].task == "video":
        raise ConfigError("a network of images", f"{config.network}, of videos", "resnet50")
    return build(config.network, num_classes=0, **config.options)


def _step(step: int | None, steps: int) -> int:
    if step is None:
        return steps - 1
    if not -steps <= step < steps:
        raise ConfigError(f"a step from {-steps} to {steps - 1}", str(step), f"step={steps - 1}")
    return step % steps


def _tuples(value: object) -> object:
    """JSON has no tuples; configs have no lists."""
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value
