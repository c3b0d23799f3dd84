"""Models by name, with fresh weights or with those of a file."""

from pathlib import Path

from saccade.checkpoints.load import load_model
from saccade.errors import CheckpointError
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
    pos_resize: ResizeRule | None = None,
    **changes: object,
) -> Classifier:
    """Make a model by name, with fresh weights or those of a file.

    Args:
        name: a name of `list_models`.
        pretrained: take the weights of the file NAME.safetensors in the cache folder.
        checkpoint_path: take the weights of this file, folder or id of the hub; they must hold
            every tensor and no other.
        pos_resize: whose convention resizes the positions when `img_size` differs from the file's;
            that of the file's origin when None.
        **changes: fields of the model's config, such as `num_classes=10`, `img_size=384`,
            `in_chans=1`, `drop_path_rate=0.1`. With weights, another `num_classes` starts a fresh
            head, another `img_size` resizes the positions, and `img_fit` ("pad" or "crop") takes
            sizes that the patch does not divide.

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
    path = checkpoint_path if checkpoint_path is not None else _published(name)
    return load_model(path, model=name, changes=changes, pos_resize=pos_resize).model


def _published(name: str) -> Path:
    path = cache_folder() / f"{name}.safetensors"
    if not path.is_file():
        raise CheckpointError(
            f"the weights of {name} at {path}",
            "no such file",
            "checkpoint_path=FILE, or copying the weights there",
        )
    return path
