"""What many tests need: a seeded generator, modules with drawn weights, the shared data."""

import warnings
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest
import torch
from torch import Tensor, nn

torch.set_num_threads(1)  # tensors here are small, and threads that wait for each other are slow

LIBRARIES: list[torch.library.Library] = []  # what they declare lasts as long as they do
SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture
def generator() -> torch.Generator:
    """Random numbers that are the same in each run."""
    return torch.Generator().manual_seed(0)


@pytest.fixture
def normal(generator: torch.Generator) -> Callable[..., Tensor]:
    """Draw a standard normal tensor: `normal(2, 3, dtype=torch.float64)`."""

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


@pytest.fixture(scope="session")
def timm() -> ModuleType:
    """The library timm, which needs torchvision; skips where one of them cannot be imported.

    A torchvision for CUDA beside a torch for the CPU only lacks operators that timm never calls;
    it is enough to declare them.
    """
    try:
        import_module("timm")
    except RuntimeError:
        operators = torch.library.Library("torchvision", "FRAGMENT")
        for name in ("nms(Tensor a, Tensor b, float c)", "qnms(Tensor a, Tensor b, float c)"):
            operators.define(f"{name} -> Tensor")
        LIBRARIES.append(operators)
    except ImportError:
        pass
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return import_module("timm")
    except (ImportError, RuntimeError) as error:
        pytest.skip(f"timm cannot be imported: {error}")
