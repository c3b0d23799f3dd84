"""What the page shows: everything a model looked at in some pictures, as plain JSON.

The parts and their encodings are listed in `docs/formats.md`.
"""

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from saccade import __version__
from saccade.data.images import BadFile
from saccade.errors import ConfigError, TraceError
from saccade.inspection.distance import attention_distance, attention_entropy, uniform_distance
from saccade.inspection.filters import embedding_filters
from saccade.inspection.positions import position_similarity
from saccade.inspection.rollout import rollout
from saccade.layers.tokens import TokenLayout
from saccade.predict import Prediction, Predictor, View
from saccade.viewer.embedding import data_uri

SCHEMA = "saccade.report/1"


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """What goes into a report.

    Args:
        title: of the page.
        command: what made it, for the footer.
        pictures: how many pictures are shown; all count in the statistics.
        map_bytes: how much of the page full maps may take; pictures beyond it show their rollout.
        truths: picture name to the class it really is.

    Raises:
        ConfigError: a number is negative.
    """

    title: str
    command: str = ""
    pictures: int = 12
    map_bytes: int = 96 << 20
    truths: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("pictures", "map_bytes"):
            if getattr(self, name) < 0:
                raise ConfigError(f"{name} of at least 0", str(getattr(self, name)), f"{name}=12")


def report(
    predictor: Predictor, views: Iterable[View], options: Options, skipped: Sequence[BadFile] = ()
) -> dict[str, object]:
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
    layout = predictor.model.layout
    shown: list[dict[str, object]] = []
    distances: list[Tensor] = []
    entropies: list[Tensor] = []
    for view in views:
        attention = _attention(view)
        distances.append(attention_distance(attention, layout))
        entropies.append(attention_entropy(attention))
        for index in range(min(len(view.predictions), options.pictures - len(shown))):
            whole = 2 * attention[0].numel() * (len(shown) + 1) <= options.map_bytes
            one = _picture(view, index, attention[index], options, whole=whole)
            one["distance"] = _rounded(distances[-1][index])
            one["entropy"] = _rounded(entropies[-1][index])
            shown.append(one)
    bad = [*skipped, *predictor.bad]
    if not distances:
        named = ", ".join(f"{file.name}: {file.reason}" for file in bad[:3])
        raise TraceError("at least one readable picture", named or "none", "another folder")
    distance, entropy = torch.cat(distances), torch.cat(entropies)
    return {
        "schema": SCHEMA,
        "title": options.title,
        "model": _model(predictor, layout, distance),
        "provenance": {
            "saccade": __version__,
            "torch": torch.__version__.split("+")[0],
            "date": date.today().isoformat(),
            "command": options.command,
            "checkpoint": Path(predictor.origin).name,
        },
        "pictures": shown,
        "distance": {**_spread(distance), "uniform": uniform_distance(layout)},
        "entropy": {**_spread(entropy), "uniform": float(np.log(layout.tokens))},
        "n_images": len(distance),
        "filters": _filters(predictor),
        "positions": _positions(predictor, layout),
        "notes": _notes(shown, len(distance)),
        "skipped": [{"name": file.name, "reason": file.reason} for file in bad],
    }


def _attention(view: View) -> Tensor:
    if view.trace is None:
        raise TraceError("views with their attention", "views without", "predictor.look(paths)")
    return view.trace.attention


def _picture(
    view: View, index: int, attention: Tensor, options: Options, *, whole: bool
) -> dict[str, object]:
    prediction, picture = view.predictions[index], view.pictures[index]
    geometry = view.geometries[index]
    peak = attention.amax(dim=-1, keepdim=True).clamp_min(torch.finfo(torch.float32).tiny)
    quantised = (attention / peak * 65535.0).round().to(torch.int32).numpy().astype("<u2")
    return {
        "name": Path(prediction.name).name,
        "src": data_uri(Path(prediction.name), picture, geometry),
        "width": picture.width,
        "height": picture.height,
        "box": {"scale": geometry.scale, "offset": geometry.offset, "size": geometry.size},
        "top": _top(prediction),
        "truth": options.truths.get(prediction.name),
        "attention": {"encoding": "u16row", "data": _base64(quantised)} if whole else None,
        "rowmax": _base64(peak[..., 0].numpy().astype("<f4")),
        "rollout": _base64(rollout(attention[None])[0].numpy().astype("<f4")),
    }


def _top(prediction: Prediction) -> list[dict[str, object]]:
    return [
        {"label": label, "index": index, "probability": round(probability, 6)}
        for label, index, probability in prediction.top
    ]


def _model(predictor: Predictor, layout: TokenLayout, maps: Tensor) -> dict[str, object]:
    return {
        "name": predictor.name,
        "parameters": sum(p.numel() for p in predictor.model.parameters()),
        "classes": list(predictor.classes),
        "img_size": list(layout.img_size),
        "patch": list(layout.patch),
        "prefix": list(layout.prefix),
        "grid": list(layout.grid),
        "depth": maps.shape[1],
        "heads": maps.shape[2],
    }


def _filters(predictor: Predictor) -> dict[str, object] | None:
    weight = predictor.model.patch_kernel()
    if weight.shape[1] not in (1, 3):
        return None
    found = embedding_filters(weight)
    images = (found.images * 255).round().to(torch.uint8).numpy()
    return {
        "size": list(images.shape[1:3]),
        "channels": images.shape[3],
        "explained": [round(float(share), 6) for share in found.explained],
        "images": [_base64(image) for image in images],
    }


def _positions(predictor: Predictor, layout: TokenLayout) -> dict[str, object] | None:
    table = predictor.model.position_table()
    if table is None:
        return None
    tokens = layout.grid[0] * layout.grid[1]
    similarity = position_similarity(table, layout.grid).reshape(tokens, tokens)
    return {
        "grid": list(layout.grid),
        "similarity": _base64(similarity.numpy().astype("<f4")),
    }


def _spread(values: Tensor) -> dict[str, object]:
    std = values.std(dim=0, correction=0) if len(values) else values
    return {"mean": _rounded(values.mean(dim=0)), "std": _rounded(std)}


def _rounded(values: Tensor) -> list[list[float]]:
    return [[round(float(value), 5) for value in row] for row in values]


def _notes(shown: Sequence[dict[str, object]], seen: int) -> list[dict[str, str]]:
    count, light = len(shown), sum(picture["attention"] is None for picture in shown)
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


def _base64(array: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()
