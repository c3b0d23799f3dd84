"""Our pyramid vision transformers beside timm's (v2) and that of transformers (v1)."""

from types import ModuleType
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from saccade.inspection import record
from saccade.models import build
from saccade.models.catalog import CATALOG
from saccade.models.entries.pvt import ENTRIES
from tests.parity.pvt_names import from_transformers

TINY: dict[str, Any] = {
    "depths": (1, 2, 1, 2),
    "embed_dims": (8, 16, 20, 32),
    "mlp_ratios": (3, 2, 2, 2),
    "num_classes": 7,
}
CLOSE = {"atol": 1e-5, "rtol": 1e-5}
SECOND = [name for name in ENTRIES if name.startswith("pvt_v2")]


def drawn(model: nn.Module) -> nn.Module:
    """Give every weight a number that does something."""
    generator = torch.Generator().manual_seed(0)
    for name, parameter in model.named_parameters():
        mean = 1.0 if "norm" in name and name.endswith("weight") else 0.0
        parameter.data.normal_(mean, 0.15, generator=generator)
    return model.eval()


def noise(height: int, width: int, channels: int = 3) -> Tensor:
    return torch.randn(2, channels, height, width, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("name", SECOND)
def test_names_shapes_and_preprocessing(timm: ModuleType, name: str) -> None:
    with torch.device("meta"):
        ours, theirs = build(name), timm.create_model(name)
    shapes = {key: value.shape for key, value in ours.state_dict().items()}
    assert shapes == {key: value.shape for key, value in theirs.state_dict().items()}
    wanted, pixels = theirs.pretrained_cfg, CATALOG[name].preprocessing
    assert pixels["img_size"] == wanted["input_size"][1:]
    for key in ("crop_pct", "interpolation", "mean", "std"):
        assert pixels[key] == wanted[key]


@pytest.mark.parametrize("size", [(64, 64), (75, 50), (33, 97)], ids=str)
@pytest.mark.parametrize("changes", [{}, {"linear": True}, {"qkv_bias": False}], ids=str)
@torch.no_grad()
def test_second_version(
    timm: ModuleType, changes: dict[str, object], size: tuple[int, int]
) -> None:
    theirs = drawn(timm.create_model("pvt_v2_b2", **TINY, **changes))
    ours = build("pvt_v2_b2", **TINY, **changes, img_size=size).eval()
    ours.load_state_dict(theirs.state_dict(), strict=True)
    images = noise(*size)
    torch.testing.assert_close(ours(images), theirs(images), **CLOSE)
    for options in ({}, {"indices": 2, "norm": True}, {"indices": [0, 2], "stop_early": True}):
        end, maps = ours.forward_intermediates(images, **options)
        wanted, others = theirs.forward_intermediates(images, **options)
        torch.testing.assert_close(end, wanted, **CLOSE)
        torch.testing.assert_close(maps, others, **CLOSE)


def test_timm_reads_what_we_write(timm: ModuleType) -> None:
    ours = build("pvt_v2_b0", depths=(1, 1, 1, 1)).eval()
    theirs = timm.create_model("pvt_v2_b0", depths=(1, 1, 1, 1)).eval()
    theirs.load_state_dict(ours.state_dict(), strict=True)
    with torch.no_grad():
        torch.testing.assert_close(theirs(noise(64, 96)), ours(noise(64, 96)), **CLOSE)


def first(transformers: ModuleType, **changes: object) -> tuple[nn.Module, nn.Module]:
    """Both networks of the first version, with one set of weights; all small numbers are 1e-6."""
    config = transformers.PvtConfig(
        image_size=64,
        depths=list(TINY["depths"]),
        hidden_sizes=list(TINY["embed_dims"]),
        mlp_ratios=list(TINY["mlp_ratios"]),
        num_labels=TINY["num_classes"],
        attn_implementation="eager",
    )
    theirs = drawn(transformers.PvtForImageClassification(config))
    ours = build("pvt_tiny", **TINY, img_size=64, **changes).eval()
    ours.load_state_dict(from_transformers(theirs.state_dict()), strict=True)
    return ours, theirs


@torch.no_grad()
def test_first_version(transformers: ModuleType) -> None:
    ours, theirs = first(transformers, embed_norm_eps=1e-6)
    images = noise(64, 64)
    with record(ours) as trace:
        logits = ours(images)
    wanted = theirs(images, output_attentions=True, output_hidden_states=True)
    torch.testing.assert_close(logits, wanted.logits, **CLOSE)
    torch.testing.assert_close(ours.tokens(images), wanted.hidden_states[-1], **CLOSE)
    ends = [sum(TINY["depths"][: stage + 1]) - 1 for stage in range(4)]
    for found, end in zip(ours.walk(images), ends, strict=True):
        flat = found.flatten(2).mT if found.dim() == 4 else found
        torch.testing.assert_close(flat, wanted.hidden_states[end], **CLOSE)
    for layer, weights in zip(trace.layers, wanted.attentions, strict=True):
        torch.testing.assert_close(layer.weights, weights, **CLOSE)


@torch.no_grad()
def test_the_small_numbers_of_the_authors_differ_a_little(transformers: ModuleType) -> None:
    ours, theirs = first(transformers)
    images = noise(64, 64)
    distance = float((ours(images) - theirs(images).logits).abs().max())
    assert 1e-6 < distance < 1e-3
