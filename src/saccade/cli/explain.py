"""saccade explain: which part of a picture made a model answer so?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from saccade.cli import output
from saccade.cli.switch import Switch

if TYPE_CHECKING:
    from PIL import Image

    from saccade.cli.truths import Truths
    from saccade.explanation import Explanation
    from saccade.predict import Predictor


def explain(
    model: str,
    /,
    *pictures: str,
    method: str = "generic_attention",
    target: str | None = None,
    out: Annotated[Path, Parameter(alias="-o")] = Path("explained"),
    checkpoint: str | None = None,
    start_layer: int | None = None,
    layer: str | None = None,
    boxes: Path | None = None,
    fixations: Path | None = None,
    first_pixel: float = 0.5,
    quick: Switch = False,
    json: Switch = False,
) -> int:
    """Write an overlay (PNG), the map (npy) and its provenance (JSON) of each picture.

    Each map is tested unless --quick is given: insertion and deletion beside a random order, the
    map of redrawn weights, a move of one pixel.

    Args:
        model: a weight file, the folder of a run, or the name of a model with --checkpoint.
        pictures: files, folders or patterns.
        method: rollout, raw_attention, grad_rollout, generic_attention, transformer_attribution,
            gradcam, legrad, integrated_gradients or occlusion.
        target: a class, by name or index; the likeliest of each picture unless told.
        out: the folder to write to.
        checkpoint: the weight file of the model that is named.
        start_layer: first layer that takes part, for methods that go through all.
        layer: where gradcam looks (the name of a module), or raw_attention (a number).
        boxes: where the things are, for the pointing game: CSV lines name, x0, y0, x1, y1 in pixels
            of the upright picture, or COCO's JSON.
        fixations: where people looked: a file or a folder, as docs/inspection/gaze.md says.
        first_pixel: the coordinate of the middle of the first pixel among the fixations: 0.5, 0, or
            1 for MATLAB and OSIE.
        quick: leave the tests out.
        json: print what was found as JSON.
    """
    from saccade.cli.sources import find, load_model
    from saccade.cli.truths import read_truths
    from saccade.data.images import BadFile

    truths = read_truths(boxes, fixations, first_pixel)
    paths, bad = find(pictures)
    predictor = load_model(model, checkpoint)
    asked = _Asked(method, target, _options(start_layer, layer), quick)
    rows: list[dict[str, Any]] = []
    for path, found, picture in _explained(predictor, paths, asked):
        if found is None or picture is None:
            bad.append(BadFile(*path))
        else:
            stems = {row["stem"] for row in rows}
            rows.append(_write(found, picture, predictor, out, stems, truths))
    summary = _summary(rows, truths)
    if json:
        output.as_json({"pictures": rows, **summary})
    else:
        _tell(rows, summary, method)
    output.skipped(bad, of=len(rows) + len(bad))
    return 0


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked of each picture."""

    method: str
    target: str | None
    options: dict[str, Any]
    quick: bool


def _options(start_layer: int | None, layer: str | None) -> dict[str, Any]:
    options: dict[str, Any] = {}
    if start_layer is not None:
        options["start_layer"] = start_layer
    if layer is not None:
        options["layer"] = int(layer) if layer.lstrip("-").isdigit() else layer
    return options


def _explained(
    predictor: Predictor, paths: Sequence[Path], asked: _Asked
) -> Iterator[tuple[tuple[str, str], Explanation | None, Image.Image | None]]:
    """Explain one picture after the other; those that cannot be read come with the reason."""
    from saccade.data.decode import open_picture, shown
    from saccade.errors import DataError
    from saccade.explanation import explain as ask
    from saccade.explanation.honesty import Effort

    index = None if asked.target is None else _class(predictor, asked.target)
    effort = Effort()  # one for all, so that the weights are redrawn once
    for path in paths:
        try:
            picture = open_picture(path)[0]
        except DataError as error:
            yield (shown(path), error.got), None, None
            continue
        found = ask(
            predictor,
            [path],
            method=asked.method,
            target=index,
            options=asked.options,
            honest=effort if not asked.quick else False,
        )
        yield (shown(path), ""), found, picture


def _class(predictor: Predictor, target: str) -> int:
    """The index of a class that is given by name or index."""
    from saccade.table import Table

    if target in predictor.classes:
        return predictor.classes.index(target)
    if target.lstrip("-").isdigit():
        return int(target)
    names = {name: index for index, name in enumerate(predictor.classes)}
    return Table("class", names)[target]


def _write(
    found: Explanation,
    picture: Image.Image,
    predictor: Predictor,
    out: Path,
    taken: set[str],
    truths: Truths,
) -> dict[str, Any]:
    """Write the three files of one picture; give what its JSON says."""
    import io
    import json

    import numpy as np

    from saccade.explanation.picture import overlaid
    from saccade.files import write_bytes, write_text

    first = Path(found.names[0]).stem
    stems = (first, *(f"{first}_{number}" for number in range(2, len(taken) + 3)))
    stem = next(name for name in stems if name not in taken)
    files = {kind: out / f"{stem}{end}" for kind, end in (("overlay", ".png"), ("map", ".npy"))}
    image, array = io.BytesIO(), io.BytesIO()
    overlaid(found, picture).save(image, "PNG")
    np.save(array, found.map[0].detach().cpu().numpy(), allow_pickle=False)
    write_bytes(files["overlay"], image.getvalue())
    write_bytes(files["map"], array.getvalue())
    row = {
        "picture": found.names[0],
        "stem": stem,
        **{kind: str(path) for kind, path in files.items()},
        **_answer(found, predictor),
        **_tests(found, predictor),
        **truths.of(found),
        "geometry": found.geometries[0].to_dict(),
        "provenance": {**found.provenance, "checkpoint": Path(predictor.origin).name},
    }
    write_text(out / f"{stem}.json", json.dumps(row, ensure_ascii=False, indent=1) + "\n")
    return row


def _answer(found: Explanation, predictor: Predictor) -> dict[str, Any]:
    target = None if found.target is None else int(found.target[0])
    shares = found.logits[0].float().softmax(dim=0)
    return {
        "class": None if target is None else predictor.classes[target],
        "target": target,
        "probability": None if target is None else float(shares[target]),
        "score": float(found.scores[0]),
    }


def _tests(found: Explanation, predictor: Predictor) -> dict[str, Any]:
    if found.belief is None:
        return {"belief": None}
    cost = {"passes": found.belief.passes, "seconds": round(found.belief.seconds, 3)}
    told = found.belief.to_dict()
    return {"belief": {**told, "followed": predictor.classes[told["followed"]], "cost": cost}}


def _summary(rows: Sequence[Mapping[str, Any]], truths: Truths) -> dict[str, Any]:
    """What holds for all pictures together."""
    from saccade.explanation.belief import summarise

    told = [row["belief"] for row in rows if row["belief"] is not None]
    return {"belief": summarise(told) if told else None, **truths.summary(rows)}


def _tell(rows: Sequence[Mapping[str, Any]], summary: Mapping[str, Any], method: str) -> None:
    from saccade.cli.belief_tables import tell_beliefs, tell_cost, tell_gaze, tell_pointing
    from saccade.explanation.agreement import GAZE

    for row in rows:
        what = "" if row["class"] is None else f"  {row['class']} {row['probability']:.1%}"
        output.line(f"{row['overlay']}{what}")
    told = [(row["stem"], row["belief"]) for row in rows if row["belief"] is not None]
    if told:
        tell_beliefs(told, summary["belief"], method)
        costs = [one["cost"] for _, one in told]
        tell_cost(sum(one["seconds"] for one in costs), costs[0]["passes"])
    tell_pointing([row["pointing"] for row in rows if row.get("pointing")])
    if summary.get("gaze"):
        tell_gaze(GAZE, summary["gaze"]["measures"], summary["gaze"]["pictures"])
