"""Weight files of other libraries: what torch.save wrote, read without running any code in it."""

import argparse
import pathlib
import re
import warnings
from collections import OrderedDict, defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from saccade.errors import CheckpointError

# Where training scripts keep the weights, the averaged ones first.
_HOMES = (
    "model_ema",
    "state_dict_ema",
    "ema_state_dict",
    "ema",
    "ema_model",
    "params_ema",
    "state_dict",
    "model",
    "model_state_dict",
    "model_state",
    "net",
    "network",
    "params",
    "module",
    "teacher",  # of self-distillation; its student is the noisier one
    "target_encoder",
    "student",
    "encoder",
    "backbone",
)
_PREFIXES = ("module.", "_orig_mod.")


class Inert:
    """Stands for the settings of a training library: takes what it is given, and does nothing."""

    def __init__(self, *_: object) -> None: ...

    def __setstate__(self, state: object) -> None:
        """Take what was saved of it, and forget it."""


def _listed(*_: object) -> list[object]:
    """Start a list where something longer was saved; its members follow."""
    return []


# What libraries call their settings: tables, and other objects.
_TABLES = (
    "yacs.config.CfgNode",
    "easydict.EasyDict",
    "mmcv.utils.config.ConfigDict",
    "mmengine.config.config.ConfigDict",
    "pytorch_lightning.utilities.parsing.AttributeDict",
    "lightning.pytorch.utilities.parsing.AttributeDict",
    "lightning_fabric.utilities.data.AttributeDict",
    "lightning.fabric.utilities.data.AttributeDict",
)
_OBJECTS = (
    "omegaconf.dictconfig.DictConfig",
    "omegaconf.listconfig.ListConfig",
    "omegaconf.base.ContainerMetadata",
    "omegaconf.base.Metadata",
    "omegaconf.nodes.AnyNode",
    "typing.Any",
    "mmengine.logging.history_buffer.HistoryBuffer",
)
# Plain values that old checkpoints carry beside their tensors; building them runs nothing.
_RECONSTRUCT = np.zeros(1).__reduce__()[0]
_HARMLESS: list[Any] = [
    argparse.Namespace,
    pathlib.PosixPath,
    np.ndarray,
    np.dtype,
    *(type(np.dtype(name)) for name in ("f8", "f4", "f2", "i8", "i4", "i2", "u1", "i1", "?", "U")),
    (np.float64(0).__reduce__()[0], "numpy.core.multiarray.scalar"),
    np.float64(0).__reduce__()[0],
    (_RECONSTRUCT, "numpy.core.multiarray._reconstruct"),
    _RECONSTRUCT,
    (_listed, "collections.deque"),
    defaultdict,
    list,
    set,
    *((OrderedDict, name) for name in _TABLES),
    *((Inert, name) for name in _OBJECTS),
]


def read_torch(path: Path) -> tuple[dict[str, Tensor], str]:
    """Read a file of `torch.save`, and find the weights in it.

    Args:
        path: a .pt, .pth, .bin or .pth.tar file.

    Returns:
        The tensors by name, and a few words on how they were found.

    Raises:
        CheckpointError: it is no such file, is cut short, would run code, or holds no weights.
    """
    found: object = _load(path)
    steps = ["a torch file"]
    while isinstance(found, Mapping):
        home = next((name for name in _HOMES if _holds(found.get(name))), None)
        if home is None:
            break
        found = found[home]
        steps.append(f"weights under {home!r}")
    state = _tensors(found) if isinstance(found, Mapping) else {}
    if not state:
        raise CheckpointError(
            f"named tensors in {path}", _described(found), "saving the model's state_dict"
        )
    for prefix in _PREFIXES:
        if all(name.startswith(prefix) for name in state):
            state = {name.removeprefix(prefix): value for name, value in state.items()}
            steps.append(f"{prefix!r} taken off every name")
    return state, ", ".join(steps)


def _load(path: Path) -> object:
    with path.open("rb") as file:
        zipped = file.read(4) == b"PK\x03\x04"
    try:
        with warnings.catch_warnings(), torch.serialization.safe_globals(_HARMLESS):
            warnings.simplefilter("ignore")  # torch warns of its own old formats
            return torch.load(path, map_location="cpu", weights_only=True, mmap=zipped)
    except Exception as error:  # a damaged pickle can fail in any way
        raise _refusal(path, str(error)) from error


def _refusal(path: Path, message: str) -> CheckpointError:
    named = re.search(r"GLOBAL ([\w.]+)|Unsupported (?:global|class) ([\w.]+)", message)
    script = "torchscript" in message.lower()
    if named or script:
        what = (named[1] or named[2]) if named else "TorchScript"
        return CheckpointError(
            f"only tensors in {path}",
            f"a file that asks to run code ({what}), which is never done",
            "saving the model's state_dict as safetensors",
        )
    if "Unsupported operand" in message:
        return CheckpointError(
            f"a weight file at {path}",
            "a pickle or other file that torch.save did not write, which is not opened",
            "saving the model's state_dict as safetensors",
        )
    return CheckpointError(
        f"a weight file at {path}",
        "a file that is neither whole safetensors nor a whole torch file",
        "another copy of the file",
    )


def _tensors(found: Mapping[Any, Any]) -> dict[str, Tensor]:
    return {
        name: value.detach()
        for name, value in found.items()
        if isinstance(name, str) and isinstance(value, Tensor)
    }


def _holds(found: object) -> bool:
    """Tell whether there are tensors in a table, or in the tables in it."""
    if not isinstance(found, Mapping):
        return False
    return bool(_tensors(found)) or any(_holds(found.get(name)) for name in _HOMES)


def _described(found: object) -> str:
    if isinstance(found, Mapping):
        names = ", ".join(str(name) for name in list(found)[:5])
        return f"a table of {names}" if names else "an empty table"
    return f"one {type(found).__name__}"
