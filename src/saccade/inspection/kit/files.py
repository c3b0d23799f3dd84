"""What parts of the kit found, as files: CSV tables, PNG drawings and one HTML page."""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from saccade.files import write_bytes, write_text
from saccade.inspection.kit.findings import Findings
from saccade.inspection.kit.page import page
from saccade.inspection.kit.spreads import Cell


def save(found: Findings, folder: Path, name: str) -> list[Path]:
    """Write NAME.csv, and NAME_DRAWING.png for each drawing, each file whole or not at all.

    A table of each picture has NAME_summary.csv beside it: means and spreads over pictures.

    Args:
        found: table and drawings.
        folder: where to; it is made when it is not there.
        name: what the files' names begin with.

    Returns:
        The files.

    Raises:
        OutputError: a file cannot be written.
    """
    files = [_table(folder / f"{name}.csv", found.header, found.rows)]
    if found.summary is not None and found.summary.flat()[0] != found.header:
        files.append(_table(folder / f"{name}_summary.csv", *found.summary.flat()))
    for drawing, picture in found.charts.items():
        data = io.BytesIO()
        picture.save(data, format="PNG")
        files.append(folder / f"{name}_{drawing}.png")
        write_bytes(files[-1], data.getvalue())
    return files


def save_all(
    found: Mapping[str, Findings],
    folder: Path,
    *,
    name: str,
    model: str,
    refused: Mapping[str, str] | None = None,
) -> list[Path]:
    """Write the tables and drawings of several parts, and NAME.html with all of them.

    Args:
        found: what each part found, by its name.
        folder: where to; it is made when it is not there.
        name: of the page.
        model: what the model is called.
        refused: a sentence for each part that the model cannot have.

    Returns:
        The files, the page last.

    Raises:
        OutputError: a file cannot be written.
    """
    files = [file for part, one in found.items() for file in save(one, folder, part)]
    files.append(folder / f"{name}.html")
    write_text(files[-1], page(found, model=model, refused=refused))
    return files


def _table(file: Path, header: Sequence[str], rows: Sequence[Sequence[Cell]]) -> Path:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    write_text(file, text.getvalue())
    return file
