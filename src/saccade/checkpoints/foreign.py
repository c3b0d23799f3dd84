"""Weight files of other libraries: what torch.save wrote, read without running any code in it."""

import argparse
import re
import warnings
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
    "ema",
    "state_dict",
    "model",
    "model_state_dict",
    "model_state",
    "module",
    "teacher",  # of self-distillation; its student is the noisier one
    "student",
)
_PREFIXES = ("module.", "_orig_mod.")
# Plain values that old checkpoints carry beside their tensors; building them runs nothing.
_HARMLESS: list[Any] = [
    argparse.Namespace,
    np.dtype,
    np.dtypes.Float64DType,
    np.dtypes.Float32DType,
    np.dtypes.Int64DType,
    (np.float64(0).__reduce__()[0], "numpy.core.multiarray.scalar"),
    np.float64(0).__reduce__()[0],
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
    while isinstance(found, Mapping) and not _tensors(found):
        home = next((name for name in _HOMES if isinstance(found.get(name), Mapping)), None)
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


def unwrap(state: Mapping[str, Tensor]) -> tuple[dict[str, Tensor], tuple[str, ...]]:
    """Take a network out of what self-supervised training wraps it in, beside its heads.

    Args:
        state: by name; names of the network begin with "backbone.".

    Returns:
        The network, and the names of the heads, which are left out. Other weights stay whole.
    """
    wrapper = "backbone."
    heads = tuple(name for name in state if not name.startswith(wrapper))
    known = ("head.", "dino_head.", "ibot_head.", "projector.")
    if len(heads) == len(state) or not all(name.startswith(known) for name in heads):
        return dict(state), ()
    inner = {name: value for name, value in state.items() if name not in heads}
    return {name.removeprefix(wrapper): value for name, value in inner.items()}, heads


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


def _described(found: object) -> str:
    if isinstance(found, Mapping):
        names = ", ".join(str(name) for name in list(found)[:5])
        return f"a table of {names}" if names else "an empty table"
    return f"one {type(found).__name__}"
