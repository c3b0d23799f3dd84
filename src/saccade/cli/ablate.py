"""saccade ablate: what does a model lose with each of its heads?"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from saccade.cli import output
from saccade.cli.switch import Switch

if TYPE_CHECKING:
    from torch import Tensor

    from saccade.data.images import BadFile
    from saccade.predict import Predictor

COLUMNS = ("layer", "name", "head", "drop", "spread", "changed", "images")


def ablate(
    model: str,
    /,
    *pictures: str,
    out: Annotated[Path, Parameter(alias="-o")] = Path("heads.csv"),
    checkpoint: str | None = None,
    batch_size: int = 16,
    top: int = 10,
    json: Switch = False,
) -> int:
    """Mute every head in turn; write what the predicted class loses of its probability (CSV).

    Args:
        model: a weight file, the folder of a run, or the name of a model with --checkpoint.
        pictures: files, folders or patterns.
        out: the table to write.
        checkpoint: the weight file of the model that is named.
        batch_size: pictures at a time.
        top: how many heads to list here, the most important first; the file has all.
        json: print the whole table as JSON.
    """
    from saccade.cli.sources import find, load_model
    from saccade.errors import ConfigError
    from saccade.files import check_writable, write_text
    from saccade.inspection.head_importance import head_importance

    if batch_size < 1 or top < 0:
        raise ConfigError(
            "batch_size of at least 1 and top of at least 0", f"{batch_size} and {top}", "16 and 10"
        )
    paths, bad = find(pictures)
    of = len(paths) + len(bad)
    predictor = load_model(model, checkpoint)
    check_writable(out)
    found = head_importance(predictor.model, _batches(predictor, paths, batch_size, bad))
    rows = [tuple(getattr(head, column) for column in COLUMNS) for head in found]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(_rounded(row) for row in rows)
    write_text(out, text.getvalue())
    if json:
        shown = [dict(zip(COLUMNS, row, strict=True)) for row in rows]
        output.as_json({"heads": shown, "table": str(out)})
    else:
        _tell(rows, top)
        output.line(f"table: {out}")
    output.skipped(bad, of=of)
    return 0


def _tell(rows: Sequence[tuple[object, ...]], top: int) -> None:
    ranked = sorted(rows, key=lambda row: -float(str(row[3])))[:top]
    output.table(
        {"layer": "left", "head": "right", "drop": "right", "spread": "right", "changed": "right"},
        [
            (name, head, f"{drop:.4f}", f"{spread:.4f}", f"{changed:.1%}")
            for _, name, head, drop, spread, changed, _ in ranked
        ],
        title=f"What the predicted class loses without a head, mean over {rows[0][6]} pictures",
    )


def _rounded(row: tuple[object, ...]) -> tuple[object, ...]:
    return tuple(round(cell, 6) if isinstance(cell, float) else cell for cell in row)


def _batches(
    predictor: Predictor, paths: Sequence[Path], batch_size: int, bad: list[BadFile]
) -> Iterator[Tensor]:
    """Read pictures as the model wants them; the broken ones are named in `bad`."""
    import torch

    from saccade.data.decode import shown
    from saccade.data.images import BadFile
    from saccade.errors import DataError
    from saccade.explanation.views import prepared

    ready: list[Tensor] = []
    for path in paths:
        try:
            ready.append(prepared(predictor, [path]).images)
        except DataError as error:
            bad.append(BadFile(shown(path), error.got))
        if len(ready) == batch_size:
            yield torch.cat(ready)
            ready = []
    if ready:
        yield torch.cat(ready)
