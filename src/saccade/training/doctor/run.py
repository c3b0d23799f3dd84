"""A run that is over or stopped: how it went, and whether it can be gone on with."""

import csv
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from safetensors import safe_open

from saccade.data.doctor.remark import Remark, ordered, say
from saccade.errors import DataError
from saccade.training.config import TrainConfig
from saccade.training.doctor.phrases import RUN
from saccade.training.doctor.timing import time_words
from saccade.training.journal import read_journal
from saccade.training.scale.shares import find_shares

Row = tuple[str, str]
Rows = Sequence[Mapping[str, float | None]]
_DIVERGED = 1.3  # times the least training loss
_FLAT = 0.02  # share by which a loss must fall over three epochs or more
_ROSE = 1.1  # times the least validation loss
_GAP = 0.15  # of accuracy
_EARLY = 0.5  # share of the run
_ENOUGH = 3  # epochs, to judge a curve


@dataclass(frozen=True, kw_only=True, slots=True)
class FolderExamination:
    """What `examine_folder` found.

    Args:
        folder: of the run.
        config: of the run.
        data: what the run was given: source, numbers of pictures.
        rows_of_epochs: one for each epoch, numbers by name.
        best: the best epoch, counted from 1; 0 when there is none.
        resumable: what keeps the run from being gone on with; empty when nothing does.
        remarks: problems first.
    """

    folder: Path
    config: TrainConfig
    data: Mapping[str, Any]
    rows_of_epochs: Rows
    best: int
    resumable: str
    remarks: tuple[Remark, ...]

    def rows(self) -> list[Row]:
        """Give the facts as lines of a table."""
        own, table = self.config, self.rows_of_epochs
        told: list[Row] = [
            ("model", str(own.model)),
            ("data", f"{self.data.get('source')}, {self.data.get('train')} to learn from"),
            ("optimizer", f"{own.opt}, lr {own.lr or 0:g}, batches of {own.batch_size}"),
            ("epochs", f"{len(table)} of {own.epochs}"),
        ]
        if self.best and table:
            row = table[self.best - 1] if self.best <= len(table) else table[-1]
            shown = [
                f"{name} {row[name]:.4g}" for name in ("val_accuracy", "val_loss") if row.get(name)
            ]
            told.append(("best epoch", ", ".join([str(self.best), *shown])))
        if table:
            told.append(("time", time_words(sum(row.get("seconds") or 0 for row in table))))
        return told

    def to_dict(self) -> dict[str, Any]:
        """Write what was found as plain values, fit for JSON."""
        return {
            "folder": str(self.folder),
            "epochs": len(self.rows_of_epochs),
            "of": self.config.epochs,
            "best_epoch": self.best,
            "resumable": not self.resumable,
            "remarks": [remark.to_dict() for remark in self.remarks],
        }


def examine_folder(folder: Path) -> FolderExamination:
    """Read the files of a run and judge how it went; no picture and no weight is read.

    Args:
        folder: of the run.

    Raises:
        DataError: it holds no run that can be read.
    """
    told = _told(folder / "config.json")
    config, data = TrainConfig.from_dict(told["config"]), told.get("data", {})
    table, events = _table(folder / "metrics.csv"), _events(folder / "metrics.jsonl")
    place, why = _place(folder)
    best = int(place.get("best_epoch") or _best(table))
    every = (
        *_about_end(folder, config, table, events, best, why),
        *_about_course(config, table, best),
        *_about_steps(place, table, events),
        *_about_options(events),
    )
    return FolderExamination(
        folder=folder,
        config=config,
        data=data,
        rows_of_epochs=table,
        best=best,
        resumable=why,
        remarks=ordered(every),
    )


def _about_end(
    folder: Path,
    config: TrainConfig,
    table: Rows,
    events: Sequence[Mapping[str, Any]],
    best: int,
    why: str,
) -> Iterator[Remark]:
    done, epochs = len(table), config.epochs or 0
    over = done >= epochs or any(event.get("event") == "stopped" for event in events)
    if over and done:
        yield say(RUN, "finished", {"done": done, "best": best})
    elif not why:
        seconds = _column(table, "seconds")
        left = time_words(median(seconds) * (epochs - done)) if seconds else "?"
        values = {"done": done, "epochs": epochs, "folder": folder, "left": left}
        yield say(RUN, "unfinished", values)
    if why and not over:
        yield say(RUN, "not_resumable", {"why": why})
    if not table:
        yield say(RUN, "no_epochs")


def _about_course(config: TrainConfig, table: Rows, best: int) -> Iterator[Remark]:
    if not table:
        return
    losses, lr, done = _column(table, "train_loss"), config.lr or 0.0, len(table)
    if losses:
        yield from _about_loss(losses, lr)
    yield from _about_fit(table, losses)
    warmup, highest = config.warmup_epochs or 0.0, max(_column(table, "lr"), default=lr)
    if warmup > done and highest < 0.95 * lr:
        yield say(RUN, "cold", {"lr": lr, "warmup": warmup, "done": done})
    if done >= _ENOUGH and best == done and _column(table, "val_loss"):
        yield say(RUN, "still_rising")
    if done > 2 * _ENOUGH and 0 < best < _EARLY * done:
        patience = max(2, done // 10)
        yield say(RUN, "early_best", {"best": best, "done": done, "patience": patience})


def _about_loss(losses: Sequence[float], lr: float) -> Iterator[Remark]:
    first, last, least = losses[0], losses[-1], min(losses)
    at = losses.index(least) + 1
    if not math.isfinite(last) or last > _DIVERGED * least:
        yield say(RUN, "diverging", {"least": least, "at": at, "last": last, "lr": lr})
    elif len(losses) >= _ENOUGH and last > (1 - _FLAT) * first:
        values = {"first": first, "last": last, "epochs": len(losses), "lr": lr}
        yield say(RUN, "flat", values)
    elif len(losses) >= _ENOUGH:
        yield say(RUN, "falling", {"first": first, "last": last})


def _about_fit(table: Rows, losses: Sequence[float]) -> Iterator[Remark]:
    judged = _column(table, "val_loss")
    falling = len(losses) > 1 and losses[-1] < losses[0]
    if len(judged) >= _ENOUGH and falling and judged[-1] > _ROSE * min(judged):
        least = min(judged)
        values = {"least": least, "at": judged.index(least) + 1, "last": judged[-1]}
        yield say(RUN, "overfitted", values)
    row = table[-1]
    train, val = row.get("train_accuracy"), row.get("val_accuracy")
    if train is not None and val is not None and len(table) >= _ENOUGH:
        values = {"train": 100 * train, "val": 100 * val, "gap": 100 * (train - val)}
        yield say(RUN, "gap" if train - val > _GAP else "no_gap", values)


def _about_steps(
    place: Mapping[str, Any], table: Rows, events: Sequence[Mapping[str, Any]]
) -> Iterator[Remark]:
    counted = [event.get("event") for event in events].count("skipped")
    skipped = max(
        int(place.get("skipped") or 0), counted, int((table or [{}])[-1].get("skipped") or 0)
    )
    if skipped:
        yield say(RUN, "skipped", {"count": skipped})
    back = [event for event in events if event.get("event") == "rollback"]
    if back:
        yield say(RUN, "rollbacks", {"count": len(back)})
    alarms = {str(event.get("sentence")) for event in events if event.get("event") == "alarm"}
    for text in sorted(alarms):
        yield say(RUN, "alarm", {"text": text})


def _about_options(events: Sequence[Mapping[str, Any]]) -> Iterator[Remark]:
    """What was said of its options before its first step."""
    told = {
        str(e.get("name")): str(e.get("sentence")) for e in events if e.get("event") == "caution"
    }
    for name, text in told.items():
        yield say(RUN, "caution", {"name": name, "text": text})


def _told(path: Path) -> dict[str, Any]:
    """Read config.json.

    Raises:
        DataError: it is none of a run.
    """
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(told, dict) and isinstance(told.get("config"), dict):
            return told
        why = "no options of a run in it"
    except OSError as error:
        why = error.strerror or str(error)
    except ValueError:
        why = "no JSON"
    raise DataError(f"the config.json of a run at {path}", why, "the folder that train wrote")


def _table(path: Path) -> list[dict[str, float | None]]:
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [{str(name): _number(text) for name, text in row.items()} for row in rows]


def _number(text: object) -> float | None:
    try:
        return float(str(text))
    except ValueError:
        return None


def _events(path: Path) -> list[dict[str, Any]]:
    try:
        return read_journal(path) if path.is_file() else []
    except (OSError, ValueError) as error:
        raise DataError(f"the diary of a run at {path}", str(error), "another run") from error


def _place(folder: Path) -> tuple[dict[str, Any], str]:
    """Where the run stands by its last checkpoint, and what keeps it from being gone on with."""
    shares = find_shares(folder / "last")
    if shares is not None:
        card = json.loads((shares / "card.json").read_text(encoding="utf-8"))
        return dict(card.get("training", {}).get("place", {})), ""
    path = folder / "last.safetensors"
    if not path.is_file():
        return {}, "there is no last.safetensors"
    try:
        with safe_open(path, framework="pt", device="cpu") as file:
            names, metadata = list(file.keys()), file.metadata() or {}
        place = json.loads(metadata["saccade"])["training"]["place"]
    except Exception as error:  # a damaged file raises nearly anything
        return {}, f"last.safetensors is damaged ({str(error)[:80]})"
    whole = any(name.startswith("resume/") for name in names)
    return dict(place), "" if whole else "last.safetensors holds weights only"


def _best(table: Rows) -> int:
    values = [row.get("val_accuracy") for row in table]
    known = [(value, -place) for place, value in enumerate(values) if value is not None]
    return 1 - max(known)[1] if known else len(table)


def _column(table: Rows, name: str) -> list[float]:
    return [value for row in table if (value := row.get(name)) is not None]
