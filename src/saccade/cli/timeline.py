"""saccade timeline: watch again how a run learned."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from saccade.cli import output
from saccade.cli.switch import Switch


def timeline(
    run: Path,
    other: Path | None = None,
    /,
    *,
    out: Annotated[Path, Parameter(alias="-o")] = Path("timeline.html"),
    json: Switch = False,
) -> int:
    """Show how the attention of a run changed over its epochs, as one HTML page.

    Args:
        run: the folder of a run that was trained with --watch.
        other: a second run, to show beside it; pictures are matched by name.
        out: the page to write; it needs no network.
        json: print what the page holds as JSON.
    """
    from saccade.viewer.timeline import write_timeline

    runs = [run] if other is None else [run, other]
    command = " ".join(["saccade timeline", *(folder.name for folder in runs)])
    found = write_timeline(runs, out, command=command)
    if json:
        output.as_json(found)
        return 0
    for one in found["runs"]:
        epochs = one["epochs"]
        output.line(
            f"{one['name']}: {one['pictures']} pictures, {len(epochs)} looks from epoch "
            f"{epochs[0]} to {epochs[-1]}, {one['layers']} layers"
        )
        for alarm in one["alarms"]:
            output.line(f"  alarm: {alarm['sentence']}")
    output.line(f"timeline: {out} ({found['bytes'] / 1e6:.1f} MB)")
    return 0
