"""Options of a run as they are written on a command line or in a file."""

import json
from collections.abc import Mapping

from saccade.errors import ConfigError

# Options of the model that a run sets itself: by fields of its own, or by what the data are.
_NOT_KWARGS = (
    *("img_size", "img_fit", "patch_size", "in_chans", "num_classes", "drop_path_rate"),
    "weight_init",
)


def as_model_options(given: object) -> dict[str, object]:
    """Read the options of a model, whose values may be text from a command line."""
    if not isinstance(given, Mapping):
        example = "model_kwargs={'num_heads': 4}"
        raise ConfigError("model_kwargs as a table of names and values", repr(given), example)
    found = {str(name).replace("-", "_"): _parsed(value) for name, value in given.items()}
    for name in found:
        if name == "num_classes":
            raise ConfigError(
                "num_classes as the data have them", "it in model_kwargs", "no number"
            )
        if name in _NOT_KWARGS:
            raise ConfigError(f"{name} as an option of its own", "it in model_kwargs", f"{name}=")
    return found


def _parsed(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def is_device(value: str) -> bool:
    """Tell whether a text names a device."""
    return value.split(":")[0] in ("auto", "cpu", "cuda", "mps")


def as_size(given: object) -> object:
    """Read (height, width) from a list, or from text such as "256x192"; leave the rest."""
    if isinstance(given, str) and all(side.isdecimal() for side in given.split("x")):
        sides = tuple(int(side) for side in given.split("x"))
        return sides[0] if len(sides) == 1 else sides
    return tuple(given) if isinstance(given, list) else given


def is_size(value: int | tuple[int, int]) -> bool:
    """Tell whether a value is a side or (height, width), in pixels."""
    sides = (value,) if isinstance(value, int) else value
    return len(sides) in (1, 2) and all(isinstance(side, int) and side > 0 for side in sides)
