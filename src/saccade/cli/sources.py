"""What commands are given: pictures on disk, and a model with weights."""

from collections.abc import Sequence
from pathlib import Path

from saccade.data.images import BadFile, find_pictures
from saccade.errors import CheckpointError, DataError
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


def load_model(model: str, checkpoint: str | None) -> Predictor:
    """Load weights by file or run folder, or by a model's name and a file.

    Raises:
        CheckpointError: there are no weights, or they do not fit.
    """
    if checkpoint is not None:
        return load(checkpoint, model=model)
    if model in list_models() and not Path(model).exists():
        raise CheckpointError(
            f"weights for {model}", "only its name", f"saccade ... {model} --checkpoint FILE"
        )
    return load(model)
