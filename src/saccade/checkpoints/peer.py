"""What a network of another library is to us, and how its library is imported."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Any

import torch
from torch import Tensor, nn

from saccade.errors import ConfigError, MissingExtra

_DECLARED: list[Any] = []  # what is declared lasts as long as they do


@dataclass(frozen=True, slots=True)
class Peer:
    """A network of another library with the weights of a file.

    Args:
        name: of the library, with its version.
        how: how it came by its weights, in a few words.
        model: the network, in eval mode.
        head: its last layer; None where it has none.
        logits: what it says of images.
    """

    name: str
    how: str
    model: nn.Module
    head: nn.Module | None
    logits: Callable[[Tensor], Tensor]


def imported(name: str) -> ModuleType:
    """Import another library.

    Raises:
        MissingExtra: it is not installed, or cannot be imported.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of other libraries
            _prepare_torchvision()
            return import_module(name)
    except (ImportError, RuntimeError, OSError, AttributeError) as error:
        reason = str(error).split("\n", maxsplit=1)[0]
        raise MissingExtra(
            f"the library {name} to compare with", reason, f"pip install {name}"
        ) from error


def _prepare_torchvision() -> None:
    """See that torchvision, which the others import, can be imported.

    Built for CUDA beside a torch for the CPU it lacks its own operators and stops; nobody here
    calls them, so it is enough that they are declared.
    """
    try:
        import_module("torchvision")
    except ImportError:
        return
    except RuntimeError:
        if not _DECLARED:
            library: Any = torch.library.Library("torchvision", "FRAGMENT")  # type: ignore[no-untyped-call]
            for name in ("nms", "qnms"):
                library.define(f"{name}(Tensor a, Tensor b, float c) -> Tensor")
            _DECLARED.append(library)


def tanh_layer(library: str) -> ConfigError:
    """The sentence for a layer that other libraries leave out of their classifiers."""
    return ConfigError(
        f"a classifier that {library} has",
        f"one with a tanh layer before its head (pre-logits), which {library} drops",
        "a fine-tuned file, which has none",
    )
