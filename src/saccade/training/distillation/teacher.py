"""A teacher: a network that is only asked, with its own way of preparing pictures.

It comes from whatever weights `load_model` reads, or from timm. It is no part of what learns: it is
never registered in a module, so no state dict, optimizer or average knows of it.
"""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn

from saccade.checkpoints.load import load_model
from saccade.data.transforms import Preprocessing
from saccade.errors import ConfigError
from saccade.models.catalog import CATALOG
from saccade.training.distillation.classes import aligned
from saccade.training.distillation.timm_teacher import PREFIX, timm_teacher
from saccade.training.distillation.translation import translated


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Teacher:
    """A network in eval mode that gives logits in the order of a student's classes.

    Args:
        name: of the network.
        network: turns images (b c h w) into logits.
        preprocessing: its own.
        columns: which of its outputs is which class of the student.
        notes: sentences on what a user should know of it.
    """

    name: str
    network: nn.Module
    preprocessing: Preprocessing
    columns: Tensor
    notes: tuple[str, ...] = field(default=())

    @property
    def parameters(self) -> int:
        """How many parameters it has."""
        return sum(value.numel() for value in self.network.parameters())

    @torch.no_grad()
    def answer(self, pictures: Tensor) -> Tensor:
        """Turn pictures that are prepared for it (b c h w) into logits (b k), float32.

        It follows the pictures to their device.
        """
        if _place(self.network) != pictures.device:
            self.to(pictures.device)
        logits: Tensor = self.network(pictures)
        return logits.float().index_select(1, self.columns.to(pictures.device))

    def told(self, images: Tensor, own: Preprocessing) -> Tensor:
        """Turn a student's pictures (b c h w), prepared by `own`, into logits (b k)."""
        return self.answer(translated(images, own, self.preprocessing))

    def to(self, device: torch.device) -> None:
        """Move the network."""
        self.network.to(device)

    def key(self) -> str:
        """Compute a hash of all that its answers depend on but the pictures."""
        digest = hashlib.sha256(f"{self.preprocessing} {self.columns.tolist()}".encode())
        for name, value in self.network.state_dict().items():
            digest.update(f"{name} {value.dtype} {tuple(value.shape)}".encode())
            plain = value.detach().cpu().contiguous().reshape(-1).view(torch.uint8)
            digest.update(plain.numpy())
        return digest.hexdigest()[:16]


def open_teacher(source: str, classes: tuple[str, ...]) -> Teacher:
    """Open a teacher, with its outputs in the order of a student's classes.

    Args:
        source: a weight file, the folder of a run, an id of the hub, or "timm:NAME", also
            "timm:NAME@FILE" with weights of a file.
        classes: names of the student's classes.

    Raises:
        ConfigError: it is no classifier, or lacks a class.
        CheckpointError: the weights cannot be read, or fit no network.
        MissingExtra: timm is asked for and not installed.
    """
    if source.startswith(PREFIX):
        found = timm_teacher(source)
        name, network, known = found.name, found.network, found.classes
        preprocessing = found.preprocessing
    else:
        _check_hub(source)
        loaded = load_model(source)
        name, network, known = loaded.model.name, loaded.model, loaded.card.classes
        _check_task(name, int(loaded.model.config.num_classes), source)
        preprocessing = Preprocessing.from_dict(loaded.card.preprocessing)
    network.eval().requires_grad_(False)
    outputs = _outputs(network, preprocessing)
    columns, notes = _columns(known, outputs, classes, _called(name, source))
    return Teacher(
        name=name,
        network=network,
        preprocessing=preprocessing,
        columns=torch.tensor(columns),
        notes=notes,
    )


def _columns(
    known: tuple[str, ...], outputs: int, classes: tuple[str, ...], called: str
) -> tuple[list[int], tuple[str, ...]]:
    """Match outputs and classes; a teacher without names must at least have as many."""
    if known and len(known) == outputs:
        return aligned(known, classes, teacher=called), ()
    if outputs != len(classes):
        raise ConfigError(
            f"a teacher of these {len(classes)} classes",
            f"{called}, which has {outputs} outputs and no names for them",
            "the folder of a run with these classes",
        )
    order = f"{classes[0]} to {classes[-1]}"
    note = f"{called} has no names for its outputs; they are taken in the order {order}"
    return list(range(outputs)), (note,)


def _outputs(network: nn.Module, preprocessing: Preprocessing) -> int:
    """Count the outputs by asking for one."""
    blank = torch.zeros(1, preprocessing.in_chans, *preprocessing.img_size)
    with torch.no_grad():
        return int(network(blank).shape[-1])


def _check_task(name: str, outputs: int, source: str) -> None:
    if name in CATALOG and CATALOG[name].task != "classify":
        raise ConfigError("a teacher that classifies pictures", f"{name} of {source}", "resnet50")
    if outputs < 2:
        raise ConfigError(
            "a teacher with a classifier", f"{name} of {source} without one", "a fine-tuned file"
        )


def _check_hub(source: str) -> None:
    """Tell a model of the hub that timm knows and saccade does not, before it is fetched."""
    name = source.removeprefix("timm/")
    plain = name.split(".")[0]
    if name == source or "/" in name or Path(source).exists() or plain in CATALOG:
        return
    raise ConfigError("a teacher that saccade has a network for", source, f"{PREFIX}{name}")


def _called(name: str, source: str) -> str:
    return name if source.startswith(PREFIX) else f"{name} of {Path(source)}"


def _place(network: nn.Module) -> torch.device | None:
    return next((value.device for value in network.parameters()), None)
