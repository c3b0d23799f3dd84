"""Models that wait for their weights: built whole, but with parameters that take no memory.

Layers make their parameters by `torch.empty`. Here these stay without storage and nothing is drawn
for them; tables and masks that a model computes are made otherwise, and are real.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

from saccade.models import build
from saccade.models.classifier import Classifier

_DRAWN = frozenset({"normal_", "uniform_", "trunc_normal_", "kaiming_uniform_", "zeros_", "ones_"})


class _WithoutStorage(TorchFunctionMode):
    """Make what `torch.empty` gives on torch's "meta" device, where tensors have shapes only."""

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> object:
        given = dict(kwargs or {})
        target = args[0] if args else given.get("tensor")
        if getattr(func, "__name__", "") in _DRAWN and _is_empty(target):
            return target
        if func is torch.empty and given.get("device") is None:
            given["device"] = "meta"
        return func(*args, **given)


def _is_empty(value: object) -> bool:
    return isinstance(value, torch.Tensor) and value.device.type == "meta"


def skeleton(name: str, changes: Mapping[str, object]) -> Classifier:
    """Make a model whose parameters hold nothing yet; each must be given before it is used.

    A model that computes with its parameters while it is built is built as usual.

    Args:
        name: a name of the catalogue.
        changes: fields of its config that differ.

    Raises:
        UnknownName: no model has this name.
        ConfigError: a change is unknown or cannot work.
    """
    try:
        with _WithoutStorage():
            model = build(name, **changes)
    except (NotImplementedError, RuntimeError):
        return build(name, **changes)
    held = model.state_dict()
    alive = all(
        value.device.type != "meta" for key, value in model.named_buffers() if key not in held
    )
    return model if alive else build(name, **changes)
