"""Our format: one safetensors file with the weights, their card, and the state of the run.

The plain names are the weights to use. Names that begin with "resume/" are what training needs to
go on: raw weights, optimizer, chance. The card is JSON in the file's metadata under "saccade"; a
copy for people lies beside the file and is never read back.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from saccade.checkpoints.card import Card
from saccade.checkpoints.foreign import read_torch
from saccade.errors import CheckpointError, OutputError
from saccade.files import replacing, write_text

__all__ = ["Card", "Checkpoint", "read", "read_card", "save"]

_CARD = "saccade"
_RESUME = "resume/"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a weight file holds.

    Args:
        card: what the weights are; None in files that saccade did not write.
        state: the weights, by name.
        resume: the state of the run, by name; empty when it cannot be gone on with.
        how: how the file was read, in a few words.
    """

    card: Card | None
    state: dict[str, Tensor]
    resume: dict[str, Tensor]
    how: str = ""


def save(
    path: Path,
    model: nn.Module | Mapping[str, Tensor],
    card: Card,
    *,
    resume: Mapping[str, Tensor] | None = None,
) -> None:
    """Write weights and card into one file, whole or not at all; then the copy of the card.

    Args:
        path: of the file, NAME.safetensors; the copy is NAME.json.
        model: the model, or its weights by name.
        card: what the weights are.
        resume: what training needs to go on.

    Raises:
        OutputError: the file cannot be written.
    """
    state = model.state_dict() if isinstance(model, nn.Module) else model
    tensors = {name: _plain(value) for name, value in state.items()}
    tensors |= {_RESUME + name: _plain(value) for name, value in (resume or {}).items()}
    with replacing(path) as temporary:
        try:
            save_file(tensors, temporary, metadata={_CARD: card.to_json(), "format": "pt"})
        except SafetensorError as error:
            raise OutputError(f"to write {path}", str(error), "more disk space") from error
    write_text(path.with_suffix(".json"), card.to_json(indent=1) + "\n")


def read(path: str | Path) -> Checkpoint:
    """Read a weight file: ours, plain safetensors, or one of `torch.save`.

    Code in a pickle is never run.

    Raises:
        CheckpointError: there is no such file, or it is damaged, or holds something else.
    """
    path = Path(path)
    try:
        start = _first_bytes(path)
        if start[8:9] == b"{":
            return _read_safetensors(path)
        state, how = read_torch(path)
    except OSError as error:
        why = error.strerror or str(error)
        raise CheckpointError(f"a weight file at {path}", why, "another path") from error
    return Checkpoint(None, state, {}, how)


def read_card(path: str | Path) -> Card | None:
    """Read the card of a weight file and none of its weights; None where it has no card.

    Raises:
        CheckpointError: the card is damaged, or of a newer version.
    """
    try:
        with safe_open(path, framework="pt", device="cpu") as file:
            metadata = file.metadata() or {}
    except (SafetensorError, OSError):  # not ours, or nothing that can be opened
        return None
    return Card.from_json(metadata[_CARD], origin=str(path)) if _CARD in metadata else None


def _first_bytes(path: Path) -> bytes:
    if path.is_dir():
        raise CheckpointError(f"a weight file at {path}", "a folder", "a file in it")
    if not path.exists():
        raise CheckpointError(f"a weight file at {path}", "no such file", "another path")
    if not path.is_file():
        raise CheckpointError(f"a weight file at {path}", "no ordinary file", "another path")
    with path.open("rb") as file:
        start = file.read(16)
    if not start:
        raise CheckpointError(f"a weight file at {path}", "an empty file", "another copy of it")
    return start


def _read_safetensors(path: Path) -> Checkpoint:
    try:
        with safe_open(path, framework="pt", device="cpu") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except Exception as error:  # a header that lies fails in safetensors or, later, in torch
        why = str(error).removeprefix("Error while deserializing header: ").split(",")[0]
        raise CheckpointError(
            f"a whole safetensors file at {path}", f"a damaged one ({why})", "another copy of it"
        ) from error
    state = {name: value for name, value in tensors.items() if not name.startswith(_RESUME)}
    resume = {
        name.removeprefix(_RESUME): value
        for name, value in tensors.items()
        if name.startswith(_RESUME)
    }
    if _CARD not in metadata:
        return Checkpoint(None, state, resume, "plain safetensors without a card")
    card = Card.from_json(metadata[_CARD], origin=str(path))
    return Checkpoint(card, state, resume, f"a checkpoint of saccade {card.library}")


def _plain(value: Tensor) -> Tensor:
    """Copy a tensor, so that weights that share memory are written each on its own."""
    return value.detach().to("cpu", copy=True).contiguous()
