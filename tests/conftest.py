"""What many tests need: a seeded generator, modules with drawn weights, the shared data.

The process that hands out the tests to the others reads this file too. It needs no torch, which
takes seconds to import; so the functions here import what they need.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from tests.products import thin

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

# Whoever starts the tests in the background has switched Ctrl-C off for them and their children.
signal.signal(signal.SIGINT, signal.default_int_handler)

PEERS = {"timm", "torchvision", "transformers"}
SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture
def generator() -> torch.Generator:
    """Random numbers that are the same in each run."""
    import torch

    return torch.Generator().manual_seed(0)


@pytest.fixture
def normal(generator: torch.Generator) -> Callable[..., Tensor]:
    """Draw a standard normal tensor: `normal(2, 3, dtype=torch.float64)`."""

    import torch

    def draw(*shape: int, dtype: torch.dtype = torch.float32) -> Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64).to(dtype)

    return draw


@pytest.fixture
def drawn(generator: torch.Generator) -> Callable[..., nn.Module]:
    """Fill all weights of a module with seeded normals, so that none is zero; eval mode."""

    def fill(module: nn.Module, std: float = 0.3) -> nn.Module:
        for parameter in module.parameters():
            parameter.data.normal_(std=std, generator=generator)
        return module.eval()

    return fill


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder ../shared/data beside the checkout; skips where it is missing."""
    if not SHARED.is_dir():
        pytest.skip(f"there is no folder {SHARED}")
    return SHARED


def library(name: str) -> ModuleType:
    from tests.foreign import foreign

    return foreign(name)


@pytest.fixture(scope="session")
def timm() -> ModuleType:
    """The library timm; skips where it cannot be imported."""
    return library("timm")


@pytest.fixture(scope="session")
def transformers() -> ModuleType:
    """The library transformers; skips where it cannot be imported."""
    return library("transformers")


@pytest.fixture(scope="session")
def torchvision() -> ModuleType:
    """The library torchvision; skips where it cannot be imported."""
    return library("torchvision")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as `parity` what asks for another library, as `slow` the bulk of products."""
    import torch

    torch.set_num_threads(1)  # tensors here are small; threads that wait for each other are slow
    for item in items:
        if PEERS & set(getattr(item, "fixturenames", ())):
            item.add_marker("parity")
    thin(items)
