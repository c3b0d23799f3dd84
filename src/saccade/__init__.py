"""saccade: build visual attention, train it, see where it looks.

The names a user types first; each loads what it needs when it is first used.
"""

from importlib import import_module

__version__ = "0.1.0"

_HOMES = {
    "ablate": "saccade.inspection.switchboard",
    "create_attention": "saccade.attention.create",
    "create_model": "saccade.checkpoints.create",
    "eject": "saccade.attention.insertion",
    "estimate": "saccade.inspection.estimate",
    "explain": "saccade.explanation.explain",
    "get_last_selfattention": "saccade.inspection.aliases",
    "insert": "saccade.attention.insertion",
    "list_models": "saccade.models",
    "load": "saccade.predict",
    "record": "saccade.inspection.record",
    "Recorder": "saccade.inspection.aliases",
    "run_with_cache": "saccade.inspection.aliases",
    "Trace": "saccade.inspection.trace",
}

__all__ = [
    "Recorder",
    "Trace",
    "__version__",
    "ablate",
    "create_attention",
    "create_model",
    "eject",
    "estimate",
    "explain",
    "get_last_selfattention",
    "insert",
    "list_models",
    "load",
    "record",
    "run_with_cache",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'saccade' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
