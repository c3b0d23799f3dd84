"""What the timeline page shows: how attention, loss and accuracy went in a run, or in two.

The parts and their encodings are listed in `docs/training/watching.md`.
"""

import csv
import math
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from saccade import __version__
from saccade.errors import DataError
from saccade.files import check_writable, write_text
from saccade.training.journal import read_journal
from saccade.training.watching.lapse import (
    FOLDER,
    Frame,
    epochs_of,
    frame_path,
    read_frame,
    read_probes,
)
from saccade.viewer.encoding import base64_of
from saccade.viewer.pack import TIMELINE, pack

SCHEMA = "saccade.timeline/1"
COLUMNS = ("train_loss", "val_loss", "train_accuracy", "val_accuracy")
_PLACES = 5


def write_timeline(runs: Sequence[Path], out: Path, *, command: str = "") -> dict[str, Any]:
    """Write the page of one run, or of two side by side.

    Args:
        runs: folders of runs that were watched.
        out: the page.
        command: what made it, for the footer.

    Returns:
        What the page holds, without the pictures and maps.

    Raises:
        DataError: a run was not watched, or what it holds is damaged.
        OutputError: the page cannot be written.
    """
    check_writable(out)
    data = timeline(runs, command=command)
    text = pack(data, title=data["title"], page=TIMELINE)
    write_text(out, text)
    told = [
        {
            "name": run["name"],
            "pictures": len(run["pictures"]),
            "layers": len(run["layers"]),
            "epochs": [frame["epoch"] for frame in run["frames"]],
            "alarms": run["alarms"],
        }
        for run in data["runs"]
    ]
    return {"page": str(out), "bytes": len(text.encode()), "runs": told}


def timeline(runs: Sequence[Path], *, command: str = "") -> dict[str, Any]:
    """Gather the page's data.

    Args:
        runs: folders of runs that were watched, one or two.
        command: what made it.

    Raises:
        DataError: a run was not watched, or what it holds is damaged.
    """
    if not 1 <= len(runs) <= 2:
        raise DataError("one run, or two to compare", str(len(runs)), "saccade timeline RUN1 RUN2")
    names = _names(runs)
    return {
        "schema": SCHEMA,
        "title": " · ".join(names),
        "runs": [_run(folder, name) for folder, name in zip(runs, names, strict=True)],
        "provenance": {
            "saccade": __version__,
            "date": date.today().isoformat(),
            "command": command,
        },
    }


def _names(runs: Sequence[Path]) -> list[str]:
    """What the runs are called: their folders, with those above where they are alike."""
    whole = [run.resolve() for run in runs]
    names = [path.name for path in whole]
    if len(set(names)) < len(names):
        names = [f"{path.parent.name}/{path.name}" for path in whole]
    if len(set(names)) < len(names):
        names = [f"{name} ({number})" for number, name in enumerate(names, start=1)]
    return names


def _run(folder: Path, name: str) -> dict[str, Any]:
    about = read_probes(folder / FOLDER)
    frames = [
        read_frame(frame_path(folder / FOLDER, epoch)) for epoch in epochs_of(folder / FOLDER)
    ]
    if about is None or not frames:
        raise DataError(
            f"a run that was watched in {folder}",
            f"no {FOLDER} in it" if folder.is_dir() else "no such folder",
            "saccade train DATA --watch PICTURES --every 1",
        )
    first = next((frame for frame in frames if frame.layers), frames[0])
    layers = [_layer(first, number) for number in range(len(first.layers))]
    return {
        "name": name,
        "model": about.get("model", ""),
        "img_size": about["img_size"],
        "pictures": [{"name": one["name"], "src": one["src"]} for one in about["pictures"]],
        "layers": layers,
        "frames": [_frame(frame, layers, about.get("classes", [])) for frame in frames],
        "table": _table(folder / "metrics.csv"),
        "alarms": _alarms(folder / "metrics.jsonl"),
    }


def _layer(frame: Frame, number: int) -> dict[str, Any]:
    layer = frame.layers[number]
    heads, rows, columns = layer.entropy.shape[1], *layer.maps.shape[2:]
    even = round(layer.even, _PLACES) if math.isfinite(layer.even) else None
    return {
        "name": layer.name,
        "keys": layer.keys,
        "heads": heads,
        "grid": [rows, columns],
        "even": even,
    }


def _frame(
    frame: Frame, layers: Sequence[Mapping[str, Any]], classes: Sequence[str]
) -> dict[str, Any]:
    """One look; maps that are not like the first ones of the run are left out."""
    alike = bool(layers) and [_layer(frame, n) for n in range(len(frame.layers))] == list(layers)
    parts = frame.packed if alike else ()
    maps, low, high = (
        np.concatenate([part[place].reshape(-1) for part in parts]) if parts else np.zeros(0)
        for place in range(3)
    )
    return {
        "epoch": frame.epoch,
        "step": frame.step,
        "weights": frame.weights,
        "seen": list(frame.seen),
        "maps": base64_of(maps.astype(np.uint8)) if parts else None,
        "low": base64_of(low.astype("<f4")),
        "high": base64_of(high.astype("<f4")),
        "entropy": [_means(layer.entropy) for layer in frame.layers] if alike else [],
        "distance": [_means(layer.distance) for layer in frame.layers] if alike else [],
        "top": _top(frame, classes),
    }


def _means(values: Tensor) -> list[float | None]:
    """Means over pictures (p h) of each head; None for what is no number."""
    means = values.double().mean(0).tolist()
    return [round(mean, _PLACES) if math.isfinite(mean) else None for mean in means]


def _top(frame: Frame, classes: Sequence[str]) -> list[list[object] | None]:
    pairs = zip(frame.top.tolist(), frame.probability.tolist(), strict=True)
    return [
        [classes[index] if index < len(classes) else str(index), round(share, 4)]
        if index >= 0 and math.isfinite(share)
        else None
        for index, share in pairs
    ]


def _table(path: Path) -> dict[str, list[float | None]]:
    """The table of epochs by its columns; empty where there is none."""
    rows: list[dict[str, str]] = []
    if path.is_file():
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    return {name: [_number(row.get(name)) for row in rows] for name in ("epoch", *COLUMNS)}


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _alarms(path: Path) -> list[dict[str, Any]]:
    """What alarmed in a run, each sentence once."""
    try:
        events = read_journal(path) if path.is_file() else []
    except (ValueError, OSError) as error:
        raise DataError(f"the journal of a run in {path}", str(error), "another run") from error
    found: dict[str, dict[str, Any]] = {}
    for event in events:
        if event.get("event") == "alarm":
            sentence = str(event.get("sentence", ""))
            found.setdefault(sentence, {"epoch": event.get("epoch"), "sentence": sentence})
    return list(found.values())
