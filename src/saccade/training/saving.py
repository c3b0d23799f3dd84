"""When and what a run saves: the weights of its best epoch, and all that is needed to go on."""

import dataclasses
import json
import time
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from saccade.checkpoints.card import Card
from saccade.checkpoints.native import read, save
from saccade.training.config import TrainConfig
from saccade.training.hashes import weights_hash
from saccade.training.pretraining.extra import FILE, save_extra
from saccade.training.scale.processes import World
from saccade.training.scale.shares import newest, read_card
from saccade.training.scale.sharing import whole
from saccade.training.state import Moving, Place

_STATE = "state/"  # before the names of the weights to use
_SHARDED = "saccade.training.scale.sharded"  # imported when it is needed: it takes seconds


class Saving:
    """Saves a run; only the first process writes.

    Args:
        folder: of the run.
        card: what is known of the weights before training.
        config: of the run.
        moving: what a step changes.
        world: the processes.
    """

    def __init__(
        self, folder: Path, card: Card, config: TrainConfig, moving: Moving, world: World
    ) -> None:
        self.folder = folder
        self.card = card
        self.config = config
        self.moving = moving
        self.world = world
        self._when = time.monotonic()
        self._extra: Mapping[str, Any] = {}

    def is_due(self) -> bool:
        """Tell whether it is long since the run was saved."""
        limit = 60 * self.config.save_minutes
        return bool(limit) and time.monotonic() - self._when > limit

    @property
    def in_shares(self) -> bool:
        """Whether each process writes a share of `last`."""
        return self.world.size > 1 and self.config.strategy == "fsdp"

    def fingerprint(self) -> str:
        """Give a hash of the weights to use; none where no process holds them all."""
        whole_here = self.world.main and not self.in_shares
        return weights_hash(self.moving.weights()) if whole_here else ""

    def best(self, place: Place, extra: Mapping[str, Any]) -> None:
        """Save the weights to use.

        Args:
            place: where the run stands.
            extra: what else to remember of this epoch.
        """
        self._extra = extra
        self._save("best", place)
        with self.moving.in_use():
            held = {name: whole(v) for name, v in self.moving.lesson.state_dict().items()}
            if self.world.main:
                save_extra(self.moving.lesson, self.folder / FILE, held)

    def last(self, place: Place) -> None:
        """Save all that is needed to go on."""
        packed = self.moving.pack(self.world)
        if self.in_shares:
            state = {_STATE + name: value for name, value in self.moving.weights().items()}
            card = json.loads(self._card(place, resumable=True).to_json())
            import_module(_SHARDED).save_shares(
                self.folder / "last", {**state, **packed}, card, self.world
            )
        else:
            self._save("last", place, packed)
        self._when = time.monotonic()

    def rolled_back(self) -> Place:
        """Take over what was saved last; give the place where that was."""
        shares = newest(self.folder)
        if shares is not None:
            return take_shares(shares, self.moving, self.world)
        path = self.folder / "last.safetensors"
        checkpoint = read(path)
        self.moving.unpack(checkpoint.state, checkpoint.resume, self.world)
        training = checkpoint.card.training if checkpoint.card else {}
        return Place.from_dict(training["place"], origin=str(path))

    def _save(self, name: str, place: Place, resume: dict[str, Tensor] | None = None) -> None:
        weights = {name: whole(value) for name, value in self.moving.weights().items()}
        if not self.world.main:
            return
        card = self._card(place, resumable=resume is not None)
        save(self.folder / f"{name}.safetensors", weights, card, resume=resume)

    def _card(self, place: Place, *, resumable: bool) -> Card:
        training = {**self.card.training, "config": self.config.to_dict(), **self._extra}
        if resumable:
            training["place"] = place.to_dict()
        return dataclasses.replace(
            self.card,
            metrics=place.history[-1] if place.history else {},
            training=training,
            epoch=place.epoch,
            step=place.step,
        )


def take_shares(folder: Path, moving: Moving, world: World) -> Place:
    """Take over a run from a checkpoint of shares; give the place where it stands.

    Raises:
        CheckpointError: it cannot be read.
    """

    def room(name: str, shape: torch.Size) -> Tensor | None:
        return moving.room(name.removeprefix(_STATE), shape, world)

    held: dict[str, Tensor] = import_module(_SHARDED).load_shares(folder, room)
    state = {k.removeprefix(_STATE): v for k, v in held.items() if k.startswith(_STATE)}
    moving.unpack(state, {k: v for k, v in held.items() if not k.startswith(_STATE)}, world)
    return Place.from_dict(read_card(folder)["training"]["place"], origin=str(folder))
