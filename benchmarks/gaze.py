"""Do maps lie where people look? Every way the library has, on the photographs of OSIE.

    python benchmarks/gaze.py ../shared/data [--only NAMES] [--captioner RUN] [--sheet gaze.png]

100 photographs of 800x600, 15 viewers. The classic methods see them as they are; the ViT-Tiny sees
each squashed to 224x224, and so does a captioner where one is given. All maps are measured at
400x300 pixels. Each is also measured times a Gaussian on the middle; the floor and the ceiling are
those of `saccade gaze`. Results go to benchmarks/results/gaze.json; rows of other names stay there.
"""

import argparse
import json
import tempfile
import time
import zipfile
from pathlib import Path
from typing import Any

import torch
from rounds import RESULTS, save_json

from saccade.checkpoints.word_weights import load_words
from saccade.classic.saliency import SALIENCY
from saccade.cli.gaze_sheet import chosen_pictures, write_sheet
from saccade.cli.gaze_tables import ordered, tell_agreement
from saccade.data.fixations import read_fixations
from saccade.explanation.gaze_comparison import GazeRow, compare_gaze, gaze_pictures
from saccade.explanation.gaze_sources import MapSource, Whole, classic_source, squashed, view_source
from saccade.inspection.evidence.gaze_scores import MEASURES
from saccade.predict import load
from saccade.writing.caption_maps import caption_source

NAME = "vit_tiny_patch16_224"
VIEWS = (
    *("rollout", "raw_attention", "grad_rollout", "generic_attention"),
    *("transformer_attribution", "gradcam", "legrad"),
)
SURE = ("nss", "auc_judd")  # measures that are told with their interval
KEPT = 3  # best and worst pictures that are named


def sources(data: Path, captioner: Path | None) -> dict[str, MapSource]:
    """All ways to map a picture."""
    found = {name: classic_source(name) for name in SALIENCY if name != "centre"}
    predictor = load(data / "weights" / f"{NAME}_imagenet1k" / f"{NAME}.safetensors")
    whole = Whole(predictor.model, squashed(predictor.preprocessing))
    found |= {view: view_source(whole, view) for view in VIEWS}
    if captioner is not None:
        found["words"] = caption_source(load_words(captioner, task="caption"))
    return found


def timed(source: MapSource, spent: dict[str, float], name: str) -> MapSource:
    """Add up the seconds of one core that a source takes."""

    def watched(path: Path, picture: Any) -> torch.Tensor:
        before = time.process_time()
        values = source(path, picture)
        spent[name] = spent.get(name, 0.0) + time.process_time() - before
        return values

    return watched


def told(row: GazeRow, middle: GazeRow, spent: dict[str, float]) -> dict[str, Any]:
    """One row of the result."""
    above = row.above(middle)
    means = {
        name: found and {key: round(value, 4) for key, value in found.to_dict().items()}
        for name, found in row.intervals.items()
    }
    own: dict[str, Any] = {"name": row.name, "kind": row.kind, "measures": means}
    if row.kind == "method":
        own["ms"] = round(1000 * spent[row.name] / len(row.scores), 1)
        own["best"], own["worst"] = row.ranked[:KEPT], row.ranked[::-1][:KEPT]
    return {**own, "above": above and [round(n, 4) for n in (above.mean, above.low, above.high)]}


def kept(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Add the rows of maps that were measured before, the best first; floor and ceiling are new."""
    path = RESULTS / "gaze.json"
    old = json.loads(path.read_text())["rows"] if path.is_file() else []
    new = {row["name"] for row in rows}
    both = rows + [row for row in old if row["name"] not in new]
    nss = {row["name"]: row["measures"]["nss"]["mean"] for row in both if row["kind"] == "method"}
    place = {"floor": 0, "method": 1, "centred": 1, "ceiling": 2}
    return sorted(
        both,
        key=lambda row: (place[row["kind"]], -nss.get(row["name"], 0), row["kind"] == "centred"),
    )


def markdown() -> str:
    """The results as the table of docs/classic/gaze.md."""
    lines = ["| map | " + " | ".join(MEASURES) + " |", "|---|" + "---|" * len(MEASURES)]
    for row in json.loads((RESULTS / "gaze.json").read_text())["rows"]:
        name = "- times the middle" if row["kind"] == "centred" else row["name"]
        cells = [
            "-" if own is None else f"{own['mean']:.2f}" + _range(own) * (measure in SURE)
            for measure, own in ((measure, row["measures"][measure]) for measure in MEASURES)
        ]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _range(own: dict[str, float]) -> str:
    return f" [{own['low']:.2f}, {own['high']:.2f}]"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--only", nargs="*")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--side", type=int, default=400)
    parser.add_argument("--captioner", type=Path)
    parser.add_argument("--sheet", type=Path)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    spent: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        with zipfile.ZipFile(arguments.data / "osie" / "osie_share.zip") as archive:
            archive.extractall(place)
        people = read_fixations(next(place.rglob("fixations.npz")), first=1)
        files = sorted(place.rglob("*.jpg"))[: arguments.limit]
        pictures = gaze_pictures(files, people, side=arguments.side)
        asked = sources(arguments.data, arguments.captioner)
        if arguments.only:
            asked = {name: asked[name] for name in arguments.only}
        watched = {name: timed(source, spent, name) for name, source in asked.items()}
        before = time.process_time()
        rows, bad = compare_gaze(
            pictures, watched, progress=lambda name, at, of: print(at, of, name, flush=True)
        )
        minutes = (time.process_time() - before) / 60
        fixations, viewers = pictures.study.counted(rows[0].scores)
        facts = {"count": len(rows[0].scores), "fixations": fixations, "viewers": viewers}
        tell_agreement(rows, facts)
        if arguments.sheet is not None:
            write_sheet(arguments.sheet, chosen_pictures(rows, 6), pictures, asked, rows)
    middle = next(row for row in rows if row.name == "centre")
    lines = [told(row, middle, spent) for row in ordered(rows)]
    about = {**facts, "outside": pictures.study.outside, "left_out": len(bad)}
    save_json(
        "gaze", {**about, "side": arguments.side, "minutes": round(minutes, 2), "rows": kept(lines)}
    )
    print(markdown())


if __name__ == "__main__":
    main()
