"""The network of a run that labels pixels, before its first step."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from saccade.attention.criss_cross import CrissCrossAttention
from saccade.checkpoints.fitting import adopt
from saccade.checkpoints.load import load_model
from saccade.checkpoints.native import read_card
from saccade.checkpoints.opening import weight_file
from saccade.checkpoints.pixel_weights import labels_pixels, load_pixels
from saccade.data.segmentation.classes import PixelClasses
from saccade.data.segmentation.sets import PixelSet
from saccade.data.transforms import Preprocessing
from saccade.errors import CheckpointError, ConfigError
from saccade.models import build
from saccade.models.ccnet_grid import CCNetGrid, CCNetGridConfig
from saccade.training.config import TrainConfig
from saccade.training.facts import measure_pixels
from saccade.training.recipe.choice import Choice
from saccade.training.segmentation.recipe import GRID

_SAMPLE = 64  # pictures whose colours are measured


@dataclass(frozen=True, kw_only=True, slots=True)
class PixelStart:
    """A network that labels pixels, ready to be trained.

    Args:
        model: on the CPU.
        classes: of pixels.
        preprocessing: of pictures.
        choices: what the data and the weights decided, and why.
    """

    model: nn.Module
    classes: PixelClasses
    preprocessing: Preprocessing
    choices: tuple[Choice, ...] = ()


def build_pixels(config: TrainConfig, train: PixelSet) -> PixelStart:
    """Build the network, from weights that know something where there are some.

    Args:
        config: with nothing left open.
        train: the part to learn from.

    Raises:
        ConfigError: the sizes do not go together.
        CheckpointError: the weights cannot be used.
    """
    if config.checkpoint is not None and _goes_on(config.checkpoint):
        return _known(config, train.classes)
    start = _on_grid(config, train) if config.model == GRID else _dilated(config, train)
    for part in start.model.modules():
        if isinstance(part, CrissCrossAttention) and config.segment.gamma is not None:
            nn.init.constant_(part.gamma, config.segment.gamma)
    return start


def _dilated(config: TrainConfig, train: PixelSet) -> PixelStart:
    model = build(config.model or "", **_head(config, train.classes), **config.model_kwargs)
    start = _measured(config, model, train)
    if config.checkpoint is None:
        return start
    return dataclasses.replace(start, choices=(*start.choices, _taken(config, model)))


def _head(config: TrainConfig, classes: PixelClasses) -> dict[str, Any]:
    """Give the options that every network of pixels has."""
    asked = config.segment
    grey = config.in_chans == 1 and config.model != GRID
    return {
        "num_classes": len(classes.told),
        "context": asked.context,
        "recurrence": asked.recurrence,
        **({"in_chans": 1} if grey else {}),
    }


def _on_grid(config: TrainConfig, train: PixelSet) -> PixelStart:
    asked, options = config.segment, dict(config.model_kwargs)
    told: dict[str, Any] = {
        **_head(config, train.classes),
        "steps": asked.read or (-1,),
        "width": asked.width or 64,
        "tuned": -1 if asked.tuned is None else asked.tuned,
    }
    size = {"img_size": config.img_size}
    if config.checkpoint is None:
        network = str(options.pop("network", CCNetGridConfig().network))
        fresh = CCNetGridConfig(network=network, options={**size, **options}, **told)
        if fresh.tuned != -1:
            raise ConfigError("segment.tuned=-1 for fresh weights", str(fresh.tuned))
        return _measured(config, build(GRID, **dataclasses.asdict(fresh)), train)
    loaded = load_model(config.checkpoint, changes={**options, **size})
    fields = dataclasses.asdict(loaded.model.config)
    fields.pop("num_classes")
    steps = _within(told.pop("steps"), loaded.model.steps)
    made = CCNetGridConfig(network=loaded.model.name, options=fields, steps=steps, **told)
    model = CCNetGrid(made, loaded.model)
    model.name = GRID
    pixels = {**loaded.card.preprocessing, "crop_pct": 1.0, "crop_mode": "pad"}
    size = {"img_size": loaded.model.config.image}
    weights = Choice("weights", config.checkpoint, str(loaded.report))
    return PixelStart(
        model=model,
        classes=train.classes,
        preprocessing=Preprocessing.from_dict({**pixels, **size}),
        choices=(weights,),
    )


def _within(steps: tuple[int, ...], there: int) -> tuple[int, ...]:
    """Keep the steps that a network has; its last one where it has none of them."""
    return tuple(step for step in steps if -there <= step < there) or (there - 1,)


def _measured(config: TrainConfig, model: nn.Module, train: PixelSet) -> PixelStart:
    """Scale pixels by the pictures' own statistics, for fresh weights."""
    own: Any = model.config
    size = config.img_size if isinstance(config.img_size, tuple) else (config.img_size,) * 2
    plain = Preprocessing(
        img_size=size,  # type: ignore[arg-type]
        crop_mode="pad",
        interpolation="bilinear",
        in_chans=int(getattr(own, "in_chans", 3)),
    )
    count = min(_SAMPLE, len(train))
    pictures = [train.load(place * len(train) // count) for place in range(count)]
    mean, std = measure_pixels(pictures, plain)
    why = f"measured on {count} training pictures"
    return PixelStart(
        model=model,
        classes=train.classes,
        preprocessing=dataclasses.replace(plain, mean=mean, std=std),
        choices=(Choice("mean", mean, why), Choice("std", std, why)),
    )


def _goes_on(checkpoint: str) -> bool:
    """Tell whether weights are of a network that labels pixels already."""
    path = Path(checkpoint)
    return path.exists() and labels_pixels(read_card(weight_file(path)))


def _known(config: TrainConfig, classes: PixelClasses) -> PixelStart:
    """Take over a network that labels pixels; other classes get a fresh last layer."""
    origin = config.checkpoint or ""
    found = load_pixels(origin)
    choices = [Choice("weights", origin, found.card.model)]
    model: Any = found.model
    if found.classes.names != classes.names:
        model.reset_classifier(len(classes.told))
        choices.append(Choice("head", "fresh", "the weights know other classes"))
    return PixelStart(
        model=model,
        classes=classes,
        preprocessing=found.preprocessing,
        choices=tuple(choices),
    )


@torch.no_grad()
def _taken(config: TrainConfig, model: nn.Module) -> Choice:
    """Take the weights of a residual network that classifies into the dilated one."""
    origin = config.checkpoint or ""
    state = load_model(origin).model.state_dict()
    own = model.state_dict()
    head = ("head.", "dsn.")
    wanted = [name for name in own if not name.startswith(head)]
    fits = {n: state[n] for n in wanted if n in state and state[n].shape == own[n].shape}
    if len(fits) < len(wanted):
        missing = next(name for name in wanted if name not in fits)
        raise CheckpointError(
            f"the weights of a residual network like {config.model} in {origin}",
            f"{len(fits)} of {len(wanted)} tensors, without {missing}",
            f"model={GRID}, or model_kwargs such as stem=plain",
        )
    adopt(model, {**own, **fits})
    return Choice("weights", origin, f"{len(fits)} tensors of the dilated stages")
