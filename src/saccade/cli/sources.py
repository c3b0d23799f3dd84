"""What commands are given: pictures on disk, and a model with weights."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from saccade.data.images import BadFile, find_pictures
from saccade.errors import CheckpointError, DataError
from saccade.layers.canvas import Fit
from saccade.layers.patches import pair
from saccade.models import list_models
from saccade.predict import Predictor, load


def find(pictures: Sequence[str]) -> tuple[list[Path], list[BadFile]]:
    """Find the pictures that were named.

    Raises:
        DataError: there is none.
    """
    paths, bad = find_pictures(pictures)
    if not paths:
        named = "; ".join(f"{file.name}: {file.reason}" for file in bad[:3])
        none = f"none in {', '.join(pictures[:3])}" if pictures else "no argument"
        raise DataError("pictures", named or none, "a file, a folder or a pattern")
    return paths, bad


def load_model(
    model: str,
    checkpoint: str | None,
    *,
    size: int | str | None = None,
    img_fit: Fit | None = None,
    classes: Path | None = None,
) -> Predictor:
    """Load weights by file or run folder, or by a model's name and a file.

    Args:
        model: what the user named.
        checkpoint: a weight file, where that was a model's name.
        size: side of the model's image in pixels, or "HEIGHTxWIDTH"; that of the weights when None.
        img_fit: what becomes of sizes that the patch does not divide; as the weights have it when
            None.
        classes: a text file with the name of each output in a line.

    Raises:
        CheckpointError: there are no weights, or they do not fit.
        ConfigError: the model cannot take images of this size.
    """
    asked = {"img_size": None if size is None else pair(size), "img_fit": img_fit}
    changes: dict[str, Any] = {key: value for key, value in asked.items() if value is not None}
    names = None if classes is None else _names(classes)
    if checkpoint is not None:
        return load(checkpoint, model=model, classes=names, **changes)
    if model in list_models() and not Path(model).exists():
        raise CheckpointError(
            f"weights for {model}", "only its name", f"saccade ... {model} --checkpoint FILE"
        )
    return load(model, classes=names, **changes)


def _names(file: Path) -> list[str]:
    """Read one name from each line.

    Raises:
        DataError: the file cannot be read as text.
    """
    try:
        return file.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "no text"
        raise DataError(f"a text file of names at {file}", why, "another path") from error
