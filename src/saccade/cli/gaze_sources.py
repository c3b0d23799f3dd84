"""Which maps `saccade gaze` compares: classic methods, views of models, captioners, folders."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from saccade.errors import ConfigError

if TYPE_CHECKING:
    from saccade.explanation.gaze_sources import MapSource

Named = list[tuple[str, "MapSource"]]
_VIEW = "generic_attention"


def chosen_sources(
    methods: Sequence[str] | None,
    models: Sequence[str],
    views: Sequence[str],
    folders: Sequence[Path],
    *,
    crop: bool,
) -> dict[str, MapSource]:
    """Open what was asked for; each source gets a name that no other has.

    Args:
        methods: names of classic methods, or none; all where only they can be meant.
        models: weight files and folders of runs.
        views: ways to look into the models that classify, with a layer behind a colon or without.
        folders: with maps.
        crop: whether models see what they cut out themselves.

    Raises:
        UnknownName: there is no such method or view.
        ConfigError: nothing is left to compare, or views are asked for without a model.
        CheckpointError: a model cannot be opened.
        DataError: there is no such folder.
    """
    from saccade.explanation.gaze_sources import file_source

    if views and not models:
        raise ConfigError("a model to look into", f"only --view {views[0]}", "--model FILE")
    found = _classic(methods, alone=not models and not folders)
    for model in models:
        prefix = f"{_short(model)}: " if len(models) > 1 else ""
        found += [(prefix + name, source) for name, source in _model(model, views, crop=crop)]
    found += [(folder.resolve().name, file_source(folder)) for folder in folders]
    if not found:
        raise ConfigError("something to compare", "--method none alone", "--model FILE")
    return _distinct(found)


def _classic(methods: Sequence[str] | None, *, alone: bool) -> Named:
    from saccade.classic.saliency import SALIENCY
    from saccade.explanation.gaze_sources import classic_source

    # The middle is compared anyway.
    every = [name for name in SALIENCY if name != "centre"] if alone else []
    names = every if methods is None else [name for name in methods if name != "none"]
    for name in names:
        _ = SALIENCY[name]
    return [(name, classic_source(name)) for name in dict.fromkeys(names)]


def _model(model: str, views: Sequence[str], *, crop: bool) -> Named:
    from saccade.checkpoints.word_weights import load_words
    from saccade.cli.sources import load_model
    from saccade.explanation.explain import METHODS
    from saccade.explanation.gaze_sources import Whole, squashed, view_source
    from saccade.writing.caption_maps import caption_source
    from saccade.writing.finding import word_card_of

    for view in views:
        _ = METHODS[view.partition(":")[0]]
    if word_card_of(model) is not None:
        return [("words", caption_source(load_words(model, task="caption"), crop=crop))]
    predictor = load_model(model, None)
    own = predictor.preprocessing
    whole = Whole(predictor.model, own if crop else squashed(own))
    return [
        (view, view_source(whole, view.partition(":")[0], options=_options(view)))
        for view in dict.fromkeys(views or (_VIEW,))
    ]


def _options(view: str) -> dict[str, Any]:
    layer = view.partition(":")[2]
    return {"layer": int(layer) if layer.lstrip("-").isdigit() else layer} if layer else {}


def _short(model: str) -> str:
    """The name of a weight file, or of the run that it is of."""
    path = Path(model)
    return path.parent.name if path.stem in ("best", "last") else path.stem or model


def _distinct(found: Named) -> dict[str, MapSource]:
    """Number names that come more than once, or that baselines have."""
    from saccade.inspection.evidence.gaze_study import CEILING, FLOOR

    taken: dict[str, MapSource] = {}
    for name, source in found:
        names = (name, *(f"{name} {number}" for number in range(2, len(found) + 3)))
        free = (one for one in names if one not in taken and one not in (*FLOOR, *CEILING))
        taken[next(free)] = source
    return taken
