"""saccade gaze: do maps lie where people look?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from saccade.cli import output
from saccade.cli.gaze_words import gaze_words
from saccade.cli.switch import Switch
from saccade.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from saccade.explanation.gaze_comparison import GazePictures, GazeRow
    from saccade.explanation.gaze_sources import MapSource

_TABLES = (".csv", ".json")


def gaze(
    *pictures: str,
    fixations: Path,
    first_pixel: float = 0.5,
    method: list[str] | None = None,
    model: list[str] | None = None,
    view: list[str] | None = None,
    maps: list[Path] | None = None,
    crop: Switch = False,
    limit: int | None = None,
    sigma: float = 24.0,
    side: int = 400,
    seed: int = 0,
    out: Annotated[Path | None, Parameter(alias="-o")] = None,
    sheet: Path | None = None,
    sheet_pictures: int = 6,
    json: Switch = False,
) -> int:
    """Compare maps of pictures with where people looked at them.

    Each map is measured as it is and times the middle of the picture, beside the middle alone,
    people's looks at the other pictures, and what the viewers tell of each other.

    Args:
        pictures: files, folders or patterns.
        fixations: where people looked: a file or a folder, as docs/inspection/gaze.md says.
        first_pixel: the coordinate of the middle of the first pixel among the fixations: 0.5, 0, or
            1 for MATLAB and OSIE.
        method: itti, spectral_residual, spectral_residual_opencv, fine_grained or frequency_tuned,
            or none; all of them where nothing else is to be compared. May be given several times.
        model: a weight file or the folder of a run, also of captions. May be given several times.
        view: how to look into a model, as saccade explain says; generic_attention unless told, and
            with a layer as in raw_attention:11 or gradcam:blocks.10. May be given several times.
        maps: a folder with a map of each picture, as .npy, .npz or grey .png files. May be given
            several times.
        crop: let a model see the middle of a picture, as it is used to, instead of the whole of it
            squashed to its image; elsewhere its map is as low as it gets.
        limit: only the first so many pictures.
        sigma: of the Gaussians of people's density, in pixels of a picture; one degree is usual.
        side: pixels of the longer side that is measured at; larger pictures are brought to it.
        seed: of the draws.
        out: a .csv file with means and intervals, or a .json file with all.
        sheet: a .png file to draw people and maps to, side by side.
        sheet_pictures: how many pictures the sheet shows: the best and the worst.
        json: print what was found as JSON.
    """
    from saccade.cli.gaze_sources import chosen_sources
    from saccade.cli.sources import find
    from saccade.cli.truths import inside
    from saccade.data.fixations import read_fixations
    from saccade.explanation.gaze_comparison import compare_gaze, gaze_pictures

    _check(out, sheet, limit, sheet_pictures)
    people = read_fixations(inside(fixations), first=first_pixel)
    paths, bad = find(pictures)
    of = len(bad) + len(paths[:limit])
    sources = chosen_sources(method, model or (), view or (), maps or (), crop=crop)
    known = gaze_pictures(paths[:limit], people, sigma=sigma, side=side, seed=seed)
    with _showing() as show:
        rows, missing = compare_gaze(known, sources, progress=show)
    facts = _facts(known, rows)
    found = {**facts, "rows": [row.to_dict() for row in rows]}
    if json:
        output.as_json(found)
    else:
        _tell(rows, facts)
    _write(out, rows, found)
    if sheet is not None:
        _draw(sheet, sheet_pictures, known, sources, rows)
    output.skipped([*bad, *known.bad, *missing], of=of)
    return 0


def _check(out: Path | None, sheet: Path | None, limit: int | None, shown: int) -> None:
    from saccade.files import check_writable

    for path, endings in ((out, _TABLES), (sheet, (".png",))):
        if path is not None:
            check_writable(path, endings)
    for name, count in (("limit", limit), ("sheet-pictures", shown)):
        if count is not None and count < 1:
            raise ConfigError("1 picture or more", f"--{name} {count}", f"--{name} 6")


def _facts(known: GazePictures, rows: Sequence[GazeRow]) -> dict[str, int]:
    fixations, viewers = known.study.counted(rows[0].scores)
    return {
        "count": len(rows[0].scores),
        "fixations": fixations,
        "viewers": viewers,
        "outside": known.study.outside,
    }


def _tell(rows: Sequence[GazeRow], facts: Mapping[str, int]) -> None:
    from saccade.cli.gaze_tables import tell_agreement

    tell_agreement(rows, facts)
    if facts["outside"]:
        output.note(gaze_words()["outside"].format(count=facts["outside"]))


def _write(out: Path | None, rows: Sequence[GazeRow], found: Mapping[str, Any]) -> None:
    from json import dumps

    from saccade.cli.gaze_tables import as_csv_text
    from saccade.files import write_text

    if out is None:
        return
    table = out.suffix.lower() == ".csv"
    write_text(out, as_csv_text(rows) if table else dumps(found, ensure_ascii=False) + "\n")
    output.note(gaze_words()["written"].format(path=out))


def _draw(
    sheet: Path,
    count: int,
    known: GazePictures,
    sources: Mapping[str, MapSource],
    rows: Sequence[GazeRow],
) -> None:
    from saccade.cli.gaze_sheet import chosen_pictures, write_sheet

    write_sheet(sheet, chosen_pictures(rows, count), known, sources, rows)
    output.note(gaze_words()["sheet"].format(path=sheet))


@contextmanager
def _showing() -> Iterator[Callable[[str, int, int], None] | None]:
    """Show which picture it is at, where stderr is a terminal."""
    from rich.console import Console

    console = Console(stderr=True, highlight=False)
    if not console.is_terminal:
        yield None
        return
    with console.status("") as status:
        yield lambda name, number, of: status.update(f"{number}/{of} {name}")
