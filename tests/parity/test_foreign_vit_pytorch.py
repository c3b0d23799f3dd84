"""Models of vit_pytorch with random weights, and the maps of its own recorder."""

from importlib import import_module
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.foreign import foreign
from tests.parity.foreign_seen import close, facts, seen

pytestmark = [pytest.mark.parity, pytest.mark.filterwarnings("ignore")]
SIDES: dict[str, Any] = {"image_size": 64, "patch_size": 16, "num_classes": 7, "dim": 32}
SIZES: dict[str, Any] = {**SIDES, "depth": 2, "heads": 2, "mlp_dim": 32}
# module, class, options, what is recognised
VIT_PYTORCH: list[tuple[str, str, dict[str, Any], str]] = [
    ("vit", "ViT", SIZES, "2 tokens 4x4 cls"),
    ("simple_vit", "SimpleViT", SIZES, "2 tokens 4x4"),
    ("simple_vit_with_qk_norm", "SimpleViT", SIZES, "2 tokens 4x4"),
    ("simple_vit_with_register_tokens", "SimpleViT", SIZES, "2 unknown"),  # behind the patches
    ("simple_flash_attn_vit", "SimpleViT", SIZES, "2 tokens 4x4"),
    ("deepvit", "DeepViT", SIZES, "2 tokens 4x4 cls"),
    ("cait", "CaiT", {**SIZES, "cls_depth": 1}, "2 tokens 4x4, 1 class 1x1 of 4x4"),
    ("xcit", "XCiT", {**SIZES, "cls_depth": 1}, "2 channels, 1 class 1x1 of 4x4"),
    ("rvt", "RvT", SIZES, "2 tokens 4x4 cls"),
    ("parallel_vit", "ViT", SIZES, "4 tokens 4x4 cls"),
    ("pit", "PiT", {**SIZES, "depth": (1, 1)}, "1 tokens 7x7 cls, 1 tokens 4x4 cls"),
    ("na_vit", "NaViT", SIZES, "3 unknown"),
]  # fmt: skip


def images_of(side: int = 64) -> Tensor:
    return torch.randn(2, 3, side, side, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(("module", "kind", "options", "told"), VIT_PYTORCH, ids=lambda x: str(x))
def test_vit_pytorch(module: str, kind: str, options: dict[str, Any], told: str) -> None:
    foreign("vit_pytorch")
    torch.manual_seed(0)
    model = getattr(import_module(f"vit_pytorch.{module}"), kind)(**options)
    assert facts(model, images_of()) == told
    seen(model, images_of())


@pytest.mark.parametrize(
    ("module", "kind", "options", "told"),
    [
        (
            "twins_svt",
            "TwinsSVT",
            {"s3_depth": 1, "s4_depth": 1},
            "6 unknown, 2 pooled 56x56 of 8x8",
        ),
        ("crossformer", "CrossFormer", {"dim": (32,) * 4}, "2 windows 56x56, 2 windows of a grid"),
    ],
)
def test_windows_of_vit_pytorch(module: str, kind: str, options: dict[str, Any], told: str) -> None:
    """Windows that are cut in a way that is not known are not taken for tokens."""
    foreign("vit_pytorch")
    torch.manual_seed(0)
    model = getattr(import_module(f"vit_pytorch.{module}"), kind)(num_classes=7, **options)
    found = facts(model, images_of(224))
    assert found.startswith(told), found


def test_the_recorder_of_vit_pytorch() -> None:
    library = foreign("vit_pytorch")
    torch.manual_seed(0)
    model = library.ViT(**SIZES)
    trace = seen(model, images_of())
    with torch.no_grad():
        _, own = import_module("vit_pytorch.recorder").Recorder(model)(images_of())
    close(trace.attention, own)
