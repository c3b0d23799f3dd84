"""What a text on the command line names: data, weights or a run."""

from pathlib import Path
from typing import Literal

from saccade.checkpoints.hub import is_hub_id
from saccade.checkpoints.opening import weight_file
from saccade.data.hub_columns import PREFIX
from saccade.data.tar_index import has_shard_name
from saccade.errors import CheckpointError

Kind = Literal["data", "checkpoint", "run"]
_WEIGHTS = (".safetensors", ".npz", ".pth", ".pt", ".bin", ".ckpt", ".tar", ".h5")
_RUN = ("metrics.jsonl", "metrics.csv", "last.safetensors")


def kind_of(subject: str) -> Kind:
    """Tell what is to be examined.

    A folder with config.json and the diary or the checkpoint of a run is a run; what has a weight
    file's name, is a folder with weights, or could be an id of the hub is a checkpoint; everything
    else is data.

    Args:
        subject: what a person typed.
    """
    path = Path(subject)
    if path.is_dir():
        if (path / "config.json").is_file() and any((path / name).exists() for name in _RUN):
            return "run"
        return "checkpoint" if _has_weights(path) else "data"
    if subject.startswith(PREFIX) or subject == "digits":
        return "data"
    named = path.suffix.lower() in _WEIGHTS or subject.endswith(".index.json")
    if named and not (path.suffix == ".tar" and has_shard_name(subject) and not _is_torch(path)):
        return "checkpoint"
    return "checkpoint" if is_hub_id(subject) else "data"


def _has_weights(folder: Path) -> bool:
    try:
        weight_file(folder)
    except CheckpointError:
        return False
    return True


def _is_torch(path: Path) -> bool:
    """Tell a file of torch.save that is called .pth.tar from a shard of pictures."""
    return len(path.suffixes) > 1 and path.suffixes[-2] in _WEIGHTS
