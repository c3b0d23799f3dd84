"""What a weight file holds: which model, how much of it, how sound, and what it does not say."""

import dataclasses
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from saccade.checkpoints.fitting import LoadReport
from saccade.checkpoints.load import Loaded, load_model
from saccade.checkpoints.opening import open_source, sha256
from saccade.checkpoints.recognise import HEADS, TABLES, default_config
from saccade.checkpoints.source import Source
from saccade.data.doctor.remark import Remark, ordered, say
from saccade.errors import SaccadeError
from saccade.models.catalog import CATALOG
from saccade.training.doctor.phrases import CHECKPOINT

Row = tuple[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckpointExamination:
    """What `examine_checkpoint` found.

    Args:
        origin: the file, folder or id that was asked for.
        files: each weight file with its size in bytes and its SHA-256.
        how: how the weights were read.
        model: name in the catalogue; None where it is not recognised.
        report: what became of each tensor; None where the weights could not be loaded.
        dtypes: types of the numbers to how many tensors have them.
        parameters: of the loaded model.
        expected: of the model in the catalogue.
        classes: how many outputs there are, and how many of them are named.
        preprocessing: how a picture becomes the input.
        said: the file says how; else it is taken from the catalogue.
        grid: rows and columns of the positions; empty where there are none.
        remarks: problems first.
    """

    origin: str
    files: tuple[tuple[str, int, str], ...]
    how: str
    model: str | None
    report: LoadReport | None
    dtypes: Mapping[str, int]
    parameters: int
    expected: int
    classes: tuple[int, int]
    preprocessing: Mapping[str, object]
    said: bool
    grid: tuple[int, ...]
    remarks: tuple[Remark, ...]

    def rows(self) -> list[Row]:
        """Give the facts as lines of a table."""
        files: list[Row] = []
        for name, size, digest in self.files:
            files += [("file", f"{name} ({size:,} bytes)"), ("sha256", digest)]
        dtypes = ", ".join(f"{count} x {name}" for name, count in self.dtypes.items())
        told: list[Row] = [*files, ("read as", self.how), ("numbers", dtypes)]
        if self.model is None or self.report is None:
            return [*told, ("model", self.model or "not recognised")]
        pixels = self.preprocessing
        keys = ("mean", "std", "img_size", "crop_pct", "interpolation")
        known = [f"{key} {_plain(pixels[key])}" for key in keys if key in pixels]
        origin = "as the file says" if self.said else "assumed"
        return [
            *told,
            ("model", self.model),
            ("coverage", str(self.report)),
            ("parameters", f"{self.parameters:,} (catalogue: {self.expected:,})"),
            ("classes", f"{self.classes[0]}, named: {self.classes[1]}"),
            ("pictures", f"{', '.join(known)} ({origin})"),
            *([("positions", " x ".join(map(str, self.grid)))] if self.grid else []),
        ]

    def to_dict(self) -> dict[str, Any]:
        """Write what was found as plain values, fit for JSON."""
        report = self.report
        return {
            "origin": self.origin,
            "files": [{"name": n, "bytes": b, "sha256": h} for n, b, h in self.files],
            "how": self.how,
            "model": self.model,
            "coverage": report.coverage if report else None,
            "missing": list(report.missing) if report else [],
            "unused": list(report.unused) if report else [],
            "ignored": list(report.ignored) if report else [],
            "dtypes": dict(self.dtypes),
            "parameters": self.parameters,
            "expected": self.expected,
            "classes": self.classes[0],
            "named_classes": self.classes[1],
            "preprocessing": {key: _jsonable(value) for key, value in self.preprocessing.items()},
            "preprocessing_said": self.said,
            "grid": list(self.grid),
            "remarks": [remark.to_dict() for remark in self.remarks],
        }


def examine_checkpoint(source: str, *, model: str | None = None) -> CheckpointExamination:
    """Read weights, look at every tensor, and try to load them into their model.

    Args:
        source: a file, the folder of a run or of a model, or an id of the hub.
        model: name of the model, where the weights do not say it.

    Raises:
        CheckpointError: there is nothing that can be read.
    """
    read = open_source(source)
    loaded, failed = _loaded(read, model)
    remarks = [*_about_tensors(read.mapped.state)]
    if loaded is None:
        code = (
            "unknown" if "name of a model" in failed or "model called" in failed else "unloadable"
        )
        remarks.append(say(CHECKPOINT, code, {"why": failed}))
    else:
        remarks += [*_about_loading(loaded), *_about_words(loaded, read)]
    remarks += [say(CHECKPOINT, "note", {"text": note}) for note in read.notes]
    outputs = int(loaded.model.config.num_classes) if loaded else 0
    name = loaded.model.name if loaded else read.about.model
    return CheckpointExamination(
        origin=source,
        files=tuple((file.name, file.stat().st_size, sha256(file)) for file in read.files),
        how=read.how,
        model=name,
        report=loaded.report if loaded else None,
        dtypes=_dtypes(read.mapped.state),
        parameters=_count(loaded) if loaded else 0,
        expected=CATALOG[name].parameters if name and name in CATALOG else 0,
        classes=(outputs, len(read.about.classes)),
        preprocessing=loaded.card.preprocessing if loaded else read.about.preprocessing,
        said="mean" in read.about.preprocessing,
        grid=_grid(loaded) if loaded else (),
        remarks=ordered(remarks),
    )


def _loaded(read: Source, model: str | None) -> tuple[Loaded | None, str]:
    try:
        return load_model(read, model=model, allow_partial=True), ""
    except SaccadeError as error:
        return None, str(error)


def _about_tensors(state: Mapping[str, Tensor]) -> Iterator[Remark]:
    numbers = {name: value for name, value in state.items() if value.is_floating_point()}
    wrong = [name for name, value in numbers.items() if not bool(torch.isfinite(value).all())]
    if wrong:
        yield say(CHECKPOINT, "not_finite", {"count": len(wrong)}, names=wrong)
    zero = [name for name, value in numbers.items() if value.ndim > 1 and not bool(value.any())]
    heads = [name for name in zero if HEADS.fullmatch(name)]
    if heads:
        yield say(CHECKPOINT, "zero_head", {"names": ", ".join(heads)}, names=heads)
    others = [name for name in zero if name not in heads and not TABLES.fullmatch(name)]
    if others:
        yield say(CHECKPOINT, "zero", {"count": len(others)}, names=others)
    few = sorted({_short(value) for value in numbers.values() if value.element_size() < 4})
    if few:
        yield say(CHECKPOINT, "half", {"dtype": ", ".join(few)})


def _about_loading(loaded: Loaded) -> Iterator[Remark]:
    report = loaded.report
    if report.missing:
        yield say(CHECKPOINT, "missing", {"count": len(report.missing)}, names=report.missing)
    if report.unused:
        yield say(CHECKPOINT, "unused", {"count": len(report.unused)}, names=report.unused)
    if not report.missing:
        yield say(CHECKPOINT, "whole", {"count": len(report.loaded)})
    name, found = loaded.model.name, _count(loaded)
    expected, why = CATALOG[name].parameters, _changed(loaded)
    same = found == expected or not why
    values = {"found": found, "expected": expected, "name": name, "why": why}
    yield say(CHECKPOINT, "same_count" if same else "other_count", values)


def _about_words(loaded: Loaded, read: Source) -> Iterator[Remark]:
    outputs, named = int(loaded.model.config.num_classes), len(read.about.classes)
    if not outputs:
        yield say(CHECKPOINT, "no_head")
    else:
        code = "labels" if named == outputs else "no_labels"
        yield say(CHECKPOINT, code, {"count": outputs})
    pixels = loaded.card.preprocessing
    if "mean" in pixels and "std" in pixels:
        mean, std = _plain(pixels["mean"]), _plain(pixels["std"])
        code = "pixels" if "mean" in read.about.preprocessing else "pixels_assumed"
        yield say(CHECKPOINT, code, {"mean": mean, "std": std, "name": loaded.model.name})


def _changed(loaded: Loaded) -> str:
    """Which fields of the model's config are not those of its name."""
    own, usual = loaded.model.config, default_config(loaded.model.name)
    names = [field.name for field in dataclasses.fields(usual)]
    changed = [name for name in names if getattr(own, name) != getattr(usual, name)]
    return ", ".join(f"{name}={_plain(getattr(own, name))}" for name in changed)


def _count(loaded: Loaded) -> int:
    return sum(value.numel() for value in loaded.model.parameters())


def _grid(loaded: Loaded) -> tuple[int, ...]:
    layout = getattr(loaded.model.config, "layout", None)
    return tuple(getattr(layout, "grid", ()))


def _dtypes(state: Mapping[str, Tensor]) -> dict[str, int]:
    return dict(Counter(_short(value) for value in state.values()).most_common())


def _short(value: Tensor) -> str:
    return str(value.dtype).removeprefix("torch.")


def _plain(value: object) -> str:
    if isinstance(value, list | tuple):
        return (
            "x".join(map(str, value))
            if all(isinstance(v, int) for v in value)
            else " ".join(f"{part:g}" if isinstance(part, float) else str(part) for part in value)
        )
    return f"{value:g}" if isinstance(value, float) else str(value)


def _jsonable(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value
