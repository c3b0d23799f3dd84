"""The page of words: captions over their photographs, alignments, answers to questions.

The parts of the payload are listed in `docs/words/picture.md`.
"""

import base64
import io
import math
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import torch
from PIL import Image

from saccade import __version__
from saccade.data.geometry import Geometry
from saccade.errors import DataError
from saccade.files import check_writable, write_text
from saccade.training.words.looking import coverage, sharpness
from saccade.viewer.embedding import data_uri
from saccade.viewer.encoding import spans
from saccade.viewer.pack import Page, pack
from saccade.viewer.word_maps import word_maps
from saccade.viewer.word_views import AlignmentView, QuestionView, Sentence, View, WordPicture

__all__ = [
    "PAGE",
    "SCHEMA",
    "AlignmentView",
    "QuestionView",
    "Sentence",
    "View",
    "WordPicture",
    "words_page",
    "write_words_page",
]

SCHEMA = "saccade.words/1"
PAGE = Page("words.html", ("viewer.css", "words.css"), "words/start.js")
_SIDE = 1600  # pixels of a photograph's longer side, at most
_PLACES = 5


def write_words_page(
    views: Sequence[View], out: Path, *, title: str, command: str = ""
) -> dict[str, Any]:
    """Write the page.

    Args:
        views: what it shows, in order.
        out: the page.
        title: of the window and the page.
        command: what made it, for the footer.

    Returns:
        Where it is, its bytes, and how many views there are of each kind.

    Raises:
        DataError: there is nothing to show, or maps do not fit their words.
        OutputError: the page cannot be written.
    """
    check_writable(out)
    data = words_page(views, title=title, command=command)
    text = pack(data, title=title, page=PAGE)
    write_text(out, text)
    kinds = [item["kind"] for item in data["items"]]
    counts = {kind: kinds.count(kind) for kind in dict.fromkeys(kinds)}
    return {"page": str(out), "bytes": len(text.encode()), "views": counts}


def words_page(views: Sequence[View], *, title: str, command: str = "") -> dict[str, Any]:
    """Gather the page's data.

    Args:
        views: what it shows, in order.
        title: of the page.
        command: what made it.

    Raises:
        DataError: there is nothing to show, or maps do not fit their words.
    """
    if not views:
        raise DataError("at least one picture or sentence to show", "none", "another folder")
    return {
        "schema": SCHEMA,
        "title": title,
        "items": [_item(view) for view in views],
        "provenance": {
            "saccade": __version__,
            "torch": torch.__version__.split("+")[0],
            "date": date.today().isoformat(),
            "command": command,
        },
    }


def _item(view: View) -> dict[str, Any]:
    if isinstance(view, QuestionView):
        return _question(view)
    if not view.hypotheses:
        named = view.name or " ".join(view.source if isinstance(view, AlignmentView) else ())
        raise DataError(f"at least one hypothesis of {named}", "none", "a beam of at least 1")
    told: dict[str, Any] = {"truths": list(view.truths)}
    if isinstance(view, AlignmentView):
        places, name = len(view.source), view.name or " ".join(view.source)
        told |= {"kind": "translation", "name": name, "source": list(view.source)}
    else:
        places = view.grid[0] * view.grid[1]
        told |= {"kind": "caption", **_photograph(view)}
    told["hypotheses"] = [_sentence(one, places) for one in view.hypotheses]
    return told


def _question(view: QuestionView) -> dict[str, Any]:
    cells = view.grid[0] * view.grid[1]
    hops = 0 if view.maps is None else len(view.maps)
    words = tuple(str(hop + 1) for hop in range(hops))
    read = None
    if view.read is not None:
        read = spans(
            torch.from_numpy(word_maps(view.read, hops, len(view.question), name="passes"))
        )
    return {
        "kind": "question",
        **_photograph(view),
        "question": list(view.question),
        "answers": [[answer, round(float(share), _PLACES)] for answer, share in view.answers],
        "truth": view.truth,
        "read": read,
        "hypotheses": [_sentence(Sentence(words=words, maps=view.maps), cells)],
    }


def _photograph(view: WordPicture | QuestionView) -> dict[str, Any]:
    geometry, picture = view.geometry.straight(), view.picture.convert("RGB")
    if picture.size != geometry.upright:
        raise DataError(
            f"the upright photograph of {view.name}, {geometry.upright} pixels", str(picture.size)
        )
    return {
        "name": Path(view.name).name,
        "src": _embedded(Path(view.name), picture, geometry),
        "width": picture.width,
        "height": picture.height,
        "box": {"scale": geometry.scale, "offset": geometry.offset, "size": geometry.size},
        "grid": list(view.grid),
    }


def _embedded(path: Path, picture: Image.Image, geometry: Geometry) -> str:
    """The photograph itself; a large one is made smaller, which no place on it notices."""
    if max(picture.size) <= _SIDE:
        return data_uri(path, picture, geometry)
    small, file = picture.copy(), io.BytesIO()
    small.thumbnail((_SIDE, _SIDE), Image.Resampling.BICUBIC, reducing_gap=3.0)
    small.info = {}  # a comment would travel along
    small.save(file, "JPEG", quality=88)
    return f"data:image/jpeg;base64,{base64.b64encode(file.getvalue()).decode()}"


def _sentence(one: Sentence, places: int) -> dict[str, Any]:
    told: dict[str, Any] = {
        "words": list(one.words),
        "text": one.text or " ".join(one.words),
        "score": _finite(one.score),
        "probabilities": [_finite(value) for value in one.probabilities],
        "finished": one.finished,
        "rows": 0,
        "maps": None,
        "sharpness": [],
        "coverage": [],
        "together": None,
    }
    if one.maps is None or not places:
        return told
    values = torch.from_numpy(word_maps(one.maps, len(one.words), places))
    if not len(values):
        return told
    return told | {
        "rows": len(values),
        "maps": spans(values),
        "sharpness": [_finite(float(value)) for value in sharpness(values)],
        "coverage": [_finite(coverage(row[None])) for row in values],
        "together": _finite(coverage(values)),
    }


def _finite(value: float | None) -> float | None:
    return round(value, _PLACES) if value is not None and math.isfinite(value) else None
