"""Reading the array that is audited: a .npy file, or one array of an .npz file."""

import zipfile
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from saccade.errors import DataError


def read_map(path: Path, *, array: str | None = None) -> Tensor:
    """Read an array of numbers; nothing pickled is opened.

    Args:
        path: a .npy or .npz file.
        array: its name in an .npz file; the only one of two axes or more when None.

    Raises:
        DataError: there is no such file or array, or it holds no numbers.
    """
    try:
        with path.open("rb") as file:
            loaded = np.load(file, allow_pickle=False)
            found = loaded if isinstance(loaded, np.ndarray) else _chosen(loaded, path, array)
    except OSError as error:
        raise DataError(f"a file at {path}", error.strerror or str(error)) from error
    except (ValueError, EOFError, zipfile.BadZipFile, KeyError) as error:
        raise DataError(
            f"an array of numbers in {path.name}",
            "a file that is none, or objects",
            "np.save(path, array)",
        ) from error
    if found.dtype.kind not in "fiub":
        raise DataError(
            f"numbers in {path.name}", f"entries of type {found.dtype}", "array.astype(np.float32)"
        )
    if found.dtype == np.float16 or found.dtype == np.float32:
        return torch.from_numpy(np.array(found))
    return torch.from_numpy(found.astype(np.float64))


def _chosen(arrays: "np.lib.npyio.NpzFile", path: Path, name: str | None) -> np.ndarray:
    if name is not None and name not in arrays.files:
        known = ", ".join(arrays.files[:8]) or "nothing"
        raise DataError(f"an array {name!r} in {path.name}", f"only {known}", "--array")
    if name is not None:
        return arrays[name]
    usable = [key for key in arrays.files if not key.endswith(".json") and arrays[key].ndim >= 2]
    if len(usable) != 1:
        listed = ", ".join(usable[:8]) or "none of two axes"
        raise DataError(f"one array in {path.name}", listed, "--array NAME")
    return arrays[usable[0]]
