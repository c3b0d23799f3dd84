"""Models by name. The list is data, so reading it loads no tensor library."""

import dataclasses
from difflib import get_close_matches
from importlib import import_module
from typing import TYPE_CHECKING

from saccade.errors import ConfigError
from saccade.models.catalog import CATALOG

if TYPE_CHECKING:
    from saccade.models.classifier import Classifier


def list_models(pattern: str = "*") -> list[str]:
    """List the names of models that match a shell pattern, such as "vit_tiny*"."""
    return CATALOG.names(pattern)


def build(name: str, **changes: object) -> "Classifier":
    """Make a model with fresh weights.

    Args:
        name: a name of `list_models`.
        **changes: fields of the model's config that differ, such as `num_classes=10`.

    Raises:
        UnknownName: no model has this name; the nearest are offered.
        ConfigError: a change is unknown or cannot work.
    """
    entry = CATALOG[name]
    path, model_class = entry.path.split(":")
    module = import_module(path)
    config_class = getattr(module, entry.config)
    fields = options_of(name)
    for key in changes:
        if key not in fields:
            near = get_close_matches(key, fields, n=2) or fields[:3]
            raise ConfigError(f"an option of {name}", repr(key), " or ".join(near))
    try:
        config = config_class(**{**entry.changes, **changes})
    except TypeError as error:
        raise ConfigError(f"options of the right type for {name}", str(error)) from error
    model: Classifier = getattr(module, model_class)(config)
    model.name = name
    return model


def options_of(name: str) -> list[str]:
    """List the options that `build` takes for a model: the fields of its config.

    Raises:
        UnknownName: no model has this name; the nearest are offered.
    """
    entry = CATALOG[name]
    module = import_module(entry.path.split(":")[0])
    return [field.name for field in dataclasses.fields(getattr(module, entry.config))]


__all__ = ["build", "list_models", "options_of"]
