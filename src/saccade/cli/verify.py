"""saccade verify: do the first epochs of a run again, and compare every number."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from saccade.cli import output
from saccade.cli.switch import Switch

if TYPE_CHECKING:
    from saccade.training.verify import Verification

_MOST = 12  # differences that are printed


def verify(run: Path, /, *, epochs: int = 1, data: str | None = None, json: Switch = False) -> int:
    """See what has changed since a run, do its first epochs again, and compare every number.

    The exit code is 1 when a number differs.

    Args:
        run: the folder of a run.
        epochs: to do again, from the first.
        data: where the pictures are now, if they are no longer where they were.
        json: print JSON.
    """
    from saccade.cli.watch import watching
    from saccade.training.run import train
    from saccade.training.verify import verify as check

    with watching() as show:
        found = check(run, train=train, epochs=epochs, source=data, progress=show)
    if json:
        output.as_json(found.to_dict())
    else:
        _tell(found)
    return 0 if found.identical else 1


def _tell(found: Verification) -> None:
    if found.changes:
        output.table(
            {"changed since": "left", "then": "left", "now": "left"},
            [(one.name, one.then, one.now) for one in found.changes],
        )
    else:
        output.line("nothing has changed since: code, data, versions, device")
    what = "1 epoch" if found.epochs == 1 else f"{found.epochs} epochs"
    if found.identical:
        output.line(f"{what} done again: identical to the last bit ({found.compared} compared)")
        return
    output.table(
        {"not the same": "left", "then": "left", "now": "left"},
        [(one.name, one.then, one.now) for one in found.numbers[:_MOST]],
    )
    many = f"{len(found.numbers)} of {found.compared} differ"
    output.line(f"{what} done again: {many}, by up to {found.largest:.3g}")
    output.line(f"likely cause: {found.cause}")
