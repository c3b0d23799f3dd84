"""saccade: build visual attention, train it, see where it looks.

The names a user types first; each loads what it needs when it is first used.
"""

from importlib import import_module

__version__ = "0.1.0"

_HOMES = {
    "create_attention": "saccade.attention.create",
    "create_model": "saccade.checkpoints.create",
    "eject": "saccade.attention.insertion",
    "insert": "saccade.attention.insertion",
    "list_models": "saccade.models",
    "load": "saccade.predict",
    "record": "saccade.inspection.record",
    "Trace": "saccade.inspection.trace",
}

__all__ = [
    "Trace",
    "__version__",
    "create_attention",
    "create_model",
    "eject",
    "insert",
    "list_models",
    "load",
    "record",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'saccade' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
