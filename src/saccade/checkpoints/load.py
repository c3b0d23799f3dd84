"""From weights of any origin to a model that is ready, with a report of every tensor."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, cast

import torch

from saccade.checkpoints.card import Card
from saccade.checkpoints.fitting import LoadReport, adopt, counted, differences, refuse, see_numbers
from saccade.checkpoints.opening import open_source
from saccade.checkpoints.recognise import recognise
from saccade.checkpoints.skeleton import skeleton
from saccade.checkpoints.source import Source
from saccade.errors import CheckpointError, SaccadeError
from saccade.layers.canvas import Fit
from saccade.layers.patches import pair
from saccade.layers.positions import ResizeRule
from saccade.models import build
from saccade.models.catalog import CATALOG
from saccade.models.classifier import Classifier

_LATE = ("num_classes", "img_size", "img_fit")  # changed when the weights are in
_PARTIAL = ", or allow_partial=True to start the rest with random numbers"


@dataclass(frozen=True, kw_only=True, slots=True)
class Loaded:
    """A model with its weights.

    Args:
        model: the model.
        card: what it is, as it would be saved now.
        report: what became of each tensor.
    """

    model: Classifier
    card: Card
    report: LoadReport


def load_model(
    source: str | Path | Source,
    *,
    model: str | None = None,
    changes: Mapping[str, object] | None = None,
    pos_resize: ResizeRule | None = None,
    allow_partial: bool = False,
) -> Loaded:
    """Load weights of any origin into the model that they are of.

    Args:
        source: a file, a folder, an id of the hub, or what `open_source` read.
        model: name of the model, where the weights do not say it.
        changes: fields of its config that shall differ. Another `num_classes` starts a fresh head,
            another `img_size` resizes the positions, and `img_fit` says what becomes of images
            that the patch does not divide.
        pos_resize: whose convention resizes the positions; that of the weights' origin when None.
        allow_partial: let tensors that the file lacks start with random numbers, and leave out
            those that the model lacks.

    Raises:
        CheckpointError: the weights cannot be read, fit no model or several, or do not fit whole.
        ConfigError: a change cannot be made to existing weights.
    """
    wanted = dict(changes or {})
    if not isinstance(source, Source):
        source = open_source(source)
    name, stored = recognise(source, model, wanted)
    early = {key: value for key, value in wanted.items() if key not in _LATE}
    empty = _built(name, stored, early, source)
    network, report = _filled(empty, source, allow_partial=allow_partial)
    rule = pos_resize or source.rule or _rule_of(name)
    report = _adapted(network, wanted, rule, report)
    return Loaded(model=network, card=_card(network, source, rule), report=report)


def _filled(
    network: Classifier, source: Source, *, allow_partial: bool
) -> tuple[Classifier, LoadReport]:
    """Give a model its weights; where some may be missing, the rest is drawn.

    Raises:
        CheckpointError: tensors are missing or left over, and that is not allowed.
    """
    mapped, own = source.mapped, network.state_dict()
    state = counted(own, mapped.state)
    found = differences(own, state)
    found = replace(found, unknown=(*found.unknown, *mapped.unused))
    lost = [name for name, _, _ in found.reshaped]
    used = {name: value for name, value in state.items() if name in own and name not in lost}
    spare = [name for name in state if name not in used]
    report = LoadReport(
        origin=source.origin,
        files=source.files,
        how=source.how,
        model=network.name,
        loaded=tuple(used),
        unused=(*(name for ours in spare for name in mapped.origin[ours]), *mapped.unused),
        ignored=mapped.ignored,
        missing=(*found.missing, *lost),
        notes=source.notes,
    )
    if not allow_partial:
        refuse(network, found, origin=source.origin, hint=_PARTIAL)
    see_numbers(own, used, origin=source.origin)
    if report.missing:
        network = build(network.name, **asdict(network.config))
    adopt(network, used)
    return network, report


def _adapted(
    model: Classifier, wanted: Mapping[str, object], rule: ResizeRule, report: LoadReport
) -> LoadReport:
    """Change the number of classes and the size, as the caller wants them."""
    classes = wanted.get("num_classes")
    if isinstance(classes, int) and classes != model.config.num_classes:
        before = {id(parameter) for parameter in model.parameters()}
        model.reset_classifier(classes)
        fresh = tuple(name for name, own in model.named_parameters() if id(own) not in before)
        report = replace(report, fresh=fresh)
    report = replace(report, reshaped=_sized(model, wanted, rule))
    loaded = tuple(name for name in report.loaded if name not in report.fresh)
    return replace(report, loaded=loaded)


def _sized(
    model: Classifier, wanted: Mapping[str, object], rule: ResizeRule
) -> tuple[tuple[str, tuple[int, ...], tuple[int, ...]], ...]:
    """Change the size as the caller wants it; say which tensors were resized, from what to what."""
    size, fit = wanted.get("img_size"), cast("Fit | None", wanted.get("img_fit"))
    if size is None and fit is None:
        return ()
    before = _shapes(model)
    sides = model.config.image if size is None else pair(cast("int | tuple[int, int]", size))
    with torch.no_grad():
        model.set_input_size(sides, rule=rule, img_fit=fit)
    return tuple(
        (name, before[name], shape)
        for name, shape in _shapes(model).items()
        if before.get(name, shape) != shape
    )


def _shapes(model: Classifier) -> dict[str, tuple[int, ...]]:
    return {name: tuple(value.shape) for name, value in model.state_dict().items()}


def _card(model: Classifier, source: Source, rule: ResizeRule) -> Card:
    """Write down what the loaded model is."""
    about, count = source.about, int(model.config.num_classes)
    pixels = {"exif": "apply", **CATALOG[model.name].preprocessing, **about.preprocessing}
    now: dict[str, Any] = {
        "model": model.name,
        "config": asdict(model.config),
        "classes": about.classes if len(about.classes) == count else (),
        "preprocessing": {**pixels, **_size_of(model)},
        "rule": rule,
    }
    return replace(source.card, **now) if source.card is not None else Card(**now)


def _size_of(model: Classifier) -> dict[str, list[int]]:
    """The image size of a model that has one; networks for pixel labels take any."""
    image = getattr(model.config, "image", None)
    return {} if image is None else {"img_size": list(image)}


def _rule_of(name: str) -> ResizeRule:
    """The convention of a model's authors, where the file tells nothing of its origin."""
    return "dino" if "_dino" in name else "timm"


def _built(
    name: str,
    stored: Mapping[str, object],
    changes: Mapping[str, object],
    source: Source,
) -> Classifier:
    """Build a model; where that fails, tell a card that cannot work from such a change."""
    try:
        return skeleton(name, {**stored, **changes})
    except (SaccadeError, TypeError, ValueError, RuntimeError) as error:
        if source.card is None or (changes and _works(name, stored)):
            raise
        raise CheckpointError(
            f"a config of {name} in {source.origin}",
            f"one that cannot be built ({_shortly(error)})",
            "the version of saccade that wrote it, or another copy of the file",
        ) from error


def _works(name: str, stored: Mapping[str, object]) -> bool:
    try:
        skeleton(name, stored)
    except (SaccadeError, TypeError, ValueError, RuntimeError):
        return False
    return True


def _shortly(error: Exception) -> str:
    if isinstance(error, SaccadeError):
        return f"expected {error.expected}, got {error.got}"
    return str(error).split("\n", maxsplit=1)[0][:120]
