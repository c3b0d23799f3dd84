"""saccade audit: is somebody's attention map what it should be?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from saccade.cli import output
from saccade.cli.switch import Switch
from saccade.errors import ConfigError

if TYPE_CHECKING:
    from saccade.inspection.evidence.audit import Audit


def audit(
    map: str,  # noqa: A002
    /,
    *,
    grid: str | None = None,
    prefix: int | None = None,
    image: Path | None = None,
    array: str | None = None,
    kind: Literal["attention", "similarity", "map"] | None = None,
    json: Switch = False,
) -> int:
    """Name the wrong recipe that an attention map or a heat map was made with; 1 if there is one.

    Args:
        map: a .npy or .npz file: attention (N,N), (heads,N,N) or (layers,heads,N,N), or a heat
            map (rows,columns).
        grid: ROWSxCOLUMNS of the patches, such as 14x14; a square unless told.
        prefix: tokens before the patches, 1 for a class token; told from the number of tokens.
        image: the picture that the map is laid over, to see whether the crop was undone.
        array: name of the array in an .npz file.
        kind: what the array is, where its numbers do not tell.
        json: print the findings as JSON.
    """
    from saccade.data.decode import open_picture
    from saccade.inspection.evidence.audit import audit as examine
    from saccade.inspection.evidence.audit_file import read_map

    size = None if image is None else open_picture(image)[1].upright
    values = read_map(Path(map), array=array)
    found = examine(values, kind=kind, grid=_grid(grid), prefix=prefix, picture=size)
    if json:
        output.as_json({"file": str(map), **found.to_dict()})
    else:
        _tell(Path(map).name, found)
    return 1 if found.wrong else 0


def _tell(name: str, found: Audit) -> None:
    from saccade.cli.audit_words import audit_words

    text, sentences = audit_words()
    shape = "x".join(str(side) for side in found.shape)
    kind = text[found.kind].format(tokens=found.shape[-1])
    place = ""
    if found.kind != "map" and found.grid is not None:
        rows, columns = found.grid
        place = text["places"].format(rows=rows, columns=columns, prefix=found.prefix or 0)
    output.line(f"{name}: {shape}, {kind}{place}")
    for finding in found.findings:
        what, cure = (part.format(**finding.numbers) for part in sentences[finding.name])
        output.line(f"{text['wrong' if finding.wrong else 'remark']} [{finding.name}]: {what}")
        output.line(f"  {text['cure']}: {cure}")
    if not found.wrong:
        output.line(text["nothing"])


def _grid(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    sides = text.lower().split("x")
    if len(sides) != 2 or not all(side.strip().isdigit() for side in sides):
        raise ConfigError("a grid as ROWSxCOLUMNS", repr(text), "--grid 14x14")
    return int(sides[0]), int(sides[1])
