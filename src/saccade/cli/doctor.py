"""saccade doctor: examine data, weights or a run before time is spent on them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from saccade.cli import output
from saccade.cli.remarks import tell_remarks
from saccade.cli.switch import Switch

if TYPE_CHECKING:
    from saccade.data.doctor import Examination


def doctor(
    subject: str,
    /,
    *,
    model: str | None = None,
    preflight: Switch = False,
    recipe: Path | None = None,
    out: Annotated[Path | None, Parameter(alias="-o")] = None,
    strict: Switch = False,
    json: Switch = False,
) -> int:
    """Tell what is wrong with a data set, with weights, or with a run.

    Args:
        subject: data as for `saccade train`, a table of labels or a folder of pictures; or a
            weight file; or the folder of a run.
        model: name of the model, where weights do not say it.
        preflight: of data: what a run on it would be like too: cautions, memory, time.
        recipe: a YAML file with options of that run; means --preflight.
        out: of data: an HTML page with pictures to write; it needs no network.
        strict: exit with 1 when there is a problem.
        json: print everything as one JSON object.
    """
    from saccade.training.doctor.kinds import kind_of

    kind = kind_of(subject)
    if kind == "checkpoint":
        found, problems = _checkpoint(subject, model, show=not json)
    elif kind == "run":
        found, problems = _run(subject, show=not json)
    else:
        found, problems = _data(subject, out, show=not json)
        if preflight or recipe is not None:
            found["run"], more = _preflight(subject, recipe, show=not json)
            problems += more
    if json:
        output.as_json(found)
    return 1 if strict and problems else 0


def _data(source: str, out: Path | None, *, show: bool) -> tuple[dict[str, Any], int]:
    from saccade.data.doctor import diagnose, examine

    if out is not None:
        from saccade.files import check_writable

        check_writable(out)
    examined = examine(source)
    remarks = diagnose(examined)
    if out is not None:
        from saccade.viewer.doctor import write_data_page

        command = f"saccade doctor {Path(source).name or source}"
        write_data_page(examined, remarks, out, command=command)
    if show:
        _tell_data(examined)
        tell_remarks(remarks)
        if out is not None:
            output.line(f"page: {out}")
    told = {**examined.to_dict(), "remarks": [remark.to_dict() for remark in remarks]}
    return told, sum(remark.severity == "problem" for remark in remarks)


def _tell_data(found: Examination) -> None:
    parts = list(found.totals)
    output.table(
        {"class": "left", **dict.fromkeys(parts, "right")},
        [
            *((name, *(found.counts[part][name] for part in parts)) for name in found.classes),
            ("all", *(found.totals[part] for part in parts)),
        ],
        title=f"Readable pictures in {found.source}",
    )
    names = ("smallest", "median", "largest")
    for name, (width, height) in zip(names, found.size_range, strict=False):
        output.line(f"{name}: {width} x {height} pixels")


def _checkpoint(source: str, model: str | None, *, show: bool) -> tuple[dict[str, Any], int]:
    from saccade.training.doctor.checkpoint import examine_checkpoint

    found = examine_checkpoint(source, model=model)
    if show:
        _facts(found.rows(), source)
        tell_remarks(found.remarks)
    return found.to_dict(), sum(remark.severity == "problem" for remark in found.remarks)


def _run(folder: str, *, show: bool) -> tuple[dict[str, Any], int]:
    from saccade.training.doctor.run import examine_folder

    found = examine_folder(Path(folder))
    if show:
        _facts(found.rows(), folder)
        tell_remarks(found.remarks)
    return found.to_dict(), sum(remark.severity == "problem" for remark in found.remarks)


def _preflight(source: str, recipe: Path | None, *, show: bool) -> tuple[dict[str, Any], int]:
    from saccade.training.config import TrainConfig
    from saccade.training.doctor.preflight import preflight
    from saccade.training.recipe.writing import read_recipe

    config = TrainConfig()
    if recipe is not None:
        config = read_recipe(recipe.read_text(encoding="utf-8"), origin=str(recipe))
    found = preflight(source, config)
    if show:
        _facts(found.rows(), "A run on this data")
        tell_remarks(found.remarks)
    return found.to_dict(), sum(remark.severity == "problem" for remark in found.remarks)


def _facts(rows: list[tuple[str, str]], title: str) -> None:
    output.table({"what": "left", "found": "left"}, rows, title=title)
