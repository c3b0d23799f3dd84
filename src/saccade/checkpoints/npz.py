"""Weights in numpy archives, as JAX code writes them; read without running any code in them.

A name is a path such as "Transformer/encoderblock_0/LayerNorm_0/scale". bfloat16, which numpy does
not know, is stored as two bytes without a meaning. What we write holds one more array of bytes,
the card in JSON; other readers pass over it.
"""

import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from saccade.checkpoints.card import Card
from saccade.errors import CheckpointError
from saccade.files import replacing

_CARD = "saccade_card"
# What zipfile and numpy raise on files that are cut, altered or made by someone else.
_DAMAGE = (
    OSError,
    zipfile.BadZipFile,
    zlib.error,
    ValueError,
    LookupError,
    NotImplementedError,
    EOFError,
    RuntimeError,
    MemoryError,
    SyntaxError,
    AttributeError,
    TypeError,
)


@dataclass(frozen=True, slots=True)
class Archive:
    """What a numpy archive of weights holds.

    Args:
        state: the numbers, by name.
        card: what the weights are; None in files that saccade did not write.
        left_out: names of arrays that hold no numbers, such as text.
    """

    state: dict[str, Tensor]
    card: Card | None
    left_out: tuple[str, ...] = ()


def read_npz(path: str | Path) -> Archive:
    """Read the arrays of an npz file.

    Args:
        path: the file.

    Raises:
        CheckpointError: there is no such file, it is damaged, holds no numbers, or asks to run
            code.
    """
    try:
        with Path(path).open("rb") as file, zipfile.ZipFile(file) as archive:
            arrays = dict(_arrays(archive))
    except _DAMAGE as error:
        raise _refusal(path, error) from error
    card = arrays.pop(_CARD, None)
    state = {name: _tensor(array) for name, array in arrays.items() if _is_number(array)}
    if not state:
        raise CheckpointError(
            f"named arrays of numbers in {path}", "none", "the npz file of a trained model"
        )
    left_out = tuple(name for name in arrays if name not in state)
    text = bytes(card.astype(np.uint8)) if card is not None else b""
    found = Card.from_json(text.decode(errors="replace"), origin=str(path)) if text else None
    return Archive(state, found, left_out)


def write_npz(path: Path, state: Mapping[str, Tensor], card: Card | None = None) -> None:
    """Write tensors as a numpy archive, whole or not at all; halves become float32.

    Args:
        path: of the file, NAME.npz.
        state: the numbers, by name.
        card: what they are.

    Raises:
        OutputError: the file cannot be written.
    """
    arrays = {name: _array(tensor) for name, tensor in state.items()}
    if card is not None:
        arrays[_CARD] = np.frombuffer(card.to_json().encode(), dtype=np.uint8)
    with replacing(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as entry:
                np.lib.format.write_array(entry, array, allow_pickle=False)


def _arrays(archive: zipfile.ZipFile) -> Iterator[tuple[str, np.ndarray]]:
    for name in archive.namelist():
        if name.endswith(".npy"):
            with archive.open(name) as entry:
                array = np.lib.format.read_array(entry, allow_pickle=False)
            yield name.removesuffix(".npy"), array


def _is_number(array: np.ndarray) -> bool:
    return array.dtype.kind in "biuf" or _is_bfloat16(array)


def _is_bfloat16(array: np.ndarray) -> bool:
    return array.dtype.kind == "V" and array.dtype.itemsize == 2 and array.dtype.names is None


def _tensor(array: np.ndarray) -> Tensor:
    if _is_bfloat16(array):
        return torch.from_numpy(array.view(np.int16)).view(torch.bfloat16)
    if array.dtype.kind in "iuf" and not array.dtype.isnative:
        array = array.astype(array.dtype.newbyteorder("="))
    if array.dtype == np.longdouble and array.dtype.itemsize > 8:
        array = array.astype(np.float64)
    return torch.from_numpy(array)


def _array(tensor: Tensor) -> np.ndarray:
    plain = tensor.detach().cpu()
    if plain.dtype in (torch.bfloat16, torch.float16):
        plain = plain.float()
    return np.asarray(plain.numpy(), order="C")


def _refusal(path: str | Path, error: Exception) -> CheckpointError:
    if not Path(path).is_file():
        return CheckpointError(f"an npz file at {path}", "no such file", "another path")
    if "allow_pickle" in str(error) or "pickled" in str(error):
        return CheckpointError(
            f"only arrays in {path}",
            "a file that asks to run code (a pickle), which is never done",
            "saving plain arrays with numpy.savez",
        )
    return CheckpointError(
        f"a whole npz file at {path}", "a damaged or other one", "another copy of the file"
    )
