"""What the page shows: everything a model looked at in some pictures, as plain JSON.

The parts and their encodings are listed in `docs/formats.md`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import torch

from saccade import __version__
from saccade.data.images import BadFile
from saccade.errors import ConfigError, TraceError
from saccade.inspection.layer_map import LayerMap
from saccade.predict import Prediction, Predictor, View
from saccade.viewer.belief import BeliefPart
from saccade.viewer.embedding import data_uri
from saccade.viewer.layers import LayerPart
from saccade.viewer.tokens import TokenPart, token_maps

SCHEMA = "saccade.report/3"


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """What goes into a report.

    Args:
        title: of the page.
        command: what made it, for the footer.
        pictures: how many pictures are shown; all count in the statistics.
        map_bytes: how much of the page full maps may take. Of maps over tokens, pictures beyond it
            show their rollout; of others, each picture has its share, and shows fewer queries and
            fewer single heads when it is small.
        truths: picture name to the class it really is.
        honest: test the map of each picture that is shown, so that the page says whether to believe
            it.
        patience: seconds after which no other picture is tested; the first one always is.

    Raises:
        ConfigError: a number is negative.
    """

    title: str
    command: str = ""
    pictures: int = 12
    map_bytes: int = 96 << 20
    truths: dict[str, str] = field(default_factory=dict)
    honest: bool = True
    patience: float = 60.0

    def __post_init__(self) -> None:
        for name in ("pictures", "map_bytes", "patience"):
            if getattr(self, name) < 0:
                raise ConfigError(f"{name} of at least 0", str(getattr(self, name)), f"{name}=12")


def report(
    predictor: Predictor, views: Iterable[View], options: Options, skipped: Sequence[BadFile] = ()
) -> dict[str, Any]:
    """Gather the page's data from views, a batch at a time.

    Args:
        predictor: whose views they are.
        views: batches with their traces.
        options: what to put in.
        skipped: files that were found but could not be read; those that break while the views are
            made are taken from the predictor.

    Raises:
        TraceError: there is no picture to show.
    """
    tokens, seen = TokenPart(predictor), 0
    shown: list[dict[str, object]] = []
    share = options.map_bytes // max(options.pictures, 1)
    others = LayerPart()
    beliefs = BeliefPart(predictor, wanted=options.honest, patience=options.patience)
    for view in views:
        own, rest = _split(view)
        tokens.take(own)
        others.take(rest, max(share - tokens.bytes, share // 2))
        count = len(view.predictions)
        for index in range(min(count, options.pictures - len(shown))):
            used = (tokens.bytes + others.bytes) * (len(shown) + 1)
            one = _picture(view, index, options)
            one |= tokens.picture(index, whole=used <= options.map_bytes)
            one["layers"] = others.picture(rest, index)
            one["belief"] = beliefs.picture(view.pictures[index])
            shown.append(one)
        seen += count
    bad = [*skipped, *predictor.bad]
    if not seen:
        named = ", ".join(f"{file.name}: {file.reason}" for file in bad[:3])
        raise TraceError("at least one readable picture", named or "none", "another folder")
    return {
        "schema": SCHEMA,
        "title": options.title,
        "model": {**_model(predictor), **tokens.model()},
        "provenance": {
            "saccade": __version__,
            "torch": torch.__version__.split("+")[0],
            "date": date.today().isoformat(),
            "command": options.command,
            "checkpoint": Path(predictor.origin).name,
        },
        "pictures": shown,
        **tokens.statistics(),
        "layers": others.describe(),
        "belief": beliefs.describe(),
        "n_images": seen,
        "notes": _notes(shown, seen, tokens=tokens.bytes > 0),
        "skipped": [{"name": file.name, "reason": file.reason} for file in bad],
    }


def _split(view: View) -> tuple[list[LayerMap], list[LayerMap]]:
    """The layers of tokens reading tokens, and all others."""
    if view.trace is None:
        raise TraceError("views with their attention", "views without", "predictor.look(paths)")
    layers = view.trace.layers
    own = token_maps(layers)
    names = {layer.name for layer in own}
    return own, [layer for layer in layers if layer.name not in names]


def _picture(view: View, index: int, options: Options) -> dict[str, object]:
    prediction, picture = view.predictions[index], view.pictures[index]
    geometry = view.geometries[index].straight()
    return {
        "name": Path(prediction.name).name,
        "src": data_uri(Path(prediction.name), picture, geometry),
        "width": picture.width,
        "height": picture.height,
        "box": {"scale": geometry.scale, "offset": geometry.offset, "size": geometry.size},
        "top": _top(prediction),
        "truth": options.truths.get(prediction.name),
    }


def _top(prediction: Prediction) -> list[dict[str, object]]:
    return [
        {"label": label, "index": index, "probability": round(probability, 6)}
        for label, index, probability in prediction.top
    ]


def _model(predictor: Predictor) -> dict[str, object]:
    canvas = predictor.model.canvas
    return {
        "name": predictor.name,
        "parameters": sum(p.numel() for p in predictor.model.parameters()),
        "classes": list(predictor.classes),
        "img_size": list(canvas.size if canvas else predictor.preprocessing.img_size),
    }


def _notes(shown: Sequence[dict[str, object]], seen: int, *, tokens: bool) -> list[dict[str, str]]:
    count, light = len(shown), tokens and sum(one["attention"] is None for one in shown)
    notes = []
    if count < seen:
        en = f"The page shows the first {count} of {seen} pictures; the statistics use all."
        ko = f"사진 {seen}장 중 처음 {count}장을 보여 줍니다. 통계는 모든 사진으로 냈습니다."
        notes.append({"en": en, "ko": ko})
    if light:
        en = f"To keep the page small, {light} of the pictures show their rollout only."
        ko = f"파일 크기를 줄이려고 사진 {light}장은 rollout만 담았습니다."
        notes.append({"en": en, "ko": ko})
    return notes
