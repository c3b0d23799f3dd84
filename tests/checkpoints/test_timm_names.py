"""Names of legacy weights become ours and back."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

import saccade
from saccade.checkpoints.fitting import counted
from saccade.checkpoints.mapping import write_as
from saccade.checkpoints.origins import read_names
from saccade.checkpoints.timm_names import LEGACY, LEGACY_DEEP
from saccade.models import build

TINY = {"layers": (1, 1), "widths": (16, 16), "num_classes": 5, "attention_stages": (1, 2)}


def from_legacy(state):
    return read_names(state)[0].state


def test_names_by_hand() -> None:
    legacy = [
        "layer0.conv1.weight",
        "layer0.bn1.bias",
        "layer1.0.se_module.fc2.weight",
        "layer1.0.downsample.0.weight",
        "last_linear.bias",
    ]
    ours = [
        "conv1.weight",
        "bn1.bias",
        "layer1.0.se.fc2.weight",
        "layer1.0.downsample.0.weight",
        "fc.bias",
    ]
    state = {name: torch.tensor(float(number)) for number, name in enumerate(legacy)}
    assert from_legacy(state) == dict(zip(ours, state.values(), strict=True))
    assert write_as(LEGACY, from_legacy(state)) == state


@pytest.mark.parametrize("name", ["legacy_seresnet18", "legacy_seresnet50", "legacy_senet154"])
def test_there_and_back(name: str) -> None:
    with torch.device("meta"):
        names = list(build(name).state_dict())
    state = dict.fromkeys(names, torch.tensor(0))
    legacy = write_as(LEGACY_DEEP if "conv1.0.weight" in names else LEGACY, state)
    assert set(legacy).isdisjoint({"conv1.weight", "conv1.0.weight", "fc.weight"})
    assert sorted(from_legacy(legacy)) == sorted(names)


def test_other_names_stay() -> None:
    state = {"conv1.weight": torch.ones(1), "last_linear.weight": torch.ones(1)}
    assert from_legacy(state) == state


def test_old_files_that_count_no_batches() -> None:
    own = {name: torch.ones(1) for name in ("bn1.running_var", "bn1.num_batches_tracked")}
    assert counted(own, {"bn1.running_var": torch.ones(1)})["bn1.num_batches_tracked"] == 0


def test_a_legacy_file_is_read_by_name(tmp_path: Path) -> None:
    model = build("legacy_seresnet18", **TINY).eval()
    path = tmp_path / "weights.safetensors"
    save_file(write_as(LEGACY, model.state_dict()), path)
    found = saccade.create_model(
        "legacy_seresnet18",
        checkpoint_path=path,
        **{key: value for key, value in TINY.items() if key != "num_classes"},
    )
    images = torch.randn(2, 3, 40, 32, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        assert torch.equal(found.eval()(images), model(images))
    assert found.config.num_classes == 5
