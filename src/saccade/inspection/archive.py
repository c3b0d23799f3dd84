"""The file of a trace: an npz of plain arrays beside one entry `trace.json`; nothing is pickled."""

import json
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from saccade.errors import SaccadeError, TraceError
from saccade.files import replacing
from saccade.inspection.layer_map import LayerMap, arrays_of, describe, from_description
from saccade.inspection.reduced_numbers import Reduced, describe_reduced, reduced_from

SCHEMA = "saccade.trace/2"
_OLDER = ("saccade.trace/1",)  # whole maps in float32, and nothing that was reduced
# What zipfile, json and numpy raise on files that are cut, altered or made by someone else.
_DAMAGE = (
    OSError,
    zipfile.BadZipFile,
    zlib.error,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    EOFError,
    RuntimeError,
    MemoryError,
)


def write_archive(
    path: Path,
    about: Mapping[str, object],
    layers: Sequence[LayerMap],
    reduced: Reduced | None = None,
) -> None:
    """Write layers, numbers and what is known about them, whole or not at all.

    Args:
        path: the npz file.
        about: the description without its layers, JSON values only.
        layers: the maps.
        reduced: numbers that were kept in place of maps.

    Raises:
        OutputError: the file cannot be written.
    """
    told = [describe(layer, f"layer_{number}") for number, layer in enumerate(layers)]
    numbers, arrays = describe_reduced(reduced or {})
    whole = {"schema": SCHEMA, **about, "layers": told, "reduced": numbers}
    for number, layer in enumerate(layers):
        arrays |= arrays_of(layer, f"layer_{number}")
    with replacing(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        archive.writestr("trace.json", json.dumps(whole, indent=1, ensure_ascii=False))
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as entry:
                np.lib.format.write_array(entry, array, allow_pickle=False)


def read_archive(path: str | Path) -> tuple[dict[str, Any], list[LayerMap], Reduced]:
    """Read what `write_archive` wrote: the description, the layers, and the reduced numbers.

    Files of the schema before are read as well.

    Raises:
        TraceError: the file is not a trace, is damaged, or has a newer schema.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            about = json.loads(archive.read("trace.json"))
            if about["schema"] not in (SCHEMA, *_OLDER):
                raise TraceError(f"the schema {SCHEMA}", str(about["schema"]), "a newer saccade")

            def read(name: str) -> np.ndarray:
                with archive.open(f"{name}.npy") as entry:
                    return np.lib.format.read_array(entry, allow_pickle=False)

            layers = [from_description(layer, read) for layer in about["layers"]]
            return about, layers, reduced_from(about.get("reduced") or {}, read)
    except SaccadeError:
        raise
    except _DAMAGE as error:
        raise damaged(path, error) from error


def damaged(path: str | Path, error: Exception) -> TraceError:
    """The sentence for a file that is no trace."""
    return TraceError(
        f"a saccade trace in {path}", f"{type(error).__name__}: {error}", "recording again"
    )
