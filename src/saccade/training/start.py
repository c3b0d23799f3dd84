"""Where a run starts: a model with fresh weights, or with weights that know something already."""

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path

import torch

from saccade.checkpoints.card import Card
from saccade.checkpoints.fitting import fit
from saccade.checkpoints.load import load_model
from saccade.checkpoints.native import Checkpoint
from saccade.checkpoints.opening import open_source
from saccade.checkpoints.recognise import recognise
from saccade.data.sets import Picture
from saccade.data.transforms import Preprocessing
from saccade.errors import CheckpointError, ConfigError
from saccade.layers.patches import pair
from saccade.models import build, options_of
from saccade.models.catalog import CATALOG
from saccade.models.classifier import Classifier
from saccade.training.choices import SMALL, Choice
from saccade.training.config import TrainConfig
from saccade.training.facts import Facts, measure_pixels
from saccade.training.scale.processes import ALONE, World
from saccade.training.scale.shares import read_card


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Start:
    """A model that is ready to be trained.

    Args:
        model: on the CPU.
        preprocessing: how a picture becomes its input.
        choices: what was decided on the way, and why.
        fresh_head: the head has learned nothing yet.
    """

    model: Classifier
    preprocessing: Preprocessing
    choices: tuple[Choice, ...] = ()
    fresh_head: bool = True


def pick_device(name: str, world: World = ALONE) -> torch.device:
    """Find the device that "auto" means, or see that the named one is there.

    Args:
        name: of the device.
        world: each process of a machine gets a CUDA device of its own.

    Raises:
        ConfigError: it is not.
    """
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if name == "auto":
        name = next((kind for kind, found in there.items() if found), "cpu")
    if name == "cuda" and world.size > 1:
        name = f"cuda:{world.local_rank}"
    kind = name.split(":")[0]
    if not there.get(kind, True):
        raise ConfigError(f"a {kind} device that torch can use", "none", "device=auto")
    return torch.device(name)


def fresh_start(
    config: TrainConfig, classes: Sequence[str], facts: Facts, pictures: Sequence[Picture]
) -> Start:
    """Build a model with fresh weights; its pixels are scaled by the pictures' own statistics."""
    names = ("img_size", "img_fit", "patch_size", "in_chans", "drop_path_rate", "weight_init")
    changes = {name: getattr(config, name) for name in names}
    changes = {name: value for name, value in changes.items() if value is not None}
    name = config.model or ""
    model = build(name, num_classes=len(classes), **changes, **config.model_kwargs)
    published = {} if facts.side <= SMALL else CATALOG[name].preprocessing
    kept = {key: published[key] for key in ("crop_pct", "interpolation") if key in published}
    plain = Preprocessing.from_dict(
        {
            **kept,
            "img_size": _size(model),
            "in_chans": int(model.config.in_chans),
            "exif": config.exif or "apply",
        }
    )
    mean, std = measure_pixels(pictures, plain)
    reason = f"measured on {len(pictures)} training pictures"
    return Start(
        model=model,
        preprocessing=dataclasses.replace(plain, mean=mean, std=std),
        choices=(Choice("mean", mean, reason), Choice("std", std, reason)),
    )


def known_weights(config: TrainConfig) -> tuple[str | None, tuple[int, int] | None]:
    """Tell the model of the weights to start from, and its image size (height, width) in pixels.

    Returns:
        None and None where there are no such weights; no size where nobody asks for another.

    Raises:
        CheckpointError: the weights cannot be read, or are not recognised.
    """
    if config.checkpoint is None:
        return None, None
    sized = {} if config.img_size is None else {"img_size": config.img_size}
    name, fields = recognise(open_source(config.checkpoint), config.model, sized)
    if config.img_size is None:
        return name, None
    told = fields.get("img_size", CATALOG[name].changes.get("img_size"))
    return name, pair(told) if isinstance(told, int | tuple) else None


def known_start(config: TrainConfig, classes: Sequence[str]) -> Start:
    """Build a model with the weights of a file; a head for other classes starts afresh.

    Raises:
        CheckpointError: the file cannot be read, does not say what it is, or does not fit.
    """
    origin = config.checkpoint or ""
    changes = {
        key: getattr(config, key)
        for key in ("img_size", "img_fit", "patch_size", "in_chans", "drop_path_rate")
        if getattr(config, key) is not None
    }
    source = open_source(origin)
    name, _ = recognise(source, config.model, changes)
    if changes.get("drop_path_rate") == 0 and "drop_path_rate" not in options_of(name):
        del changes["drop_path_rate"]  # a model that cannot drop paths drops none
    known = source.about.classes
    changes |= {**config.model_kwargs, "num_classes": len(classes)}
    loaded = load_model(source, model=name, changes=changes)
    choices = [Choice("weights", origin, f"{source.how}; {loaded.report}")]
    fresh = tuple(classes) != tuple(known)
    if fresh:
        loaded.model.reset_classifier(len(classes))
        old = f"{len(known)} other classes" if known else "classes without names"
        choices.append(Choice("head", "fresh", f"the weights know {old}"))
    exif = {} if config.exif is None else {"exif": config.exif}
    return Start(
        model=loaded.model,
        preprocessing=Preprocessing.from_dict({**loaded.card.preprocessing, **exif}),
        choices=tuple(choices),
        fresh_head=fresh,
    )


def run_card(checkpoint: Checkpoint, *, origin: str) -> Card:
    """Give the card of a run that can be gone on with.

    Raises:
        CheckpointError: the file is no checkpoint of a run.
    """
    card = checkpoint.card
    wanted = ("place", "config", "data")
    if card is None or not all(isinstance(card.training.get(key), dict) for key in wanted):
        raise CheckpointError(
            f"a run to go on with in {origin}", checkpoint.how, "the last.safetensors of a run"
        )
    return card


def in_shares(folder: Path) -> Checkpoint:
    """Give the card of a checkpoint of shares; its weights are read when all processes can."""
    card = Card.from_json(json.dumps(read_card(folder)), origin=str(folder))
    return Checkpoint(card, {}, {}, "a checkpoint of shares")


def resumed_start(checkpoint: Checkpoint, card: Card, *, origin: str) -> Start:
    """Build the model of a run that is gone on with; the rest comes with the loop's state."""
    model = build(card.model, **card.config)
    if checkpoint.state:
        fit(model, checkpoint.state, origin=origin)
    return Start(model=model, preprocessing=Preprocessing.from_dict(card.preprocessing))


def settled(config: TrainConfig, start: Start) -> TrainConfig:
    """Write into a config what the model turned out to be."""
    own = start.model.config
    patch = getattr(own, "patch_size", None)
    return dataclasses.replace(
        config,
        model=start.model.name,
        img_size=_size(start.model),
        img_fit=getattr(own, "img_fit", None),
        exif=start.preprocessing.exif,
        patch_size=patch[0] if isinstance(patch, tuple) else patch,
        in_chans=own.in_chans,
        weight_init=getattr(own, "weight_init", None),
    )


def _size(model: Classifier) -> tuple[int, int]:
    height, width = model.config.img_size
    return int(height), int(width)
