"""Our residual networks and timm's have the same weights and, with them, the same logits."""

from types import ModuleType

import pytest
import torch
from torch import Tensor, nn

from saccade.checkpoints.mapping import write_as
from saccade.checkpoints.origins import read_names
from saccade.checkpoints.timm_names import LEGACY
from saccade.models import build
from saccade.models.catalog import CATALOG
from saccade.models.entries.resnet import ENTRIES

SHARED = [name for name in ENTRIES if name.startswith(("resnet", "se", "legacy"))]
SHARED.remove("resnet14_small_32")
SMALL = [name for name in SHARED if any(depth in name for depth in ("18", "26", "50"))]
LARGE = [name for name in SHARED if name not in SMALL]
# timm's gates have at least 8 hidden units, the paper's C/16: 4 in the first stage of basic blocks.
CHANGES = {"seresnet18": {"attention_options": {"least_hidden": 8}}}
CHANGES["seresnet34"] = CHANGES["seresnet18"]


def from_legacy(state: dict[str, Tensor]) -> dict[str, Tensor]:
    return read_names(state)[0].state


def shaken(model: nn.Module) -> nn.Module:
    """Give norms numbers that do something."""
    generator = torch.Generator().manual_seed(0)
    for part in model.modules():
        if isinstance(part, nn.BatchNorm2d):
            nn.init.uniform_(part.weight, 0.5, 1.0, generator=generator)
            nn.init.normal_(part.bias, std=0.2, generator=generator)
            nn.init.normal_(part.running_mean, std=0.2, generator=generator)
            nn.init.uniform_(part.running_var, 0.5, 1.5, generator=generator)
    return model.eval()


def logits(model: nn.Module, size: tuple[int, int]) -> Tensor:
    """Of two seeded images."""
    images = torch.randn(2, 3, *size, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        return model.eval()(images)


def agree(ours: Tensor, theirs: Tensor) -> None:
    assert float((ours - theirs).abs().max() / theirs.abs().max()) <= 1e-5


def same_names(timm: ModuleType, name: str) -> None:
    with torch.device("meta"):
        ours, theirs = build(name, **CHANGES.get(name, {})), timm.create_model(name)
    shapes = {key: value.shape for key, value in ours.state_dict().items()}
    assert shapes == {key: value.shape for key, value in from_legacy(theirs.state_dict()).items()}
    wanted, pixels = theirs.pretrained_cfg, CATALOG[name].preprocessing
    assert pixels["img_size"] == wanted["input_size"][1:]
    for key in ("crop_pct", "interpolation", "mean", "std"):
        assert pixels[key] == wanted[key]


def compare(timm: ModuleType, name: str, size: tuple[int, int], **fewer: object) -> None:
    theirs = shaken(timm.create_model(name, num_classes=7, **fewer))
    ours = build(name, num_classes=7, **CHANGES.get(name, {}), **fewer)
    ours.load_state_dict(from_legacy(theirs.state_dict()), strict=True)
    agree(logits(ours, size), logits(theirs, size))


@pytest.mark.parametrize("name", SMALL)
def test_names_shapes_and_preprocessing(timm: ModuleType, name: str) -> None:
    same_names(timm, name)


@pytest.mark.slow
@pytest.mark.parametrize("name", LARGE)
def test_names_shapes_and_preprocessing_of_the_large_ones(timm: ModuleType, name: str) -> None:
    same_names(timm, name)


@pytest.mark.parametrize("name", [*SMALL, "legacy_senet154"])
def test_logits(timm: ModuleType, name: str) -> None:
    compare(timm, name, (45, 70), layers=(1, 2, 1, 1))


@pytest.mark.slow
@pytest.mark.parametrize("name", SHARED)
def test_logits_of_whole_networks(timm: ModuleType, name: str) -> None:
    compare(timm, name, (96, 80))


@pytest.mark.parametrize("name", ["seresnet18", "legacy_seresnet18"])
def test_timm_reads_what_we_write(timm: ModuleType, name: str) -> None:
    fewer = {"num_classes": 7, "layers": (1, 2, 1, 1)}
    ours = shaken(build(name, **CHANGES.get(name, {}), **fewer))
    theirs = timm.create_model(name, **fewer)
    state = ours.state_dict()
    state = write_as(LEGACY, state) if name.startswith("legacy") else state
    theirs.load_state_dict(state, strict=True)
    agree(logits(ours, (64, 64)), logits(theirs, (64, 64)))
