"""saccade convert: write weights as another library reads them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from saccade.cli import output
from saccade.cli.switch import Switch

if TYPE_CHECKING:
    from saccade.checkpoints.fitting import LoadReport

_SHOWN = 3  # names of tensors in a row of the table


def convert(
    source: str,
    target: Path,
    /,
    *,
    to: Literal["saccade", "timm", "hf", "torchvision", "google"] = "saccade",
    model: str | None = None,
    img_size: tuple[int, int] | None = None,
    pos_resize: Literal["timm", "google", "hf", "dino", "deit", "pvt"] | None = None,
    allow_partial: Switch = False,
    json: Switch = False,
) -> int:
    """Write weights of any origin as another library reads them, and tell what became of each.

    Args:
        source: a weight file, a folder, or an id of the Hugging Face hub.
        target: the file to write; for hf, and for timm without an ending, a folder.
        to: whose layout.
        model: the model's name, for weights that do not say it.
        img_size: height and width to resize the positions to.
        pos_resize: whose convention resizes them; that of the weights' origin unless told.
        allow_partial: let tensors that are missing start with random numbers.
        json: print JSON.
    """
    from saccade.checkpoints.convert import convert as run
    from saccade.checkpoints.opening import sha256

    done = run(
        source,
        target,
        to,
        model=model,
        changes={} if img_size is None else {"img_size": img_size},
        pos_resize=pos_resize,
        allow_partial=allow_partial,
    )
    report = done.report
    hashes = {str(file): sha256(file) for file in (*report.files, *done.files)}
    rows = _rows(report)
    if json:
        output.as_json(
            {
                "model": report.model,
                "how": report.how,
                "coverage": report.coverage,
                **{what: list(names) for what, names in rows.items()},
                "notes": list(report.notes),
                "written": [str(file) for file in done.files],
                "sha256": hashes,
            }
        )
        return 0
    output.table(
        {"tensors": "left", "count": "right", "names": "left"},
        [(what, len(names), _some(names)) for what, names in rows.items()],
        title=f"{report.model}: {report.coverage:.1f} % loaded ({report.how})",
    )
    for sentence in report.notes:
        output.note(sentence)
    for file, digest in hashes.items():
        output.line(f"{digest}  {file}")
    return 0


def _rows(report: LoadReport) -> dict[str, tuple[str, ...]]:
    """The tensors by what became of them; kinds that there are none of are left out."""
    resized = tuple(f"{name} {was} to {now}" for name, was, now in report.reshaped)
    rows = {
        "loaded": report.loaded,
        "resized": resized,
        "unused": report.unused,
        "ignored": report.ignored,
        "random": (*report.missing, *report.fresh),
    }
    return {what: names for what, names in rows.items() if names or what == "loaded"}


def _some(names: tuple[str, ...]) -> str:
    return ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")
