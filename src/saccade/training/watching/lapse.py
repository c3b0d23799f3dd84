"""The time-lapse on disk: one file for the pictures, and one for each time they were looked at.

`timelapse/probes.json` names the pictures and holds them small; `timelapse/epoch-00007.npz` holds
what the model showed of itself after epoch 7, and `epoch-00000.npz` before the first step. Each
file is written whole or not at all, and an epoch that is done again after a kill replaces its own
file, so that no epoch is there twice. Maps have 8 bits between the lowest and the highest value of
their own, which makes an error of at most 1/510 of that span.
Axes: p pictures, h heads; the first map of each layer and picture is the mean of its heads.
"""

import io
import json
import math
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from saccade.errors import DataError
from saccade.files import write_bytes, write_text
from saccade.training.watching.glance import Glance, LayerSeen
from saccade.training.watching.probe_set import ProbeSet

SCHEMA = "saccade.timelapse/1"
FOLDER = "timelapse"
_PROBES = "probes.json"
_DAMAGE = (OSError, zipfile.BadZipFile, zlib.error, ValueError, LookupError, TypeError, EOFError)


@dataclass(frozen=True, slots=True)
class Frame:
    """What was seen after an epoch.

    Args:
        epoch: epochs that were done, 0 before the first step.
        step: steps of the optimizer that were done.
        weights: whose: "own", or "average" for the moving average.
        seen: rectangle of the model's image that maps lie over: left, top, width, height, pixels.
        layers: what each showed; `maps` (p 1+h rows columns) begin with the mean of heads.
        top: the likeliest class of each picture (p), -1 where there is none.
        probability: of that class (p).
        packed: the same maps as they are kept: a table of uint8 (p 1+h rows·columns) for each
            layer, and its lowest and highest values (p 1+h).
    """

    epoch: int
    step: int
    weights: str
    seen: tuple[int, int, int, int]
    layers: tuple[LayerSeen, ...]
    top: np.ndarray
    probability: np.ndarray
    packed: tuple[tuple[np.ndarray, np.ndarray, np.ndarray], ...] = ()


def write_probes(folder: Path, probes: ProbeSet, about: Mapping[str, object]) -> None:
    """Begin a time-lapse: write its pictures.

    Args:
        folder: of the time-lapse.
        probes: the pictures.
        about: the model, the classes and the preprocessing, JSON values only.

    Raises:
        OutputError: the file cannot be written.
    """
    pictures = [
        {"name": name, "src": source}
        for name, source in zip(probes.names, probes.sources(), strict=True)
    ]
    size = list(probes.pixels.shape[2:])
    whole = {"schema": SCHEMA, "fingerprint": probes.fingerprint, "img_size": size, **about}
    text = json.dumps({**whole, "pictures": pictures}, ensure_ascii=False, indent=1)
    write_text(folder / _PROBES, text + "\n")


def read_probes(folder: Path) -> dict[str, Any] | None:
    """Read the pictures of a time-lapse; None where none was begun.

    Raises:
        DataError: the file is damaged or of a newer schema.
    """
    path = folder / _PROBES
    if not path.is_file():
        return None
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
        named = [(one["name"], one["src"]) for one in about["pictures"]]
        schema, _ = about["schema"], about["img_size"]
    except _DAMAGE as error:
        raise _damaged(path, error) from error
    _check_schema(path, schema)
    if not named:
        raise DataError(f"a time-lapse with pictures in {path}", "none", "recording again")
    return dict(about)


def write_frame(
    folder: Path,
    found: Glance,
    *,
    epoch: int,
    step: int,
    weights: str,
    seen: Sequence[int],
) -> int:
    """Write what was seen after an epoch; a file of the same epoch is replaced.

    Args:
        folder: of the time-lapse.
        found: what was seen.
        epoch: epochs that were done.
        step: steps that were done.
        weights: whose.
        seen: the part of the model's image that maps lie over: left, top, width, height.

    Returns:
        Bytes of the file.

    Raises:
        OutputError: the file cannot be written.
    """
    packed = [quantised(with_mean(layer.maps)) for layer in found.layers]
    about = {
        "schema": SCHEMA,
        "epoch": epoch,
        "step": step,
        "weights": weights,
        "seen": list(seen),
        "layers": [
            {
                "name": layer.name,
                "keys": layer.keys,
                "shape": list(layer.maps.shape),
                "even": layer.even if math.isfinite(layer.even) else None,
            }
            for layer in found.layers
        ],
    }
    top, probability = _answers(found.logits)
    arrays = {
        "about": np.frombuffer(json.dumps(about, ensure_ascii=False).encode(), np.uint8),
        "maps": _flat([one[0] for one in packed], np.uint8),
        "low": _flat([one[1] for one in packed], np.float32),
        "high": _flat([one[2] for one in packed], np.float32),
        "entropy": _flat([layer.entropy.numpy() for layer in found.layers], np.float32),
        "distance": _flat([layer.distance.numpy() for layer in found.layers], np.float32),
        "top": top,
        "probability": probability,
    }
    data = io.BytesIO()
    np.savez_compressed(data, **arrays)  # type: ignore[arg-type]  # its stub knows one keyword
    write_bytes(frame_path(folder, epoch), data.getvalue())
    return len(data.getvalue())


def frame_path(folder: Path, epoch: int) -> Path:
    """Where the frame of an epoch is."""
    return folder / f"epoch-{epoch:05d}.npz"


def epochs_of(folder: Path) -> list[int]:
    """The epochs that were looked at, in order."""
    names = [path.stem.removeprefix("epoch-") for path in folder.glob("epoch-*.npz")]
    return sorted(int(name) for name in names if name.isdecimal())


def forget_after(folder: Path, epoch: int) -> None:
    """Take away frames of epochs that a run which goes on from `epoch` will do again."""
    for later in [one for one in epochs_of(folder) if one > epoch]:
        frame_path(folder, later).unlink(missing_ok=True)


def read_frame(path: Path) -> Frame:
    """Read what was seen after an epoch.

    Raises:
        DataError: the file is damaged or of a newer schema.
    """
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as archive:
            arrays = dict(archive)
        about = json.loads(arrays["about"].tobytes())
        _check_schema(path, about["schema"])
        layers, packed = _layers(about["layers"], arrays)
        left, top, width, height = about["seen"]
        return Frame(
            epoch=int(about["epoch"]),
            step=int(about["step"]),
            weights=str(about["weights"]),
            seen=(left, top, width, height),
            layers=layers,
            top=arrays["top"],
            probability=arrays["probability"],
            packed=packed,
        )
    except DataError:
        raise
    except _DAMAGE as error:
        raise _damaged(path, error) from error


def with_mean(maps: Tensor) -> Tensor:
    """Put the mean of heads before them: (p h rows columns) to (p 1+h rows columns)."""
    return torch.cat([maps.mean(1, keepdim=True), maps], dim=1)


def quantised(maps: Tensor) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give each map 8 bits between its lowest and highest value.

    Args:
        maps: (p h rows columns).

    Returns:
        uint8 (p h rows·columns), and the lowest and the highest (p h) in float32.
    """
    flat = maps.flatten(2).float()
    low, high = flat.amin(-1, keepdim=True), flat.amax(-1, keepdim=True)
    width = (high - low).clamp_min(torch.finfo(torch.float32).tiny)
    shares = ((flat - low) / width * 255).round().to(torch.uint8)
    return shares.numpy(), low[..., 0].numpy(), high[..., 0].numpy()


def restored(shares: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Turn what `quantised` gave back into numbers (p h rows·columns)."""
    found = low[..., None] + shares / np.float32(255) * (high - low)[..., None]
    return np.asarray(found, np.float32)


def _answers(logits: Tensor | None) -> tuple[np.ndarray, np.ndarray]:
    if logits is None:
        return np.zeros(0, np.int32), np.zeros(0, np.float32)
    probability, top = logits.softmax(-1).max(-1)
    return top.numpy().astype(np.int32), probability.numpy().astype(np.float32)


def _flat(parts: Sequence[np.ndarray], kind: type) -> np.ndarray:
    flat: list[np.ndarray] = [part.reshape(-1).astype(kind) for part in parts]
    return np.concatenate(flat) if flat else np.zeros(0, kind)


def _layers(
    told: Sequence[Mapping[str, Any]], arrays: Mapping[str, np.ndarray]
) -> tuple[tuple[LayerSeen, ...], tuple[tuple[np.ndarray, np.ndarray, np.ndarray], ...]]:
    places = dict.fromkeys(("maps", "low", "high", "entropy", "distance"), 0)

    def take(name: str, shape: tuple[int, ...]) -> np.ndarray:
        begin = places[name]
        places[name] += math.prod(shape)
        return arrays[name][begin : places[name]].reshape(shape)

    layers, packed = [], []
    for one in told:
        pictures, heads, rows, columns = one["shape"]
        all_maps = (pictures, 1 + heads)
        maps = take("maps", (*all_maps, rows * columns))
        low, high = take("low", all_maps), take("high", all_maps)
        numbers = torch.from_numpy(restored(maps, low, high)).reshape(*all_maps, rows, columns)
        entropy, distance = (take(name, (pictures, heads)) for name in ("entropy", "distance"))
        even = math.nan if one["even"] is None else float(one["even"])
        both = torch.from_numpy(entropy.copy()), torch.from_numpy(distance.copy())
        layers.append(LayerSeen(one["name"], int(one["keys"]), numbers, *both, even))
        packed.append((maps, low, high))
    return tuple(layers), tuple(packed)


def _check_schema(path: Path, schema: object) -> None:
    if schema != SCHEMA:
        raise DataError(f"the schema {SCHEMA} in {path}", str(schema), "a newer saccade")


def _damaged(path: Path, error: Exception) -> DataError:
    return DataError(
        f"a time-lapse in {path}", f"{type(error).__name__}: {error}", "deleting this file"
    )
