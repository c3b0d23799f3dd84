"""saccade segment: label every pixel of pictures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from saccade.cli import output
from saccade.cli.segment_words import segment_words
from saccade.cli.switch import Switch
from saccade.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from saccade.segmentation.segmenter import Segmented, Segmenter


def segment(
    model: str,
    /,
    *pictures: str,
    out: Annotated[Path, Parameter(alias="-o")] = Path("segmentation"),
    point: str | None = None,
    opacity: float = 0.55,
    batch_size: int = 4,
    json: Switch = False,
) -> int:
    """Write a label map of each picture (NAME.png), and its colours over the picture with a legend.

    Args:
        model: a weight file, or the folder of a run of --task segment.
        pictures: files, folders or patterns.
        out: the folder to write to.
        point: X,Y of a pixel; draws where the attention of the head read for it.
        opacity: of the colours over the picture, 0-1.
        batch_size: pictures at a time.
        json: print one JSON object a line for each picture.
    """
    from saccade.cli.sources import find
    from saccade.segmentation.segmenter import Segmenter

    if not 0 <= opacity <= 1:
        raise ConfigError("opacity from 0 to 1", str(opacity), "opacity=0.55")
    at = None if point is None else _point(point)
    segmenter, (paths, bad) = Segmenter.load(model), find(pictures)
    names = _names(paths)
    told: list[tuple[Segmented, dict[str, str]]] = []
    for found in segmenter.segment(paths, batch_size=batch_size):
        files = _write(segmenter, found, out / names[found.name], opacity)
        if at is not None:
            files["attention"] = _looked(segmenter, found, at, out / names[found.name])
        if json:
            output.as_json_line(_as_json(segmenter, found, files))
        else:
            told.append((found, files))
    if told:
        _tell(segmenter, told)
    output.skipped([*bad, *segmenter.bad], of=len(paths) + len(bad))
    return 0 if len(segmenter.bad) < len(paths) else 1


def _point(text: str) -> tuple[float, float]:
    try:
        x, y = (float(part) for part in text.split(","))
    except ValueError as error:
        raise ConfigError("--point as X,Y in pixels", repr(text), "--point 120,90") from error
    return x, y


def _names(paths: Sequence[Path]) -> dict[str, str]:
    """Give each picture a name of its own for its files; equal ones are numbered."""
    from saccade.data.decode import shown

    found: dict[str, str] = {}
    for path in paths:
        stem, number = path.stem, 2
        while stem in found.values():
            stem, number = f"{path.stem}-{number}", number + 1
        found[shown(path)] = stem
    return found


def _write(segmenter: Segmenter, found: Segmented, where: Path, opacity: float) -> dict[str, str]:
    """Write the label map and the overlay; give their paths."""
    from saccade.data.segmentation.label_maps import write_label_map
    from saccade.files import write_bytes
    from saccade.segmentation.drawing import labelled
    from saccade.training.measures.drawing import png

    labels = where.with_name(f"{where.name}.png")
    overlay = where.with_name(f"{where.name}-overlay.png")
    write_label_map(labels, found.labels, segmenter.colours)
    sheet = labelled(
        found.picture,
        found.labels,
        segmenter.colours,
        segmenter.names,
        found.shares,
        opacity=opacity,
    )
    write_bytes(overlay, png(sheet))
    return {"labels": str(labels), "overlay": str(overlay)}


def _looked(segmenter: Segmenter, found: Segmented, point: tuple[float, float], where: Path) -> str:
    """Draw where the head read for a pixel; give the path."""
    from saccade.files import write_bytes
    from saccade.training.measures.drawing import png

    path = where.with_name(f"{where.name}-attention.png")
    write_bytes(path, png(segmenter.looked(found, point)))
    return str(path)


def _as_json(segmenter: Segmenter, found: Segmented, files: dict[str, str]) -> dict[str, object]:
    shares = {
        name: round(share, 6)
        for name, share in zip(segmenter.names, found.shares, strict=True)
        if share
    }
    width, height = found.picture.size
    return {"picture": found.name, "width": width, "height": height, "shares": shares, **files}


def _tell(segmenter: Segmenter, told: Sequence[tuple[Segmented, dict[str, str]]]) -> None:
    """Print the share of each class, and name the files."""
    words = segment_words()
    rows = [
        ("" if place else found.name, name, f"{100 * share:.1f} %")
        for found, _ in told
        for place, (name, share) in enumerate(
            sorted(
                ((n, s) for n, s in zip(segmenter.names, found.shares, strict=True) if s),
                key=lambda pair: -pair[1],
            )
        )
    ]
    columns = (words["picture"], words["class"], words["share"])
    output.table(dict(zip(columns, ("left", "left", "right"), strict=True)), rows)
    for _, files in told:
        for path in files.values():
            output.note(words["written"].format(path=path))
