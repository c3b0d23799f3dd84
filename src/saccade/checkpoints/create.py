"""Models with weights: a name, and a file to fill it from."""

from collections.abc import Mapping
from pathlib import Path

import torch

from saccade.checkpoints.native import Checkpoint, fit, read
from saccade.checkpoints.timm_names import from_legacy
from saccade.errors import CheckpointError, SaccadeError
from saccade.files import cache_folder
from saccade.layers.positions import ResizeRule
from saccade.models import build
from saccade.models.catalog import CATALOG
from saccade.models.classifier import Classifier


def create_model(
    name: str,
    *,
    pretrained: bool = False,
    checkpoint_path: str | Path | None = None,
    pos_resize: ResizeRule = "timm",
    **changes: object,
) -> Classifier:
    """Make a model by name, with fresh weights or those of a file.

    Args:
        name: a name of `list_models`.
        pretrained: take the weights of the file NAME.safetensors in the cache folder.
        checkpoint_path: take the weights of this file; it must hold every tensor and no other.
        pos_resize: whose convention resizes the positions when `img_size` differs from the file's.
        **changes: fields of the model's config, such as `num_classes=10`, `img_size=384`,
            `in_chans=1`, `drop_path_rate=0.1`. With weights, another `num_classes` starts a fresh
            head, and another `img_size` resizes the positions.

    Raises:
        UnknownName: no model has this name.
        ConfigError: a change is unknown or cannot work.
        CheckpointError: the weights cannot be read or do not fit.

    Example:
        >>> model = create_model("vit_tiny_patch16_224", num_classes=10, img_size=(96, 128))
        >>> model.layout.grid
        (6, 8)
    """
    CATALOG[name]  # raises, with the nearest names, before any file is looked for
    if checkpoint_path is None and not pretrained:
        return build(name, **changes)
    path = Path(checkpoint_path) if checkpoint_path is not None else _published(name)
    return from_checkpoint(read(path), name, changes, origin=str(path), rule=pos_resize)


def from_checkpoint(
    checkpoint: Checkpoint,
    name: str,
    changes: Mapping[str, object],
    *,
    origin: str,
    rule: ResizeRule = "timm",
) -> Classifier:
    """Build the model that a checkpoint was saved from, load it strictly, then apply changes.

    Args:
        checkpoint: what was read.
        name: the model's name; must be the card's when there is one.
        changes: fields of the config that shall differ.
        origin: where the weights came from, for messages.
        rule: whose convention resizes the positions.

    Raises:
        CheckpointError: the weights are those of another model, or do not fit.
        ConfigError: a change cannot be made to existing weights.
    """
    card = checkpoint.card
    state = checkpoint.state if card is not None else from_legacy(checkpoint.state)
    if card is not None and card.model != name:
        raise CheckpointError(
            f"weights of {name} in {origin}", f"those of {card.model}", card.model
        )
    stored = dict(card.config) if card is not None else {}
    last = next((key for key in ("head.weight", "fc.weight") if key in state), None)
    if card is None and last is not None:
        stored["num_classes"] = state[last].shape[0]
    late = {key: changes[key] for key in ("img_size", "num_classes") if key in changes}
    early = {key: value for key, value in changes.items() if key not in late}
    model = _built(name, stored, early, origin, of_card=card is not None)
    fit(model, state, origin=origin)
    return _adapted(model, late, rule)


def _built(
    name: str,
    stored: Mapping[str, object],
    changes: Mapping[str, object],
    origin: str,
    *,
    of_card: bool,
) -> Classifier:
    """Build a model; where that fails, tell a card that cannot work from such a change."""
    try:
        return build(name, **{**stored, **changes})
    except (SaccadeError, TypeError, ValueError, RuntimeError) as error:
        if not of_card or (changes and _works(name, stored)):
            raise
        raise CheckpointError(
            f"a config of {name} in {origin}",
            f"one that cannot be built ({_shortly(error)})",
            "the version of saccade that wrote it, or another copy of the file",
        ) from error


def _works(name: str, stored: Mapping[str, object]) -> bool:
    try:
        build(name, **stored)
    except (SaccadeError, TypeError, ValueError, RuntimeError):
        return False
    return True


def _shortly(error: Exception) -> str:
    if isinstance(error, SaccadeError):
        return f"expected {error.expected}, got {error.got}"
    return str(error).split("\n", maxsplit=1)[0][:120]


def _adapted(model: Classifier, late: Mapping[str, object], rule: ResizeRule) -> Classifier:
    classes, size = late.get("num_classes"), late.get("img_size")
    if isinstance(classes, int) and classes != model.config.num_classes:
        model.reset_classifier(classes)
    if isinstance(size, (int, tuple, list)):
        wanted = size if isinstance(size, int) else (int(size[0]), int(size[1]))
        with torch.no_grad():
            model.set_input_size(wanted, rule=rule)
    return model


def _published(name: str) -> Path:
    path = cache_folder() / f"{name}.safetensors"
    if not path.is_file():
        raise CheckpointError(
            f"the weights of {name} at {path}",
            "no such file",
            "checkpoint_path=FILE, or copying the weights there",
        )
    return path
