"""saccade doctor: examine a data set before training on it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from saccade.cli import output
from saccade.cli.switch import Switch

if TYPE_CHECKING:
    from saccade.data.doctor import Examination


def doctor(data: str, /, *, strict: Switch = False, json: Switch = False) -> int:
    """List what is broken, odd, repeated or unbalanced in a data set.

    Args:
        data: a folder of class folders, of train/ val/ test/, of IDX files, or "digits".
        strict: exit with 1 when a file cannot be used.
        json: print everything as one JSON object.
    """
    from saccade.data.doctor import examine

    found = examine(data)
    if json:
        sizes = {f"{width}x{height}": count for (width, height), count in found.sizes.items()}
        output.as_json({**asdict(found), "sizes": sizes})
    else:
        _tell(found)
    return 1 if strict and found.bad else 0


def _tell(found: Examination) -> None:
    parts = list(found.counts)
    output.table(
        {"class": "left", **dict.fromkeys(parts, "right")},
        [
            *((name, *(found.counts[part][name] for part in parts)) for name in found.classes),
            ("all", *(sum(found.counts[part].values()) for part in parts)),
        ],
        title=f"Readable pictures in {found.source}",
    )
    names = ("smallest", "median", "largest")
    for name, (width, height) in zip(names, found.size_range, strict=False):
        output.line(f"{name}: {width} x {height} pixels")
    for kind, finding in found.kinds.items():
        some = ", ".join(finding.names)
        output.line(f"{kind}: {finding.count} ({some}{', ...' if finding.count > 5 else ''})")
    _tell_duplicates(found)
    if not found.bad:
        output.line("every file can be read")
        return
    output.line(f"{len(found.bad)} files cannot be used:")
    for file in found.bad:
        output.line(f"  {file.name}: {file.reason}")


def _tell_duplicates(found: Examination) -> None:
    if not found.duplicates:
        output.line("no picture occurs twice")
        return
    output.line(
        f"repeated pictures: {found.duplicate_count} inside a split, {found.leak_count} across "
        f"splits; {found.conflict_count} of them under another class"
    )
    for twin in found.duplicates[:10]:
        mark = " (another class)" if twin.conflict else ""
        output.line(f"  {twin.name} = {twin.first}{mark}")
