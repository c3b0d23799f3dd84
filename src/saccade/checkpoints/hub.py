"""Models of the Hugging Face hub: fetched once, then read from the cache, without a network too."""

import re
from importlib import import_module
from pathlib import Path

from saccade.errors import CheckpointError, MissingExtra

_ID = re.compile(r"(?:hf[-_]hub:)?(?P<id>[\w.-]+/[\w.-]+)(?:@(?P<revision>[\w./-]+))?")
_WANTED = ("*.json", "*.safetensors", "*.npz")
_ELSE = ("*.bin", "*.pth", "*.pt")
_FILES = (".safetensors", ".npz", ".bin", ".pth", ".pt", ".tar", ".json")


def is_hub_id(name: str) -> bool:
    """Tell whether a text could be an id such as "timm/vit_tiny_patch16_224.augreg_in21k".

    Paths that exist are none, nor are names of weight files or of things in a folder that exists.
    """
    path = Path(name)
    if _ID.fullmatch(name) is None or path.suffix in _FILES:
        return False
    return not path.exists() and not path.parent.is_dir()


def fetch(name: str) -> Path:
    """Find the folder of a model, fetching its files where the cache lacks them.

    Args:
        name: an id, with @REVISION where one is wanted; "hf-hub:" before it is taken off.

    Raises:
        MissingExtra: the package huggingface_hub is not installed.
        CheckpointError: there is no such model, or neither network nor cache has it.
    """
    found = _ID.fullmatch(name)
    if found is None:
        raise CheckpointError("the id of a model, as OWNER/NAME", repr(name), "a path")
    try:
        hub = import_module("huggingface_hub")
    except ImportError as error:
        raise MissingExtra(
            f"the package huggingface_hub to fetch {name}",
            "none",
            "pip install huggingface_hub, or the path of a file",
        ) from error
    asked = {"repo_id": found["id"], "revision": found["revision"]}
    try:
        folder = Path(hub.snapshot_download(**asked, allow_patterns=list(_WANTED)))
        if not _weights(folder):
            folder = Path(hub.snapshot_download(**asked, allow_patterns=[*_WANTED, *_ELSE]))
    except Exception as error:  # whatever the network does; what the cache holds still counts
        folder = _cached(hub.snapshot_download, asked, error)
    return folder


def _cached(download: object, asked: dict[str, str | None], error: Exception) -> Path:
    """Give what the cache holds of a model when the hub cannot be asked.

    Raises:
        CheckpointError: nothing.
    """
    try:
        return Path(download(**asked, local_files_only=True))  # type: ignore[operator]
    except Exception as none:
        why = str(error).strip().split("\n")[0][:160] or type(error).__name__
        raise CheckpointError(
            f"the model {asked['repo_id']} on the hub or in its cache",
            f"{type(error).__name__} ({why})",
            "another id, a network, or the path of a file",
        ) from none


def _weights(folder: Path) -> list[Path]:
    return [path for ending in ("*.safetensors", "*.npz") for path in folder.glob(ending)]
