"""saccade compare: what each attention mechanism costs, and what it gives."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from saccade.cli import output
from saccade.cli.switch import Switch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any


def compare(
    data: str,
    /,
    *,
    mechanisms: str = "all",
    stage: int = 2,
    epochs: int = 6,
    seeds: int = 2,
    jobs: int = 1,
    out: Path = Path("runs/compare"),
    json: Switch = False,
) -> int:
    """Train the same small network with each mechanism, and measure what it costs.

    Args:
        data: a folder of class folders, of train/ val/ test/, of IDX files, or "digits".
        mechanisms: names with commas between them, or "all".
        stage: which of the network's three stages gets the mechanism.
        epochs: of training.
        seeds: how many runs of each.
        jobs: runs at a time, each on one thread.
        out: folder for compare.csv, compare.json and compare.html, and for the runs.
        json: print the rows as JSON.
    """
    from dataclasses import asdict

    from saccade.comparison import Budget
    from saccade.comparison import compare as run

    names = [name.strip() for name in mechanisms.split(",") if name.strip()]
    budget = Budget(stage=stage, epochs=epochs, seeds=seeds, jobs=jobs, out=str(out / "runs"))
    rows = [row.to_dict() for row in run(data, names, budget, output.note)]
    _write(rows, out, data, asdict(budget))
    if json:
        output.as_json({"rows": rows, "budget": asdict(budget)})
        return 0
    _tell(rows)
    output.line(f"page: {out / 'compare.html'}   (also compare.csv, compare.json)")
    return 0


def _tell(rows: Sequence[Mapping[str, Any]]) -> None:
    sides = {"mechanism": "left", "place": "left"}
    numbers = ("parameters", "multiply-adds (M)", "CPU ms", "peak MB", "accuracy %", "spread")
    output.table(
        {**sides, **dict.fromkeys(numbers, "right")},
        [
            (
                row["mechanism"],
                row["role"] or "-",
                f"{row['parameters']:,}",
                f"{row['multiply_adds'] / 1e6:.1f}",
                f"{row['ms']:.1f}",
                f"{row['peak_bytes'] / 1e6:.1f}",
                f"{100 * row['accuracy']:.2f}",
                f"{100 * row['accuracy_least']:.2f} to {100 * row['accuracy_most']:.2f}",
            )
            for row in rows
        ],
    )


def _write(
    rows: Sequence[Mapping[str, Any]], out: Path, data: str, budget: Mapping[str, Any]
) -> None:
    import csv
    import io
    from json import dumps

    from saccade.files import write_text
    from saccade.viewer.ruler import ruler_page

    out.mkdir(parents=True, exist_ok=True)
    text = io.StringIO()
    columns = [key for key in rows[0] if key != "accuracies"]
    table = csv.DictWriter(text, columns, extrasaction="ignore", lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    write_text(out / "compare.csv", text.getvalue())
    write_text(out / "compare.json", dumps({"rows": list(rows), "budget": budget}, indent=1) + "\n")
    about = (
        f"resnet14_small_32 on {Path(data).name}, mechanism in stage {budget['stage']}: "
        f"epochs: {budget['epochs']}, seeds: {budget['seeds']}; time and memory of a batch of "
        f"{budget['batch']} on one thread."
    )
    page = ruler_page(rows, title="What attention costs, and what it gives", about=about)
    write_text(out / "compare.html", page)
