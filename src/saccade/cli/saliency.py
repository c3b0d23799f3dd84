"""saccade saliency: what stands out of a picture before anything was learned?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from saccade.cli import output
from saccade.cli.switch import Switch

if TYPE_CHECKING:
    from PIL import Image
    from torch import Tensor

    from saccade.data.images import BadFile

Kind = Literal["png", "svg"]


def saliency(
    *pictures: str,
    method: str = "itti",
    out: Annotated[Path, Parameter(alias="-o")] = Path("saliency"),
    scanpath: int = 0,
    centre_spread: float | None = None,
    side: int = 640,
    sheet: Kind = "png",
    json: Switch = False,
) -> int:
    """Write where each picture stands out: an overlay, the bare map and a sheet of both.

    Nothing is learned and no model is needed.

    Args:
        pictures: files, folders or patterns.
        method: itti, spectral_residual, spectral_residual_opencv, fine_grained, frequency_tuned,
            centre, or all for a sheet with every one.
        out: the folder to write to.
        scanpath: how many looks to draw, from the highest peak on, none returning at once.
        centre_spread: multiply by a Gaussian on the middle, this share of each side wide.
        side: the longer side in pixels that larger pictures are shrunk to before; 0 leaves them.
        sheet: what sheets are written as, png or svg.
        json: print what was found as JSON.
    """
    from saccade.cli.sources import find
    from saccade.data.images import BadFile

    asked = _Asked(_methods(method), scanpath, centre_spread, side)
    _check(asked)
    paths, bad = find(pictures)
    rows: list[dict[str, Any]] = []
    for path in paths:
        found = _found(path, asked)
        if isinstance(found, BadFile):
            bad.append(found)
        else:
            rows.append(_write(path, found, out, {row["stem"] for row in rows}, sheet))
    if json:
        output.as_json({"pictures": rows})
    elif rows:
        _tell(rows, asked)
    output.skipped(bad, of=len(rows) + len(bad))
    return 0


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked of each picture."""

    methods: tuple[str, ...]
    looks: int
    centre_spread: float | None
    side: int


@dataclass(frozen=True, slots=True)
class _Found:
    """A picture, and by method its map and what was read from it."""

    picture: Image.Image
    maps: Mapping[str, Tensor]
    facts: Mapping[str, dict[str, Any]]


def _methods(method: str) -> tuple[str, ...]:
    from saccade.classic.saliency import SALIENCY
    from saccade.table import Table

    named = {name: (name,) for name in SALIENCY}
    return Table("saliency method", {**named, "all": tuple(SALIENCY)})[method]


def _check(asked: _Asked) -> None:
    """Refuse what cannot work before any picture is read."""
    from saccade.classic.centre_bias import centre_bias
    from saccade.errors import ConfigError

    if asked.looks < 0:
        raise ConfigError("--scanpath of 0 or more looks", str(asked.looks), "--scanpath 5")
    if asked.side < 0:
        raise ConfigError("--side of 0 or more pixels", str(asked.side), "--side 640")
    if asked.centre_spread is not None:
        centre_bias((1, 1), spread=asked.centre_spread)


def _found(path: Path, asked: _Asked) -> _Found | BadFile:
    """Make the maps of one picture, or tell why there is none (a BadFile)."""
    from saccade.data.decode import open_picture, shown
    from saccade.data.images import BadFile
    from saccade.errors import DataError, ShapeError

    try:
        picture = open_picture(path)[0]
    except DataError as error:
        return BadFile(shown(path), error.got)
    images = _pixels(picture, asked.side)
    maps, facts, refused = {}, {}, ""
    for method in asked.methods:
        try:
            maps[method] = _map(images, method, asked, shown(path))
        except ShapeError as error:
            refused = f"{method}: {error}"
            if len(asked.methods) > 1:
                _note(shown(path), refused)
            continue
        facts[method] = _facts(maps[method], asked, picture.size)
    return _Found(picture, maps, facts) if maps else BadFile(shown(path), refused)


def _pixels(picture: Image.Image, side: int) -> Tensor:
    """The pixels in 0-1 (1 3 h w), not more than `side` on the longer side unless that is 0."""
    import numpy as np
    import torch
    from PIL import Image

    times = min(1.0, side / max(picture.size)) if side else 1.0
    if times < 1:
        size = max(1, round(picture.width * times)), max(1, round(picture.height * times))
        picture = picture.resize(size, Image.Resampling.BOX)
    pixels = torch.from_numpy(np.array(picture.convert("RGB")))
    return pixels.permute(2, 0, 1)[None].float() / 255


def _map(images: Tensor, method: str, asked: _Asked, name: str) -> Tensor:
    """One map (1 h w); what the method warns of is told on stderr."""
    import warnings

    from saccade.classic.saliency import saliency as make

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = make(images, method, centre_spread=asked.centre_spread)
    for warning in caught:
        _note(name, f"{method}: {warning.message}")
    return found


def _note(name: str, reason: str) -> None:
    from saccade.cli.saliency_words import saliency_words

    output.note(saliency_words()["small"].format(picture=name, reason=reason))


def _facts(found: Tensor, asked: _Asked, size: tuple[int, int]) -> dict[str, Any]:
    """What is told of a map: where it looks in pixels of the picture, and how much stands out."""
    from saccade.classic.binary import binary_map
    from saccade.classic.scanpath import scanpath

    times = size[0] / found.shape[2], size[1] / found.shape[1]
    points = scanpath(found, max(1, asked.looks))[0].tolist()
    looks = [(round((x + 0.5) * times[0], 1), round((y + 0.5) * times[1], 1)) for x, y in points]
    return {
        "peak": looks[0],
        "scanpath": looks[: asked.looks],
        "marked": round(float(binary_map(found).float().mean()), 4),
    }


def _write(path: Path, found: _Found, out: Path, taken: set[str], kind: Kind) -> dict[str, Any]:
    """Write the files of one picture; give what the JSON says of it."""
    from saccade.cli.saliency_pictures import bare_map, overlaid_map, write_sheet
    from saccade.cli.saliency_words import saliency_words
    from saccade.data.decode import shown

    words, stem = saliency_words(), next(_free(path.stem, taken))
    tiles, told = [(words["whole"], found.picture)], {}
    for method, maps in found.maps.items():
        facts = found.facts[method]
        drawn = overlaid_map(found.picture, maps[0], facts["scanpath"])
        bare = bare_map(maps[0], found.picture.size)
        files = {"overlay": out / f"{stem}_{method}.png", "map": out / f"{stem}_{method}_map.png"}
        for file, picture in zip(files.values(), (drawn, bare), strict=True):
            _save(picture, file)
        tiles.append((words[method], drawn))
        told[method] = {**{name: shown(file) for name, file in files.items()}, **facts}
    if len(found.maps) == 1:
        tiles.append((words["map"], bare))
    sheet = out / f"{stem}_sheet.{kind}"
    write_sheet(sheet, tiles, kind=kind)
    size = {"width": found.picture.width, "height": found.picture.height}
    return {
        "picture": shown(path),
        "stem": shown(stem),
        **size,
        "sheet": shown(sheet),
        "maps": told,
    }


def _free(stem: str, taken: set[str]) -> Iterator[str]:
    """Names that no picture has yet."""
    names = (stem, *(f"{stem}_{number}" for number in range(2, len(taken) + 3)))
    return (name for name in names if name not in taken)


def _save(picture: Image.Image, file: Path) -> None:
    import io

    from saccade.files import write_bytes

    data = io.BytesIO()
    picture.save(data, "PNG")
    write_bytes(file, data.getvalue())


def _tell(rows: Sequence[Mapping[str, Any]], asked: _Asked) -> None:
    from saccade.cli.saliency_words import saliency_words

    words = saliency_words()
    columns = {"picture": "left", "method": "left", "share": "right"}
    columns["path" if asked.looks else "peak"] = "left"
    lines = []
    for row in rows:
        for method, told in row["maps"].items():
            looks = told["scanpath"] or [told["peak"]]
            path = "  ".join(f"{int(x)},{int(y)}" for x, y in looks)
            lines.append((row["stem"], words[method], f"{told['marked']:.1%}", path))
    title = words["title"].format(count=len(rows))
    output.table({words[name]: side for name, side in columns.items()}, lines, title=title)
    output.line(words["read"])
    for row in rows:
        output.line(words["sheet"].format(path=row["sheet"]))
