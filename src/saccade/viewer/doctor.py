"""The page of the doctor of data: findings with small pictures, in English and Korean.

The parts of the payload are listed in `docs/training/doctor.md`.
"""

import base64
import io
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from PIL import Image

from saccade import __version__
from saccade.data.doctor import Examination, Remark, Spot
from saccade.data.sets import Splits
from saccade.errors import DataError
from saccade.files import check_writable, write_text
from saccade.viewer.pack import Page, pack

SCHEMA = "saccade.doctor/1"
PAGE = Page("doctor.html", ("viewer.css", "doctor.css"), "doctor/start.js")
_SIDE = 144  # pixels of a thumbnail, at most
_TINY = 48  # pixels; smaller pictures are drawn pixel by pixel
_NAMES = 500  # of a finding


def write_data_page(
    found: Examination, remarks: Sequence[Remark], out: Path, *, command: str = ""
) -> int:
    """Write the page.

    Args:
        found: by `examine`.
        remarks: on it, by `diagnose`.
        out: the page.
        command: what made it, for the footer.

    Returns:
        Its size in bytes.

    Raises:
        OutputError: the page cannot be written.
    """
    check_writable(out)
    data = data_page(found, remarks, command=command)
    text = pack(data, title=data["title"], page=PAGE)
    write_text(out, text)
    return len(text.encode())


def data_page(
    found: Examination, remarks: Sequence[Remark], *, command: str = ""
) -> dict[str, Any]:
    """Gather the page's data; pictures are read again and made small.

    Args:
        found: by `examine`.
        remarks: on it, by `diagnose`.
        command: what made it.
    """
    pictures: dict[Spot, dict[str, Any]] = {}
    return {
        "schema": SCHEMA,
        "title": Path(found.source).name or found.source,
        "totals": found.totals,
        "counts": {split: list(own.items()) for split, own in found.counts.items()},
        "sizes": [list(size) for size in found.size_range],
        "findings": [_finding(remark, found.splits, pictures) for remark in remarks],
        "provenance": {
            "saccade": __version__,
            "date": date.today().isoformat(),
            "command": command,
        },
    }


def _finding(remark: Remark, splits: Splits, known: dict[Spot, dict[str, Any]]) -> dict[str, Any]:
    shown = []
    for group in remark.shown:
        for spot in group:
            if spot not in known:
                known[spot] = _shown(spot, splits)
        shown.append([known[spot] for spot in group])
    return {
        "severity": remark.severity,
        "en": remark.english,
        "ko": remark.korean,
        "names": list(remark.names[:_NAMES]),
        "count": len(remark.names),
        "shown": shown,
    }


def _shown(spot: Spot, splits: Splits) -> dict[str, Any]:
    told = {"name": spot.name, "split": spot.split}
    try:
        picture = splits.parts()[spot.split].load(spot.index).image
    except DataError:  # it changed since it was examined
        return {**told, "src": None, "tiny": False}
    return {**told, "src": thumbnail(picture), "tiny": max(picture.size) <= _TINY}


def thumbnail(picture: Image.Image) -> str:
    """Embed a picture as a small data: address.

    Args:
        picture: RGB.
    """
    small, file = picture.copy(), io.BytesIO()
    small.thumbnail((_SIDE, _SIDE), Image.Resampling.BILINEAR, reducing_gap=3.0)
    kind = "PNG" if max(picture.size) <= _TINY else "JPEG"
    small.save(file, kind, quality=80)
    return f"data:image/{kind.lower()};base64,{base64.b64encode(file.getvalue()).decode()}"
