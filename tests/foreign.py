"""Other people's libraries, for comparison where they are installed."""

import warnings
from importlib import import_module
from types import ModuleType

import pytest
import torch

_DECLARED: list[torch.library.Library] = []  # what they declare lasts as long as they do


def foreign(name: str) -> ModuleType:
    """Import a module that the tests can do without, or skip and say why.

    A torchvision for CUDA beside a torch for the CPU only lacks operators that nobody here calls;
    it is enough to declare them.
    """
    try:
        return _imported(name)
    except RuntimeError:
        _declare()
    except ImportError as error:
        pytest.skip(f"{name} cannot be imported: {error}")
    try:
        return _imported(name)
    except (ImportError, RuntimeError) as error:
        pytest.skip(f"{name} cannot be imported: {error}")


def _imported(name: str) -> ModuleType:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return import_module(name)


def _declare() -> None:
    if not _DECLARED:
        library = torch.library.Library("torchvision", "FRAGMENT")
        for operator in ("nms(Tensor a, Tensor b, float c)", "qnms(Tensor a, Tensor b, float c)"):
            library.define(f"{operator} -> Tensor")
        _DECLARED.append(library)
